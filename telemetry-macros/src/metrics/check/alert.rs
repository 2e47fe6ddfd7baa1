//! Rules about alerts that need the whole surface: the counter that a ratio divides by, and names.

use crate::errors::{Errors, one_of};
use crate::metrics::model::{Alert, Instrument, Surface};
use crate::{name, rules};
use syn::ext::IdentExt;

pub fn alerts(surface: &Surface<'_>, errors: &mut Errors) {
    let mut seen: Vec<(String, Option<String>)> = Vec::new();
    for (event, _, instrument) in surface.instruments() {
        for alert in &instrument.alerts {
            divisor(surface, instrument, alert, errors);
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
    let rings = if alert.above { threshold < 0.0 } else { threshold > 0.0 };
    if is_zero && rings && alert.hold.is_none() && instrument.kind.variant == "Gauge" {
        let word = if alert.above { "above" } else { "below" };
        let compared = format!("{word} {threshold}");
        errors.on(&alert.threshold, &rules::alert_rings(&instrument.name.text, compared));
    }
}

/// Checks that `to` names a counter, and not one with which the ratio is always 1.
fn divisor(surface: &Surface<'_>, instrument: &Instrument, alert: &Alert, errors: &mut Errors) {
    let Some(to) = &alert.to else { return };
    let counters = surface.instruments().map(|(_, _, one)| one).filter(|one| one.kind.monotonic);
    let own = instrument.name.word();
    let others: Vec<String> = counters.map(|one| one.name.word()).filter(|name| *name != own).collect();
    let written = to.unraw().to_string();
    if others.contains(&written) {
        return;
    }
    let help = if written == own {
        "remove it: `matching(...)` alone is a share of this counter".to_owned()
    } else if others.is_empty() {
        "use `matching(...)`: the surface has no other counter".to_owned()
    } else {
        // A large surface has too many to list them.
        match name::nearest(&written, &others) {
            Some(like) => format!("did you mean `{like}`?"),
            None => format!("write the name of one, such as {}", one_of(&others[..others.len().min(3)])),
        }
    };
    errors.on(to, &rules::alert_to(written, help));
}
