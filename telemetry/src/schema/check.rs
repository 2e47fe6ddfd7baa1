//! The rules that depend on a label's type, which no macro can see. They are checked while constants are
//! evaluated, in the user's build.

use super::start::STATED_MAX;
use super::text::{contains, is_words, same_key};
use super::{EventSchema, InstrumentLabel, LabelSchema, Schema};
use crate::label::{LabelSet, OTHER};

/// A rule: the name of its UI test, and its error, with `{}` for texts and numbers.
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    pub message: &'static str,
}

macro_rules! rules {
    ($($constant:ident $name:literal $message:literal;)*) => {
        $(const $constant: Rule = Rule { name: $name, message: $message };)*

        /// All rules of this file. A test checks that each has a UI case.
        pub const RULES: &[Rule] = &[$($constant),*];
    };
}

rules! {
    BUDGET "budget"
        "`{}` may have {} series, over its budget of {}\nhelp: lower a cap, best of `{}` with {}, or raise `max_series`";
    BUDGET_NONE "budget_none"
        "`{}` may have {} series: above {} it needs a budget\nhelp: lower a cap, best of `{}` with {}, or say `max_series = {}`";
    NAMESPACE "const_namespace"
        "namespace `{}` is not a name\nhelp: use lower-case words with `_` and dots, such as `check_out` or `http.server`";
    KEY_CHARSET "type_label_key"
        "label key `{}` is not a name\nhelp: use letters, digits and `_`, with dots between, not `__` at the start, nor `le` or `quantile`";
    KEY_SCRAPED "type_label_scraped"
        "a scrape adds `{}` to each series, and renames this label to `exported_{}`\nhelp: choose another key, such as `{}_name`, or leave it to who scrapes or to OTLP's resource";
    KEY_LOGGED "type_label_log_key"
        "label key `{}` is taken by the log line\nhelp: rename it with `#[label(name = \"...\")]`, or say `#[log(off)]`";
    KEY_TWICE "type_label_twice"
        "`{}` has two labels with the key `{}`\nhelp: rename one with `#[label(name = \"...\")]` on its parameter";
    KEY_CONSTANT "type_label_constant"
        "`{}` has a label and a constant with the key `{}`\nhelp: rename the label with `#[label(name = \"...\")]` on its parameter";
    KEY_VALUE "type_label_value_key"
        "`{}` has a label and a value with the key `{}`\nhelp: rename the label with `#[label(name = \"...\")]` on its parameter";
    KEY_CONTEXT "type_label_context_key"
        "`{}` has a label and context with the key `{}`\nhelp: rename the label with `#[label(name = \"...\")]` on its parameter";
    SET_EMPTY "type_label_empty"
        "the label `{}` has no value\nhelp: give its closed set one: a label has a value in every call";
    NONE_TAKEN "none_taken"
        "`{}` is a value of the label `{}`, and stands for none too\nhelp: rename the absent value with `#[label(none = \"...\")]`";
    EVERY_OPEN "every_open_label"
        "`every` counts per series, and the label `{}` is open\nhelp: drop `every`, or make the label closed";
    EVERY_SERIES "every_series"
        "`every` counts each series, and `{}` needs {} counts\nhelp: drop `every`, or a label: it keeps up to {}";
    LOG_OTHER "log_when_other"
        "log lines show each value of the label `{}`, and `{}` stands in series only\nhelp: write a value that a call passes";
    TEXTS_TWICE "const_texts_twice"
        "label value `{}` is given twice\nhelp: remove one from the constant";
    TEXTS_OTHER "const_texts_other"
        "label value `{}` stands for all other texts\nhelp: remove it from the constant: it is there already";
    TEXTS_EMPTY "const_texts_empty"
        "`values` lists no text\nhelp: add the texts that the label can have to the constant";
    TEXTS_TEXT "const_texts_text"
        "label value `{}` is empty, too long, or has a control character\nhelp: write 1 to {} bytes";
    TEXTS_SIZE "const_texts_size"
        "{} known values do not fit under a cap of {}\nhelp: raise `cap` to at least {}";
    STATE "state_alias"
        "a `bool` or a point in time is a state, and only a gauge takes one\nhelp: feed a `#[gauge]`, or take a number or a `Duration`";
    SHARED_LABELS "shared_labels"
        "`{}` is fed by two events with different labels\nhelp: give both the labels of `{}`, or one of them another name";
    BUCKETS_ORDER "const_buckets_order"
        "bucket bounds must increase, be numbers, and not be infinite\nhelp: look at bound {} of `{}`, counted from 0";
    BUCKETS_SIGN "const_buckets_sign"
        "`{}` has negative bucket bounds, and takes no negative number\nhelp: say `signed`, or drop them";
    BUCKETS_SIZE "const_buckets_size"
        "`{}` has {} bucket bounds\nhelp: give it 1 to {}";
    INITIAL_OPEN "initial_open"
        "nobody knows the values of the label `{}` before `{}` is used\nhelp: give it `known = [\"...\"]`, or remove `initial = 0`";
    INITIAL_MANY "initial_many"
        "`{}` would begin with {} series, and may with {}\nhelp: remove `initial = 0`, or a label";
    ALERT_VALUE "alert_value"
        "`{}` is not a value of the label `{}`\nhelp: write one that it has, such as `{}`";
    ALERT_GAUGE "alert_value_gauge"
        "a gauge has no series where the label `{}` is `{}`: it refuses what would be one\nhelp: drop it from `matching(...)`";
    ALERT_TO "alert_to_absent"
        "the alert on `{}` reads `{}`, which is not compiled\nhelp: put the `cfg` of that metric on this one too";
    ALERT_BY "alert_by_absent"
        "`{}`, which the alert reads too, has no label `{}`\nhelp: drop the label from the alert, or add it to `{}`";
    ALERT_BLIND "alert_blind"
        "no share sees the first event of a series, and `{}` has series that begin with it\nhelp: write `rate_above = 0`, which sees series that begin";
    ALERT_PREFIX "alert_prefix"
        "no value of the label `{}` can begin with `{}`\nhelp: write the beginning of a value that it has, or the values";
    ALERT_BOUND "alert_bound"
        "no quantile of `{}` is seen above its last bucket bound\nhelp: write a threshold below that, or add bounds above it";
    SLO_BOUND "slo_bound"
        "`{}` has no bucket that ends at this number\nhelp: write one of its bucket bounds, or add this one to `buckets`";
}

