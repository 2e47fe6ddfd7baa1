//! Rules about one instrument: its name, its value, its constants and its buckets.

use super::label;
use crate::attr;
use crate::errors::Errors;
use crate::grammar::Kind;
use crate::metrics::model::{Buckets, Event, Instrument, InstrumentLabel, Key, Measure, Surface, Value};
use crate::rules::Message;
use crate::set::check::{is_key, is_text};
use crate::ty::Sort;
use crate::{name, rules, ty};
use quote::ToTokens;
use syn::Expr;

pub fn instrument(surface: &Surface<'_>, event: &Event<'_>, instrument: &Instrument, errors: &mut Errors) {
    metric_name(instrument, errors);
    was(surface, instrument, errors);
    deprecated(instrument, errors);
    measure(event, instrument, errors);
    constants(event, instrument, errors);
    buckets(instrument, errors);
    if let Some(word) = instrument.native.filter(|_| instrument.signed) {
        errors.at(word, &rules::native_signed());
    }
    if let Some(help) = instrument.help.as_ref().filter(|help| help.value().trim().is_empty()) {
        errors.on(help, &rules::empty_help(instrument.kind.grammar.attr));
    }
}

/// Checks that totals that somebody else keeps come from one place, when it has them.
pub fn totals(event: &Event<'_>, errors: &mut Errors) {
    for one in &event.instruments {
        let Some(total) = one.total else { continue };
        if let Some(initial) = &one.initial {
            errors.at(initial.span, &rules::total_initial(&one.name.text));
        }
        if event.guard.is_some() {
            errors.at(total, &rules::total_guard(event.name()));
        }
    }
}

/// Checks that a method with an observed gauge is called by collections alone.
pub fn observed(event: &Event<'_>, errors: &mut Errors) {
    for one in &event.instruments {
        if let (Some(initial), Some(_)) = (&one.initial, one.observed) {
            errors.at(initial.span, &rules::observed_initial(&one.name.text));
        }
    }
    let Some(word) = event.instruments.iter().find_map(|one| one.observed) else { return };
    if let Some(other) = event.instruments.iter().find(|one| one.observed.is_none()) {
        let kind = other.kind.grammar.attr.replace('_', "-").replace("down-counter", "down counter");
        errors.at(other.span, &rules::observed_beside(event.name(), kind));
    } else if event.guard.is_some() {
        errors.at(word, &rules::observed_guard(event.name()));
    }
}

fn metric_name(instrument: &Instrument, errors: &mut Errors) {
    if let Some(fault) = name_fault(instrument) {
        errors.at(instrument.name.span, &fault);
    }
}

/// Checks the version in which the metric goes.
fn deprecated(instrument: &Instrument, errors: &mut Errors) {
    if let Some(version) = instrument.deprecated.as_ref().filter(|version| !is_version(&version.value())) {
        errors.on(version, &rules::deprecated_version(version.to_token_stream()));
    }
}

/// Checks the former name, and when it ends.
fn was(surface: &Surface<'_>, instrument: &Instrument, errors: &mut Errors) {
    let Some(was) = &instrument.was else { return };
    if let Some(fault) = was_fault(surface, instrument, &was.name.value()) {
        errors.on(&was.name, &fault);
    }
    if let Some(until) = was.until.as_ref().filter(|until| !is_version(&until.value())) {
        errors.on(until, &rules::until_version(until.to_token_stream()));
    }
}

/// Returns true for two or three numbers with points between them.
fn is_version(text: &str) -> bool {
    let numbers: Vec<Option<u64>> = text
        .split('.')
        .map(|part| part.parse().ok().filter(|number: &u64| number.to_string() == part))
        .collect();
    matches!(numbers.len(), 2 | 3) && numbers.iter().all(Option::is_some)
}

/// Returns the fault of an instrument's former name, if it has one. It is a name of Prometheus.
pub fn was_fault(surface: &Surface<'_>, instrument: &Instrument, was: &str) -> Option<Message> {
    if let Some(fault) = name::fault(was) {
        return Some(rules::was_name(was, fault));
    }
    if let Some(before) = was.strip_suffix("_bucket").filter(|_| instrument.kind.buckets) {
        return Some(rules::was_bucket(was, before));
    }
    let is_present = was == surface.spell(instrument, |spelling| spelling.present().text_name());
    is_present.then(|| rules::was_same(was))
}

