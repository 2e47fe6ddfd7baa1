//! Rules about alerts that need the whole surface: the counter that a ratio divides by, and names.

use crate::errors::{Errors, instead, one_of};
use crate::metrics::model::{Alert, Event, Instrument, Surface};
use crate::{name, rules};
use syn::ext::IdentExt;

pub fn alerts(surface: &Surface<'_>, errors: &mut Errors) {
    let mut seen: Vec<(String, Option<String>)> = Vec::new();
    for (event, _, instrument) in surface.instruments() {
        for alert in &instrument.alerts {
            counters(surface, instrument, alert, errors);
            divided(surface, event, instrument, alert, errors);
            at_start(surface, instrument, alert, errors);
            let name = (alert.name(surface, instrument), alert.severity.as_ref().map(syn::LitStr::value));
            if seen.contains(&name) && event.cfgs.is_empty() {
                errors.at(alert.span, &rules::alert_twice(&name.0));
            }
            seen.push(name);
        }
    }
}

/// Checks that an alert does not fire on a gauge that was not set yet, unless it waits.
fn at_start(surface: &Surface<'_>, instrument: &Instrument, alert: &Alert, errors: &mut Errors) {
    let is_zero = surface.initial(instrument).is_some_and(|initial| initial.is_zero);
    let threshold = crate::attr::number(&alert.threshold).unwrap_or_default();
    let is_age = alert.quantity.variant == "Age";
    let rings = if alert.above { threshold < 0.0 || is_age } else { threshold > 0.0 };
    if is_zero && rings && alert.hold.is_none() && instrument.kind.variant == "Gauge" {
        let word = match (is_age, alert.above) {
            (true, _) => "older_than =",
            (_, true) => "above",
            (_, false) => "below",
        };
        let compared = format!("{word} {threshold}");
        errors.on(&alert.threshold, &rules::alert_rings(&instrument.name.text, compared));
    }
}

/// Checks that `to` and `on` name counters, and not one with which the ratio is always 1.
fn counters(surface: &Surface<'_>, instrument: &Instrument, alert: &Alert, errors: &mut Errors) {
    let counters = surface.instruments().map(|(_, _, one)| one).filter(|one| one.kind.monotonic);
    let own = instrument.name.word();
    let all: Vec<String> = counters.map(|one| one.name.word()).collect();
    let others: Vec<String> = all.iter().filter(|name| **name != own).cloned().collect();
    // A sum may have the alert's own counter in it.
    let known = if alert.to.len() > 1 { &all } else { &others };
    for (list, known) in [(&alert.to, known), (&alert.also, &others)] {
        for (at, name) in list.iter().enumerate() {
            let written = name.unraw().to_string();
            if list[..at].contains(name) {
                errors.on(name, &rules::alert_to(written, "remove it: it is named twice"));
            } else if !known.contains(&written) {
                let help = instead_of(&written, &own, &others);
                errors.on(name, &rules::alert_to(written, help));
            }
        }
    }
}

/// Returns the help for a name that is not another counter's.
fn instead_of(written: &str, own: &str, others: &[String]) -> String {
    if written == own {
        return "remove it: `matching(...)` alone is a share of this counter".to_owned();
    }
    if others.is_empty() {
        return "use `matching(...)`: the surface has no other counter".to_owned();
    }
    // A large surface has too many to list them.
    match name::nearest(written, others) {
        Some(like) => format!("did you mean `{like}`?"),
        None => format!("write the name of one, such as {}", one_of(&others[..others.len().min(3)])),
    }
}

/// Checks that `of` selects by labels of the counter that `to` names first.
fn divided(
    surface: &Surface<'_>,
    event: &Event<'_>,
    instrument: &Instrument,
    alert: &Alert,
    errors: &mut Errors,
) {
    let Some(to) = alert.to.first().filter(|to| surface.counter(to).is_some()) else { return };
    let names = alert.of_labels(surface, event, instrument);
    for matcher in &alert.of {
        let written = matcher.label.unraw().to_string();
        if names.contains(&written) {
            continue;
        }
        let help = if names.is_empty() {
            "remove it: that counter has no label".to_owned()
        } else {
            instead(&written, &names, "write")
        };
        errors.on(&matcher.label, &rules::alert_of(written, to.unraw(), help));
    }
}

/// Checks that no two objectives have one name: their recording rules would.
pub fn slos(surface: &Surface<'_>, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for (event, _, instrument) in surface.instruments() {
        for slo in &instrument.slos {
            let name = slo.name(instrument);
            if seen.contains(&name) && event.cfgs.is_empty() {
                errors.at(slo.span, &rules::slo_twice(&name));
            }
            seen.push(name);
        }
    }
}