/// The most counts that an instance of `Log` may keep for one event: 128 KiB.
pub(crate) const EVERY_SERIES_MAX: u64 = 16_384;

/// The most series of a surface without a budget. More of them take gigabytes in one thread.
const UNSTATED_MAX: u64 = 10_000_000;

/// The most bounds of a histogram.
pub const BUCKETS_MAX: usize = 256;

mod alert;
mod log;
mod slo;
mod texts;

pub use super::text::same;
pub use alert::{alert_blind, alert_bound, alert_by, alert_of, alert_of_label, alert_to, alert_value};
pub use log::log_value;
pub use slo::{slo_bound, slo_value};
pub use texts::texts;

#[derive(Clone, Copy)]
enum Arg<'a> {
    Text(&'a str),
    Number(u64),
}

/// Fails the build with the rule's text, at the source location that called the check.
#[track_caller]
#[allow(clippy::panic, reason = "in a constant a panic is a compile error")]
const fn fail(rule: &Rule, args: &[Arg<'_>]) -> ! {
    let mut buffer = Buffer { bytes: [0; 512], len: 0 };
    let template = rule.message.as_bytes();
    let mut at = 0;
    let mut arg = 0;
    while at < template.len() {
        if template[at] == b'{' && at + 1 < template.len() && template[at + 1] == b'}' {
            match &args[arg] {
                Arg::Text(text) => buffer.text(text.as_bytes()),
                Arg::Number(number) => buffer.number(*number),
            }
            arg += 1;
            at += 2;
        } else {
            buffer.text(&[template[at]]);
            at += 1;
        }
    }
    match core::str::from_utf8(buffer.bytes.split_at(buffer.len).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("{}", rule.message),
    }
}

struct Buffer {
    bytes: [u8; 512],
    len: usize,
}

impl Buffer {
    const fn text(&mut self, text: &[u8]) {
        let mut at = 0;
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
    }

    const fn number(&mut self, number: u64) {
        if number >= 10 {
            self.number(number / 10);
        }
        #[allow(clippy::cast_possible_truncation, reason = "a digit")]
        self.text(&[b'0' + (number % 10) as u8]);
    }
}

/// Checks the budget of a surface. A large surface must have one.
#[track_caller]
pub const fn budget(schema: &Schema) {
    let name = Arg::Text(schema.name);
    let all = schema.series();
    let (largest, series) = largest(schema);
    let largest = Arg::Text(largest);
    let series = Arg::Number(series);
    match schema.max_series {
        Some(max) if all > max => {
            fail(&BUDGET, &[name, Arg::Number(all), Arg::Number(max), largest, series]);
        }
        None if all > UNSTATED_MAX => {
            let all = Arg::Number(all);
            let max = Arg::Number(UNSTATED_MAX);
            fail(&BUDGET_NONE, &[name, all, max, largest, series, all]);
        }
        _ => {}
    }
}

/// Returns the instrument with the most possible series, and their number.
const fn largest(schema: &Schema) -> (&'static str, u64) {
    let mut largest = ("", 0);
    let mut event = 0;
    while event < schema.events.len() {
        let instruments = schema.events[event].instruments;
        let mut at = 0;
        while at < instruments.len() {
            let series = schema.events[event].series(at);
            if series > largest.1 {
                largest = (instruments[at].name, series);
            }
            at += 1;
        }
        event += 1;
    }
    largest
}

/// Checks a namespace that comes from a constant, as the macro checks a literal.
#[track_caller]
pub const fn namespace(text: &str, has_suffixes: bool) {
    if !is_words(text, !has_suffixes) {
        fail(&NAMESPACE, &[Arg::Text(text)]);
    }
}

/// Checks one label: its key, and its value for an absent label.
#[track_caller]
pub const fn label(event: &EventSchema, index: usize) {
    let label = &event.labels[index];
    itself(label, event.log.enabled);
    earlier(event.name, event.labels, index);
    clash(event, label);
}

/// Checks one label that is given at registration, also against what the events have.
#[track_caller]
pub const fn registration(schema: &Schema, index: usize) {
    let label = &schema.labels[index];
    earlier(schema.name, schema.labels, index);
    let mut at = 0;
    while at < schema.events.len() {
        let event = schema.events[at];
        let mut own = 0;
        while own < event.labels.len() {
            if same_key(event.labels[own].key, label.key) {
                fail(&KEY_TWICE, &[Arg::Text(event.name), Arg::Text(label.key)]);
            }
            own += 1;
        }
        itself(label, event.log.enabled);
        clash(event, label);
        at += 1;
    }
}

/// Checks what can be wrong with a label by itself.
#[track_caller]
const fn itself(label: &LabelSchema, is_logged: bool) {
    if let LabelSet::Closed([]) = label.set {
        fail(&SET_EMPTY, &[Arg::Text(label.param)]);
    }
    if !is_key(label.key) {
        fail(&KEY_CHARSET, &[Arg::Text(label.key)]);
    }
    if contains(SCRAPED_KEYS, label.key) {
        let key = Arg::Text(label.key);
        fail(&KEY_SCRAPED, &[key, key, key]);
    }
    if is_logged && contains(LOG_KEYS, label.key) {
        fail(&KEY_LOGGED, &[Arg::Text(label.key)]);
    }
    if let Some(none) = label.none
        && has_value(label.set, none)
    {
        fail(&NONE_TAKEN, &[Arg::Text(none), Arg::Text(label.key)]);
    }
}

/// Checks a label's key against the labels before it.
#[track_caller]
const fn earlier(of: &str, labels: &[LabelSchema], index: usize) {
    let mut at = 0;
    while at < index {
        if same_key(labels[at].key, labels[index].key) {
            fail(&KEY_TWICE, &[Arg::Text(of), Arg::Text(labels[index].key)]);
        }
        at += 1;
    }
}

/// Returns whether a text is known to be a value of the set.
const fn has_value(set: LabelSet, text: &str) -> bool {
    match set {
        LabelSet::Closed(values) => contains(values, text),
        LabelSet::Range { .. } => same(OTHER, text) || is_digits(text),
        LabelSet::Open(domain) => same(domain.other, text) || contains(domain.known, text),
    }
}

/// Returns whether a text looks like an integer. One in the range would be a value itself.
const fn is_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = (!bytes.is_empty() && bytes[0] == b'-') as usize;
    if at == bytes.len() {
        return false;
    }
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            return false;
        }
        at += 1;
    }
    true
}

