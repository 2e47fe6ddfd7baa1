//! Every rule that the macros check, by the name of its UI case: what is wrong, and what to type instead.
//!
//! Line 1 says what is wrong, in the user's words; line 2, after `help:`, what to do about it.

use std::fmt::{Display, Formatter, Result};

/// The text of one error.
pub struct Message {
    text: String,
    help: String,
}

impl Display for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}\nhelp: {}", self.text, self.help)
    }
}

macro_rules! rules {
    ($($name:ident($($arg:ident),*) $text:literal $help:literal;)*) => {
        $(pub fn $name($($arg: impl Display),*) -> Message {
            Message { text: format!($text), help: format!($help) }
        })*

        /// Each rule's name, and its first line with `{argument}` for what varies.
        #[cfg(test)]
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

rules! {
    // The trait.
    not_a_trait()
        "`#[metrics]` goes on a trait"
        "declare the metrics as methods: `trait Metrics {{ #[counter] fn requests(&self); }}`";
    generic_trait(name)
        "`{name}` cannot be generic"
        "remove the parameters: what varies between calls is a label, and what varies between users a trait";
    unsafe_trait(name, word)
        "`{name}` cannot be `{word}`"
        "remove `{word}`";
    supertrait(bound)
        "`{bound}` cannot be a supertrait of a metrics trait"
        "remove it: the no-op, the log and the mock could not implement it; `Send` and `Sync` are there";
    trait_item(what)
        "a metrics trait has only methods, and this is {what}"
        "move it out of the trait";
    namespace(text, reason)
        "namespace `{text}` {reason}"
        "use lower-case words with `_`, such as `namespace = \"check_out\"`";
    crate_path()
        "`crate` takes the path of the `telemetry` crate"
        "write `crate = ::my_crate::telemetry`";
    mock_cfg()
        "`mock` takes one `cfg(...)`"
        "write `mock(cfg(test))`";

    // Arguments of attributes, whichever.
    unknown_attribute(name, like)
        "unknown attribute `{name}`"
        "did you mean `{like}`?";
    unknown_argument(name, attr, instead)
        "unknown argument `{name}` for `#[{attr}]`"
        "{instead}";
    duplicate_argument(name, attr)
        "`{name}` is given twice for `#[{attr}]`"
        "remove one";
    argument_value(name, example)
        "`{name}` does not have a value that it takes"
        "write `{example}`";
    argument_syntax(attr, example)
        "`#[{attr}]` takes arguments in parentheses, with commas between"
        "write `{example}`";
    duplicate_attribute(attr)
        "`#[{attr}]` is given twice"
        "remove one, or merge their arguments";
    cfg_attr(attr)
        "`cfg_attr` cannot carry `#[{attr}]`"
        "declare the method twice, each with its own `#[cfg(...)]`";

    // The method.
    receiver(method)
        "`{method}` does not take `&self`"
        "make `&self` the first parameter: metrics are shared between threads";
    generic_method(method)
        "`{method}` cannot be generic"
        "take `&str` with a cap, or an enum with `#[derive(Label)]`: the trait must work as `dyn`";
    impl_trait(method)
        "`{method}` cannot take `impl Trait`"
        "take `&str` with a cap, or an enum with `#[derive(Label)]`: the trait must work as `dyn`";
    method_qualifier(method, word)
        "`{method}` cannot be `{word}`"
        "remove `{word}`: recording is a plain call that returns at once";
    return_type(method)
        "`{method}` cannot return a value"
        "remove the return type: recording never fails and has no result";
    where_clause(name)
        "`{name}` cannot have a `where` clause"
        "remove it";
    body(method)
        "`{method}` has a body and a metric"
        "remove the body, or remove the attributes to make it a plain helper";
    no_kind(method)
        "`{method}` has no metric kind"
        "add one of the attributes `counter`, `gauge`, `up_down_counter`, `histogram`";
    reserved_method(method)
        "a metric cannot be named `{method}`"
        "rename the method: `event` is the hook that every surface has";
    calls_method(method, of)
        "a metric cannot be named `{method}` beside `{of}`"
        "rename one: the mock's view on the calls of `{of}` has this name";
    no_description(method)
        "metric `{method}` has no description"
        "add a `///` comment: it becomes the metric's help text";
    parameter_pattern()
        "a parameter of a metric is a plain name"
        "give it a name: it becomes the label's key, or the value's name in the log";
    parameter_cfg(param)
        "`cfg` cannot stand on the parameter `{param}`"
        "declare the method twice, each with its own `#[cfg(...)]`";
    parameter_attribute(name)
        "unknown attribute `{name}` on a parameter"
        "a parameter takes `#[label(...)]` or `#[value]`";
    too_many_parameters(method, max)
        "`{method}` has more than {max} parameters"
        "split the event: a `tracing` event has no room for more fields";

    // Values.
    missing_value(attr, method)
        "`#[{attr}]` has no value to take"
        "add a parameter to `{method}`, such as `value: f64`";
    ambiguous_value(attr, choices)
        "`#[{attr}]` does not say which value it takes"
        "add `value = ...` with one of {choices}";
    unknown_value(name, choices)
        "`{name}` is not a value of this method"
        "{choices}";
    unused_value(name, attr)
        "no instrument takes the value `{name}`"
        "add `value = {name}` to `#[{attr}]`, or make it a label with `#[label(range = 0..=9)]`";
    signed_counter(name, ty)
        "`{name}` is `{ty}`, and a counter cannot fall"
        "take an unsigned type, or use `#[up_down_counter]`";
    negative_counter()
        "a counter cannot add a negative number"
        "use `#[up_down_counter]`";
    wide_integer(ty)
        "`{ty}` is too wide for a metric"
        "take `u64` or `i64`: no back end keeps more than 64 bits";

    // Instruments.
    metric_name(name, reason)
        "metric name `{name}` {reason}"
        "use lower-case words with `_`, such as `name = \"outbox_failures\"`";
    reserved_suffix(name, suffix)
        "metric name `{name}` ends in `{suffix}`"
        "drop `{suffix}`: back ends add it where it belongs";
    unit_suffix(name, unit)
        "metric name `{name}` ends in its unit"
        "drop `_{unit}`: back ends add it";
    duplicate_name(sample, first)
        "`{sample}` is defined twice"
        "`{first}` has that name; set another with `name = \"...\"`";
    shared_kind(name, first)
        "`{name}` is fed by two events of different kind, unit or buckets"
        "make both like the one on `{first}`, or give one another name";
    unknown_unit(name, instead)
        "unknown unit `{name}`"
        "{instead}";
    duration_unit(unit)
        "a `Duration` is recorded in seconds, not in {unit}"
        "remove `unit`";
    empty_help(attr)
        "`help` of `#[{attr}]` is empty"
        "say what the metric counts, or remove `help` to inherit the method's description";
    missing_buckets(method)
        "a histogram on `{method}` has no buckets"
        "add `buckets = [...]` with upper bounds; only `unit = seconds` has a default";
    bucket_number(text)
        "`{text}` is not a bucket bound"
        "write a finite number; the bucket up to `+Inf` is always there";
    buckets_order(bound, last)
        "bucket bounds must increase"
        "{bound} comes after {last}";
    buckets_size(count, max)
        "a histogram cannot have {count} bucket bounds"
        "give it 1 to {max}";
    unknown_label(name, choices)
        "`{name}` is not a label of this method"
        "{choices}";
    duplicate_label(key)
        "label `{key}` is given twice"
        "rename or remove one";
    constant_key(key)
        "`{key}` cannot be a constant label"
        "choose another key: Prometheus sets `job` and `instance` on what it scrapes";
    constant_value(key)
        "constant label `{key}` does not have a text"
        "write `labels({key} = \"hit\")`";

    // Labels.
    label_key(key, reason)
        "label key `{key}` {reason}"
        "rename it with `#[label(name = \"...\")]`: letters, digits and `_`";
    reserved_label(key)
        "label `{key}` is reserved"
        "Prometheus writes this label itself: choose another name";
    log_key(key)
        "label key `{key}` is taken by the log line"
        "rename it with `#[label(name = \"...\")]`, or say `#[log(off)]`";
    label_without_cap(param)
        "label `{param}` is an open set without a cap"
        "add `#[label(cap = 64)]`: after that many distinct values a new one counts as `other`";
    label_integer(param)
        "label `{param}` is an integer without a range"
        "add `#[label(range = 0..=9)]` or `#[label(cap = 64)]`: what is outside counts as `other`";
    label_number(param, ty)
        "`{ty}` cannot be a label"
        "remove `#[label]` to make `{param}` a value, or take an enum with `#[derive(Label)]`";
    label_owned(ty)
        "`{ty}` cannot be a label: labels are `Copy`"
        "take `&str` with `#[label(cap = 64)]`, or an enum with `#[derive(Label)]`";
    label_bytes(ty)
        "`{ty}` cannot be a label: it is not text"
        "take `&str` with `#[label(cap = 64)]`, and convert with `to_string_lossy()` at the call";
    label_char(ty)
        "`{ty}` cannot be a label"
        "take an enum with `#[derive(Label)]`, `bool`, or `&str` with `#[label(cap = 64)]`";
    label_or_value(param)
        "`{param}` cannot be a label and a value"
        "remove `#[label]` or `#[value]`";
    label_conflict(one, other)
        "`{one}` and `{other}` cannot stand together"
        "remove one: a label's set is said once";
    label_needs(key, other)
        "`{key}` needs `{other}`"
        "add `{other} = ...`, or remove `{key}`";
    none_without_option(param)
        "label `{param}` is never absent"
        "remove `none`, or make the type an `Option`";
    cap_size(max)
        "a cap is 1 to {max}"
        "write `cap = 64`: as many distinct values are kept apart";
    known_size(count, cap)
        "{count} known values do not fit under a cap of {cap}"
        "raise `cap` to at least {count}";
    known_twice(value)
        "known value {value} is given twice"
        "remove one";
    label_text(value, reason)
        "label value {value} {reason}"
        "write 1 to 256 bytes without control characters";
    range_bounds()
        "`range` needs two integers, the first not above the second"
        "write `range = 0..=9`";
    range_size(max)
        "a range has at most {max} values"
        "narrow it, or use `cap`";
    max_len_size()
        "`max_len` is 32 to 4096 bytes"
        "write `max_len = 64`";
    two_caps(key)
        "label `{key}` is declared with two different sets"
        "say the same everywhere, or make a type: `#[derive(Label)] #[label(cap = 64)] struct ...`";

    // The log line and alerts.
    log_name(name)
        "log name {name} is not a bare word"
        "use letters, digits, `.`, `_` and `-`, such as `#[log(\"outbox.published\")]`";
    log_off()
        "`off` stands alone in `#[log]`"
        "remove `off`, or all else";
    log_level(name)
        "unknown level `{name}`"
        "use one of `error`, `warn`, `info`, `debug`, `trace`";
    log_every()
        "`every` is at least 2"
        "remove it: each call is written by default";
    policy_value(policy)
        "`{policy}` has no value to look at"
        "remove it, or add a value parameter";
    policy_choice(policy, choices)
        "`{policy}` does not say which value it looks at"
        "add `on = ...` with one of {choices}";
    unused_on()
        "`on` has no policy to serve"
        "remove it: only `skip_zero`, `or_above` and `or_below` look at a value";
    alert_condition()
        "an alert needs one condition"
        "add `above = 30.0` or `below = 0.5`";
    alert_kind(attr)
        "an alert looks at a level, and `#[{attr}]` has none"
        "put `#[alert]` on a `gauge` or an `up_down_counter`";
    alert_choice(choices)
        "the alert does not say which instrument it looks at"
        "add `on = ...` with one of {choices}";
    alert_instrument(name, choices)
        "`{name}` is not an instrument of this method"
        "{choices}";
    alert_for(text)
        "`{text}` is not a duration of Prometheus"
        "write a number and `s`, `m`, `h` or `d`, such as `for = \"1m\"`";
    alert_severity(text)
        "severity `{text}` is not a word"
        "write `severity = \"page\"`";

    // `#[derive(Label)]`.
    derive_union(name)
        "`{name}` cannot be a label: it is a union"
        "make it an enum without fields";
    derive_empty(name)
        "`{name}` has no variants"
        "add one: a label has a value in every call";
    derive_fields(variant)
        "variant `{variant}` has fields"
        "remove them: a closed set is finite; take what varies as a second label";
    derive_generic(name)
        "`{name}` cannot have type parameters"
        "remove them: a label's set is one";
    derive_newtype(name)
        "`{name}` is not a newtype"
        "give it one unnamed field, text or an integer: `struct {name}<'a>(pub &'a str);`";
    derive_without_cap(name)
        "`{name}` is an open set without a cap"
        "add `#[label(cap = 64)]`, or `#[label(range = 0..=9)]` for an integer";
    derive_value_twice(value, first)
        "label value {value} is given twice"
        "`{first}` has it; set another with `#[label(rename = \"...\")]`";
    derive_two_others(first)
        "two variants are `other`"
        "remove it here: `{first}` is the one";
    rename_all(text, choices)
        "unknown case {text}"
        "use one of {choices}";
}

/// The fixed parts of a rule's first line, for a test that looks for it in a compiler's output.
#[cfg(test)]
pub fn fixed_parts(template: &str) -> Vec<String> {
    let plain = template.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let parts = plain.split('{').enumerate().map(|(index, part)| match part.split_once('}') {
        Some((_, rest)) if index > 0 => rest,
        _ => part,
    });
    parts.map(|part| part.replace('\u{1}', "{").replace('\u{2}', "}")).collect()
}