/// Returns the fault of an instrument's name, if it has one.
pub fn name_fault(instrument: &Instrument) -> Option<Message> {
    let text = &instrument.name.text;
    if let Some(fault) = name::written_fault(text, instrument.has_suffixes()) {
        return Some(rules::metric_name(text, fault));
    }
    if !instrument.has_suffixes() {
        return None;
    }
    let in_prometheus = instrument.name.word();
    let ends_in = |word: &str| in_prometheus == word || in_prometheus.ends_with(&format!("_{word}"));
    if instrument.kind.samples.contains(&"_total") && ends_in("total") {
        return Some(rules::total_suffix(text));
    }
    let unit = instrument.unit.filter(|unit| ends_in(unit.name))?;
    Some(rules::unit_suffix(text, unit.name))
}

/// Checks that a counter cannot fall, and that a constant number makes sense.
fn measure(event: &Event<'_>, instrument: &Instrument, errors: &mut Errors) {
    match &instrument.measure {
        Measure::Calls | Measure::Unknown | Measure::InFlight => {}
        Measure::Constant(value) => constant(value, instrument.kind, errors),
        Measure::Param(index) => {
            for (_, param, value) in event.values().filter(|(at, ..)| at == index) {
                if value.sort.is_state() && !instrument.kind.takes_states() {
                    errors.on(&value.inner, &state(&param.name(), value, instrument));
                } else if value.sort == Sort::Signed && instrument.kind.monotonic {
                    errors.on(&value.inner, &rules::signed_counter(param.name(), ty::show(&value.inner)));
                }
            }
        }
    }
}

/// Returns the message for a state that an instrument would add up.
fn state(name: &str, value: &Value, instrument: &Instrument) -> Message {
    let (ty, attr) = (ty::show(&value.inner), instrument.kind.grammar.attr);
    match value.sort {
        Sort::Bool if instrument.kind.adds => rules::state_bool(name, ty, attr),
        Sort::Bool => rules::state_sample(name, ty, attr),
        _ => rules::state_time(name, ty, attr),
    }
}

fn constant(value: &Expr, kind: &Kind, errors: &mut Errors) {
    let number = attr::number(value).unwrap_or_default();
    if kind.buckets {
        errors.on(value, &rules::histogram_constant());
    } else if kind.monotonic && number < 0.0 {
        errors.on(value, &rules::negative_counter());
    } else if kind.adds && number == 0.0 {
        errors.on(value, &rules::zero_value());
    }
}

fn constants(event: &Event<'_>, instrument: &Instrument, errors: &mut Errors) {
    let mut keys: Vec<String> = event
        .labels()
        .filter(|(_, param, _)| !param.key_from_type())
        .map(|(_, param, _)| param.key())
        .collect();
    for label in &instrument.labels {
        let InstrumentLabel::Constant { key, value } = label else { continue };
        let Key { text, tokens } = key;
        let alike = keys.iter().find(|other| name::is_same_key(other, text));
        if !event.log.off && is_logged(event, text) {
            errors.on(tokens, &rules::log_constant_key(text));
        } else if event.has_registration_key(text) {
            errors.on(tokens, &rules::registration_clash(text));
        } else if let Some(alike) = alike {
            errors.on(tokens, &label::twice(text, alike));
        } else {
            is_key(text, tokens, errors);
        }
        is_text(value, errors);
        keys.push(text.clone());
    }
}

/// Returns true if the log line has a field with this key beside the constants, in CloudWatch's format.
fn is_logged(event: &Event<'_>, key: &str) -> bool {
    name::LOG_KEYS_BESIDE_CONSTANTS.contains(&key) || event.context().any(|context| context.name() == key)
}

fn buckets(instrument: &Instrument, errors: &mut Errors) {
    let Buckets::Literal(bounds) = &instrument.buckets else { return };
    for (bound, text) in bounds {
        if *bound < 0.0 && !instrument.signed {
            errors.on(text, &rules::bucket_negative(display_number(text)));
        }
    }
    for pair in bounds.windows(2) {
        let [(last, last_text), (bound, text)] = pair else { continue };
        if bound <= last {
            errors.on(text, &rules::buckets_order(display_number(text), display_number(last_text)));
        }
    }
}

/// Returns a number literal as the user writes it.
fn display_number(number: &Expr) -> String {
    number.to_token_stream().to_string().replace("- ", "-")
}