/// The keys that a scrape adds to each series.
pub const SCRAPED_KEYS: &[&str] = &["job", "instance"];

/// The keys that log lines use themselves.
pub const LOG_KEYS: &[&str] =
    &["event", "gauge", "value", "summary", "silent", "message", "level", "time", "target", "_aws"];

/// Checks a label's key against the values, the context and the constants of an event.
#[track_caller]
const fn clash(event: &EventSchema, label: &LabelSchema) {
    let mut at = 0;
    while at < event.values.len() {
        if event.log.enabled && same(event.values[at].param, label.key) {
            fail(&KEY_VALUE, &[Arg::Text(event.name), Arg::Text(label.key)]);
        }
        at += 1;
    }
    at = 0;
    while at < event.context.len() {
        if event.log.enabled && same(event.context[at].param, label.key) {
            fail(&KEY_CONTEXT, &[Arg::Text(event.name), Arg::Text(label.key)]);
        }
        at += 1;
    }
    at = 0;
    while at < event.instruments.len() {
        let labels = event.instruments[at].labels;
        let mut constant = 0;
        while constant < labels.len() {
            if let InstrumentLabel::Constant { key, .. } = labels[constant]
                && same_key(key, label.key)
            {
                fail(&KEY_CONSTANT, &[Arg::Text(event.instruments[at].name), Arg::Text(key)]);
            }
            constant += 1;
        }
        at += 1;
    }
}

