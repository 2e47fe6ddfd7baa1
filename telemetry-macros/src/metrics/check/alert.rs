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
            let name = (alert.name(surface, instrument), alert.severity.as_ref().map(syn::LitStr::value));
            if seen.contains(&name) && event.cfgs.is_empty() {
                errors.at(alert.span, &rules::alert_twice(&name.0));
            }
            seen.push(name);
        }
    }
}

/// Checks that `to` names a counter, and not one with which the ratio is always 1.
fn divisor(surface: &Surface<'_>, instrument: &Instrument, alert: &Alert, errors: &mut Errors) {
    let Some(to) = &alert.to else { return };
    let counters = surface.instruments().map(|(_, _, one)| one).filter(|one| one.kind.monotonic);
    let others = counters.map(|one| one.name.text.as_str()).filter(|name| *name != instrument.name.text);
    let others: Vec<&str> = others.collect();
    let written = to.unraw().to_string();
    if others.contains(&written.as_str()) {
        return;
    }
    let help = if written == instrument.name.text {
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
