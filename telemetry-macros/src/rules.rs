//! Every rule that the macros check, by the name of its UI case: what is wrong, and what to type instead.

use std::fmt::{Display, Formatter, Result};

/// The text of one error: what is wrong, in the user's words, and after `help:` what to do about it.
pub struct Message {
    text: String,
    help: String,
}

impl Display for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}\nhelp: {}", self.text, wrapped(&self.help))
    }
}

/// Breaks a help that is too long for one line after a comma.
fn wrapped(list: &str) -> String {
    const COLUMNS: usize = 100 - "help: ".len();
    let end = list.char_indices().nth(COLUMNS).map(|(end, _)| end).filter(|_| !list.contains('\n'));
    match end.and_then(|end| list.get(..end)?.rfind(", ")) {
        Some(comma) => format!("{},\n      {}", &list[..comma], &list[comma + 2..]),
        None => list.to_owned(),
    }
}

macro_rules! rules {
    ($($name:ident($($arg:ident),*) $text:literal $help:literal;)*) => {
        $(pub fn $name($($arg: impl Display),*) -> Message {
            Message { text: format!($text), help: format!($help) }
        })*

        /// Each rule's name, and its first line with `{argument}` for what varies.
        #[cfg(test)] #[allow(dead_code, reason = "the UI tests read it")]
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

// By their paths, since the UI tests include this file under another folder.
#[path = "rules/alert.rs"]
mod alert;
#[path = "rules/label.rs"]
mod label;

#[allow(unused_imports, reason = "the UI tests read the tables alone")]
pub use alert::*;
#[allow(unused_imports, reason = "the UI tests read the tables alone")]
pub use label::*;

/// The tables of all files of rules.
#[cfg(test)]
#[allow(dead_code, reason = "the UI tests read it")]
pub const TABLES: [&[(&str, &str)]; 3] = [TABLE, alert::TABLE, label::TABLE];

rules! {
    // The trait.
    not_a_trait()
        "`#[metrics]` goes on a trait"
        "declare the metrics as methods: `trait Metrics {{ #[counter] fn requests(&self); }}`";
    generic_trait(name)
        "`{name}` cannot be generic"
        "remove the parameters: what varies from call to call is a label";
    unsafe_trait(name, word)
        "`{name}` cannot be `{word}`"
        "remove `{word}`";
    supertrait(bound)
        "`{bound}` cannot be a supertrait of a metrics trait"
        "remove it: every back end implements the trait, and all they share is `Send` and `Sync`";
    trait_item(what)
        "a metrics trait has only methods, and this is {what}"
        "move it out of the trait, into its module";
    namespace(text, reason)
        "namespace `{text}` {reason}"
        "use lower-case words with `_` and dots, such as `check_out` or `http.server`";
    mock_cfg()
        "`mock` takes one `cfg(...)`"
        "write `mock(cfg(test))`";

    // Removals.
    remove_names()
        "`#[remove]` names no instrument"
        "list the instruments of which a call ends series: `#[remove(age, processed)]`";
    remove_unknown(name, instead)
        "`#[remove]` names `{name}`, and no instrument has this name"
        "{instead}";
    remove_up_down_counter(name)
        "`#[remove]` cannot end `{name}`: it adds up what is there, which ends by itself"
        "remove `{name}` from the list, or declare `labels(..)` on the trait and drop the handle";
    remove_observed(name)
        "`#[remove]` cannot end `{name}`: each collection sets its series anew"
        "remove `{name}` from the list: what the callback does not set is gone";
    remove_label(name, label)
        "`#[remove]` ends series of `{name}`, which has no label `{label}`"
        "remove the parameter, or list only instruments with this label";
    remove_set(param)
        "`{param}` of a removal has the key, cap and values of the instruments that it names"
        "remove `#[label(..)]`";
    remove_type(param, method, ty)
        "`{param}` has another type in the method `{method}`"
        "write `{param}: {ty}`";
    remove_sets(param, first, second)
        "`{param}` is two labels: `{first}` and `{second}` each have texts of their own"
        "give both a label type: `struct Name<'a>(&'a str)` with `#[derive(Label)]`, or remove apart";
    remove_parameter(param)
        "`{param}` is not a label, and a removal takes nothing else"
        "remove the parameter, or its `#[context]` or `#[end]`";
    remove_without_label(method)
        "`{method}` has no label, so nothing says which series end"
        "add a label that the instruments have, such as `queue: &str`";
    remove_alone(attr)
        "`#[{attr}]` and `#[remove]` cannot be on one method"
        "declare the removal as a method of its own, such as `fn queue_gone(&self, queue: &str);`";

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
    text_alone(attr, text, instead)
        "`#[{attr}]` does not say what {text} is"
        "{instead}";
    argument_value(name, example)
        "`{name}` does not take this value"
        "write `{example}`";
    missing_argument_value(name, example)
        "`{name}` has no value"
        "write `{example}`";
    flag_value(name)
        "`{name}` does not take a value"
        "write `{name}` alone";
    number_suffix(number, plain)
        "`{number}` has a type of its own"
        "write `{plain}`";
    argument_syntax(attr, example)
        "`#[{attr}]` takes arguments in parentheses, with commas between"
        "write `{example}`";
    duplicate_attribute(attr)
        "`#[{attr}]` is given twice"
        "remove one, or merge their arguments";
    cfg_attr(attr)
        "`cfg_attr` cannot carry `{attr}`"
        "declare the method twice, each with its own `#[cfg(...)]`";
    value_arguments()
        "`#[value]` takes no arguments"
        "give them to the instrument, such as `#[gauge(unit = seconds)]`";

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
        "remove `{word}`: a metric is a plain method that returns at once";
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
        "add `#[counter]`, `#[gauge]`, `#[up_down_counter]` or `#[histogram]`; or `#[log(only)]`";
    reserved_method(method)
        "a metric cannot be named `{method}`"
        "rename the method: `{method}` is a hook that back ends implement";
    calls_method(method, of)
        "a metric cannot be named `{method}` beside `{of}`"
        "rename one: the mock's view on the calls of `{of}` has this name";
    no_description(method)
        "metric `{method}` has no description"
        "add a `///` comment: it becomes the metric's help text";
    description_text()
        "a description is a plain text"
        "write it as `///` comments: the macro does not see what another macro makes";
    duplicate_method(method)
        "`{method}` is declared twice"
        "rename one, or give each its own `#[cfg(...)]`";
    helper(method)
        "the trait cannot be `dyn` with `{method}` as it is"
        "add `where Self: Sized` to this helper, or make it a function outside the trait";
    duplicate_parameter(param)
        "parameter `{param}` is declared twice"
        "rename one";
    parameter_mut()
        "a parameter of a metric cannot be `mut`"
        "remove `mut`: nothing changes it";
    parameter_pattern()
        "a parameter of a metric is a plain name"
        "give it a name: it becomes the label's key, or the value's name in the log";
    parameter_cfg(param)
        "`cfg` cannot stand on the parameter `{param}`"
        "declare the method twice, with and without it, each under its own `#[cfg(...)]`";
    parameter_attribute(name)
        "unknown attribute `{name}` on a parameter"
        "a parameter takes `#[label(...)]`, `#[value]`, `#[context]` or `#[end(...)]`";
    too_many_parameters(method, max)
        "`{method}` has more than {max} parameters"
        "split the event: a `tracing` event has no room for more fields";

    // Values.
    missing_value(attr, instead)
        "`#[{attr}]` has no value to take"
        "{instead}";
    ambiguous_value(attr, choices)
        "`#[{attr}]` does not say which value it takes"
        "add {choices}";
    unknown_value(name, choices)
        "`{name}` is not a value of this method"
        "{choices}";
    unused_value(name, instead)
        "no instrument takes the value `{name}`"
        "{instead}";
    signed_counter(name, ty)
        "`{name}` is `{ty}`, and a counter cannot fall"
        "take an unsigned type, or use `#[up_down_counter]`";
    negative_counter()
        "a counter cannot add a negative number"
        "use `#[up_down_counter]`";
    zero_value()
        "adding zero changes nothing"
        "write the number that each call adds, such as `value = 1`";
    histogram_constant()
        "a histogram of one constant says nothing"
        "take a parameter, or count calls with `#[counter]`";
    value_type(ty, instead)
        "`{ty}` cannot be a value"
        "{instead}";
    moment(ty)
        "`{ty}` is a moment, and a metric takes a number"
        "take `Duration`, and pass `started.elapsed()`";
    state_bool(name, ty, attr)
        "`{name}` is `{ty}`, and `#[{attr}]` adds numbers up"
        "take `u64`, and pass `u64::from(..)`; only a `#[gauge]` takes a `bool`";
    state_sample(name, ty, attr)
        "`{name}` is `{ty}`, and `#[{attr}]` takes a number"
        "remove `#[value]`, so that it is a label, or feed a `#[gauge]`";
    state_time(name, ty, attr)
        "`{name}` is `{ty}`, and `#[{attr}]` has no use for a point in time"
        "feed a `#[gauge]`, or take a `Duration`, such as `time.elapsed()`";
    state_unit(name, unit)
        "`{name}` is a `bool`, which has no unit, and not {unit}"
        "remove `unit`";
    wide_integer(ty)
        "`{ty}` is too wide for a metric"
        "take `u64` or `i64`: no back end keeps more than 64 bits";

    // Guards.
    idle_guard(method)
        "a guard on `{method}` has nothing to do"
        "add a `Duration` that it measures, an `#[end]` parameter, or `#[up_down_counter(in_flight)]`";
    ambiguous_elapsed(method, choices)
        "the guard on `{method}` does not know which duration it measures"
        "{choices}; the others are given at the start";
    elapsed_type(name, instead)
        "`{name}` cannot be measured by a guard"
        "{instead}";
    elapsed_end(name)
        "`{name}` is measured by the guard, and given at its end"
        "remove `#[end]`, or name another parameter with `elapsed`";
    guard_method(start, of)
        "the guard's `{start}` has the name of another method of `{of}`"
        "choose another: `#[guard(begin_job)]`";
    duplicate_guard(start, first)
        "two guards are started by `{start}`"
        "the guard of `{first}` has that name: choose another with `#[guard(begin_job)]`";
    guard_type(name, first)
        "two guards have the type `{name}`"
        "the guard of `{first}` has it: choose another method with `#[guard(begin_job)]`";
    in_flight_value()
        "`in_flight` counts guards, and takes no value"
        "remove `value`: one is added at the start, and subtracted at the end";
    in_flight_end(label)
        "`{label}` is not known while the operation is in flight"
        "remove it from `labels(...)`, or remove its `#[end]` to give it at the start";
    end_without_guard(param, method)
        "`{param}` is given at the end, and `{method}` has no guard"
        "add `#[guard]` to the method, or remove `#[end]`";
    end_default(param, example)
        "`{param}` has no value if the guard is dropped"
        "write `{example}`: `?`, a panic and a dropped future record it";
    end_value(param, instead)
        "`{param}` is not known if the guard is dropped"
        "{instead}";
    guard_label(param, ty, label)
        "a guard cannot keep `{param}: {ty}` until its end"
        "take `{param}: {label}`, and convert at the call";
    guard_context(param, ty)
        "a guard cannot keep `{param}: {ty}` until its end"
        "take `&str`, which a guard owns as any string, or give it at the end: `#[end]`";

    // Instruments.
    metric_name(name, reason)
        "metric name `{name}` {reason}"
        "use lower-case words with `_` and dots, such as `jobs_failed` or `request.duration`";
    total_suffix(name)
        "counter name `{name}` ends in `_total`"
        "drop `_total`: Prometheus' names get it, unless you say `suffixes = off`";
    total_value()
        "a counter takes `total` or `value`: what to show, or what to add"
        "remove one of them";
    total_initial(name)
        "`{name}` shows a total that somebody else keeps, and nobody knows it before the first call"
        "remove `initial`: from 0, the first total would look like a jump";
    total_shared(name)
        "two methods set the total `{name}`, so that each would undo the other"
        "give one of them another name, or add labels that tell them apart";
    total_guard(method)
        "`{method}` has a guard and shows a total that somebody else keeps"
        "write `value` for what the operation adds, or remove the guard";
    observed_initial(name)
        "`{name}` is an observed gauge, which has nothing before a collection sets it"
        "remove `initial`: the callback sets 0 where it is 0";
    alert_rings(name, compared)
        "the alert on `{name}` rings at each start: the gauge is 0 then, {compared}"
        "remove `initial = 0`, or say how long it may be so: `for = \"5m\"`";
    observed_beside(method, kind)
        "`{method}` has an observed gauge, which collections set, and a {kind}"
        "declare the {kind} on a method of its own";
    observed_guard(method)
        "`{method}` has a guard and sets an observed gauge, which only a collection can set"
        "remove `observed`, or the guard: a guard ends when its operation does";
    unit_suffix(name, unit)
        "metric name `{name}` ends in its unit"
        "drop `_{unit}`: Prometheus' names get it, unless you say `suffixes = off`";
    unknown_suffixes(name)
        "`suffixes` is `on` or `off`, and not `{name}`"
        "write `suffixes = off` to export names as they are written";
    duplicate_name(sample, first)
        "`{sample}` is defined twice"
        "the metric of `{first}` has that name: set another with `name = \"...\"`";
    shared_kind(name, first)
        "`{name}` is fed by two events that declare it differently"
        "write all but the value as on `{first}`, or change the name";
    shared_in_flight(name, first)
        "`{name}` cannot count guards and calls"
        "`{first}` feeds it too: write `in_flight` on both, or change the name of one";
    unknown_stability(name)
        "unknown stability `{name}`"
        "use `stable` or `beta`";
    was_name(name, reason)
        "`was` names `{name}`, which {reason}"
        "write the sample's whole name in Prometheus, such as `was = \"app_jobs_failed_total\"`";
    was_bucket(name, before)
        "`was` names `{name}`, which is a sample of a histogram"
        "write the name of the histogram: `was = \"{before}\"`";
    was_same(name)
        "`{name}` is the name that it has"
        "write the name that its samples had before, or remove `was`";
    until_needs()
        "`until` needs `was`"
        "add `was = \"old_name\"`, or remove `until`";
    until_version(text)
        "{text} is not a version"
        "write the version of this package in which the old name goes, such as `until = \"1.4.0\"`";
    deprecated_version(text)
        "{text} is not a version"
        "write the version of this package in which the metric goes: `deprecated = \"1.4.0\"`";
    unknown_unit(name, instead)
        "unknown unit `{name}`"
        "{instead}";
    duration_unit(ty, unit)
        "a `{ty}` is recorded in seconds, not in {unit}"
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
        "`{bound}` comes after `{last}`: sort the bounds, and write each once";
    bucket_negative(bound)
        "bucket bound `{bound}` is below zero"
        "remove it, or add `signed` if the values can be negative";
    native_signed()
        "`native` and `signed` do not go together: native buckets have no negative numbers"
        "remove `native`, or feed two histograms: one for each sign";
    buckets_size(count, max)
        "a histogram cannot have {count} bucket bounds"
        "write 1 to {max} of them, such as `buckets = [0.1, 1, 10]`";
    unknown_label(name, choices)
        "`{name}` is not a label of this method"
        "{choices}";
    duplicate_label(key)
        "label `{key}` is given twice"
        "rename or remove one";
    label_case(key, first)
        "labels `{key}` and `{first}` differ only in case"
        "rename one with `#[label(name = \"...\")]`";
    label_dots(key, first)
        "labels `{key}` and `{first}` are one in Prometheus, where a dot is `_`"
        "rename one with `#[label(name = \"...\")]`, or remove it";
    label_value_key(key)
        "`{key}` is the key of a label and of a value"
        "rename the label with `#[label(name = \"...\")]`, or say `#[log(off)]`";
    constant_value(key)
        "constant label `{key}` is not a text"
        "write it in quotes, such as `labels({key} = \"hit\")`";

    // Labels given at registration.
    registration_label()
        "a label given at registration is a name and a type"
        "write `labels(#[label(cap = 16)] pool: &str)`";
    registration_empty()
        "`labels()` names no label"
        "write `labels(#[label(cap = 16)] pool: &str)`, or remove it";
    registration_clash(key)
        "`{key}` is a label of every metric of this trait, given at registration"
        "rename this one, or remove it: it is there already";
    registration_attribute(name)
        "`{name}` cannot stand on a label given at registration"
        "remove it: `labels(...)` takes `#[label(...)]` and `///` comments";
    registration_fields(method, max)
        "`{method}` has more than {max} parameters and labels of the registration"
        "split the event: a `tracing` event has no room for more fields";

    // Context.
    context_role(param, other)
        "`{param}` cannot be context and a {other}"
        "remove one: context stands on the log line alone, and makes no series";
    context_arguments()
        "`#[context]` takes no arguments"
        "remove them: context makes no series, so it needs no cap, and its key is the parameter's name";
    context_type(ty, instead)
        "`{ty}` cannot be context"
        "{instead}";
    context_label_key(key)
        "`{key}` is the key of a label and of context"
        "rename the label with `#[label(name = \"...\")]`, or say `#[log(off)]`";

    // The log line.
    log_name(name)
        "log name {name} is not a bare word"
        "use letters, digits, `.`, `_` and `-`, such as `#[log(\"job.failed\")]`";
    log_name_twice(name, first, other)
        "log lines of `{first}` have the name `{name}` too"
        "write another, such as `#[log(\"{other}\")]`: a reader counts lines by their names";
    log_off()
        "`off` stands alone in `#[log]`"
        "remove `off`, or all else";
    log_only(method, attr)
        "`only` says that `{method}` feeds no instrument, and `#[{attr}]` says that it does"
        "remove one of the two";
    log_bounds()
        "`or_above` and `or_at_least` are two bounds of one kind"
        "remove one: `or_at_least` includes its number";
    log_decimals(max)
        "`decimals` is 0 to {max}"
        "write `decimals = 3`, which is milliseconds of a number in seconds";
    log_decimals_unused()
        "the method has no number with a fraction"
        "remove `decimals`: integers and text are written as they are";
    log_off_when()
        "`off` does not stand beside `when` or another `#[log]`"
        "remove `off`, and say in `when` which calls have a line: the others have none";
    log_twice()
        "two `#[log]` of a method are for the same calls"
        "merge them, or say which calls one is for, such as `when(outcome = [\"failed\"])`";
    log_name_one()
        "the lines of a method have one name"
        "remove this one: the name in one `#[log]` is that of all";
    log_when_label(name, instead)
        "`{name}` is not a label of this method"
        "{instead}";
    log_when_registration(name)
        "`{name}` is given at registration: `when` chooses by the labels of a call"
        "filter the lines by their field `{name}`, or give `Log` only to some of the handles";
    log_when_covered()
        "no call reaches this `#[log]`: one above takes all calls that it is for"
        "put it above that one, or remove it";
    matching_twice(value)
        "label value {value} is given twice"
        "remove one";
    log_level(name)
        "unknown level `{name}`"
        "use one of `error`, `warn`, `info`, `debug`, `trace`";
    log_every(max)
        "`every` is 2 to {max}"
        "remove it to write each call, or write `every = 60`";
    policy_value(policy)
        "`{policy}` has no value to look at"
        "remove it, or add a value parameter";
    policy_choice(policy, choices)
        "`{policy}` does not say which value it looks at"
        "add {choices}";
    unused_on()
        "`on` has no policy to serve"
        "remove it: only `skip_zero`, `or_above`, `or_at_least` and `or_below` look at a value";
}