const fn is_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    if bytes.is_empty() || bytes[0].is_ascii_digit() || same(key, "le") || same(key, "quantile") {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        // A dot stands between words.
        let is_between = at > 0 && at + 1 < bytes.len() && bytes[at - 1] != b'.';
        if !(bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || (bytes[at] == b'.' && is_between)) {
            return false;
        }
        at += 1;
    }
    !(bytes.len() > 1 && bytes[0] == b'_' && (bytes[1] == b'_' || bytes[1] == b'.'))
}

/// Checks an event with `every`: its labels must be closed, with not too many combinations.
#[track_caller]
pub const fn every(event: &EventSchema) {
    let mut at = 0;
    while at < event.labels.len() {
        if let LabelSet::Open(_) = event.labels[at].set {
            fail(&EVERY_OPEN, &[Arg::Text(event.labels[at].key)]);
        }
        at += 1;
    }
    if event.index_count() > EVERY_SERIES_MAX {
        fail(
            &EVERY_SERIES,
            &[Arg::Text(event.name), Arg::Number(event.index_count()), Arg::Number(EVERY_SERIES_MAX)],
        );
    }
}

/// Checks that a value can be added up, which a state cannot.
#[track_caller]
pub const fn number(is_state: bool) {
    if is_state {
        fail(&STATE, &[]);
    }
}

/// Checks that the series of an instrument can be there before their first use.
#[track_caller]
pub const fn initial(event: &EventSchema, instrument: usize) {
    let declared = &event.instruments[instrument];
    if event.has_start(instrument) {
        return;
    }
    if let Some(label) = event.unknown_label(instrument) {
        fail(&INITIAL_OPEN, &[Arg::Text(event.label_key(instrument, label)), Arg::Text(declared.name)]);
    }
    let series = event.known_series(instrument);
    fail(&INITIAL_MANY, &[Arg::Text(declared.name), Arg::Number(series), Arg::Number(STATED_MAX)]);
}

/// Checks the bounds of a histogram that are not literals.
#[track_caller]
pub const fn buckets(event: &EventSchema, instrument: usize) {
    let instrument = &event.instruments[instrument];
    let bounds = instrument.buckets;
    if bounds.is_empty() || bounds.len() > BUCKETS_MAX {
        fail(
            &BUCKETS_SIZE,
            &[Arg::Text(instrument.name), Arg::Number(bounds.len() as u64), Arg::Number(BUCKETS_MAX as u64)],
        );
    }
    if bounds[0] < 0.0 && !instrument.signed {
        fail(&BUCKETS_SIGN, &[Arg::Text(instrument.name)]);
    }
    let mut at = 0;
    while at < bounds.len() {
        if !bounds[at].is_finite() || (at > 0 && bounds[at] <= bounds[at - 1]) {
            fail(&BUCKETS_ORDER, &[Arg::Number(at as u64), Arg::Text(instrument.name)]);
        }
        at += 1;
    }
}

/// Checks two events that record in one instrument: they must have the same keys with the same sets.
#[track_caller]
pub const fn shared(first: &EventSchema, a: usize, second: &EventSchema, b: usize) {
    if !(has_labels_of(first, a, second, b) && has_labels_of(second, b, first, a)) {
        fail(&SHARED_LABELS, &[Arg::Text(first.instruments[a].name), Arg::Text(first.name)]);
    }
}

const fn has_labels_of(event: &EventSchema, a: usize, other: &EventSchema, b: usize) -> bool {
    let labels = other.instruments[b].labels;
    let mut at = 0;
    while at < labels.len() {
        if !has_label(event, a, other, &labels[at]) {
            return false;
        }
        at += 1;
    }
    true
}

const fn has_label(
    event: &EventSchema,
    instrument: usize,
    other: &EventSchema,
    label: &InstrumentLabel,
) -> bool {
    let labels = event.instruments[instrument].labels;
    let mut at = 0;
    while at < labels.len() {
        if same_label(event, &labels[at], other, label) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same_label(
    event: &EventSchema,
    a: &InstrumentLabel,
    other: &EventSchema,
    b: &InstrumentLabel,
) -> bool {
    match (*a, *b) {
        (InstrumentLabel::Param(a), InstrumentLabel::Param(b)) => {
            let a = &event.labels[a];
            let b = &other.labels[b];
            same(a.key, b.key) && same_set(&a.set, &b.set) && same_none(a.none, b.none)
        }
        (InstrumentLabel::Registration(a), InstrumentLabel::Registration(b)) => a == b,
        // Constants may differ: together they are one closed set.
        (InstrumentLabel::Constant { key: a, .. }, InstrumentLabel::Constant { key: b, .. }) => same(a, b),
        _ => false,
    }
}

const fn same_none(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Compares two sets. Domains are compared by their fields, since a constant cannot compare addresses.
const fn same_set(a: &LabelSet, b: &LabelSet) -> bool {
    match (*a, *b) {
        (LabelSet::Closed(a), LabelSet::Closed(b)) => same_texts(a, b),
        (LabelSet::Range { start, end }, LabelSet::Range { start: first, end: last }) => {
            start == first && end == last
        }
        (LabelSet::Open(a), LabelSet::Open(b)) => {
            a.cap == b.cap && a.max_len == b.max_len && same(a.other, b.other) && same_texts(a.known, b.known)
        }
        _ => false,
    }
}

const fn same_texts(a: &[&str], b: &[&str]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if !same(a[at], b[at]) {
            return false;
        }
        at += 1;
    }
    true
}
