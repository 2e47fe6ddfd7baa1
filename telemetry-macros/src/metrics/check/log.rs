//! Rules about log lines that need the whole surface: what a reader of the log tells them apart by.

use crate::errors::Errors;
use crate::metrics::model::{Event, Surface};
use crate::rules;

/// Checks that no two methods write lines of one kind and one name: nothing else on a line says whose it is.
/// Constant labels are the instruments' and do not stand there.
pub fn names(surface: &Surface<'_>, errors: &mut Errors) {
    let logged = || surface.events.iter().filter(|event| event.sound && !event.log.off);
    for (at, event) in logged().enumerate() {
        let name = event.line_name();
        let is_same = |first: &&Event<'_>| {
            first.line_name() == name && first.is_gauge() == event.is_gauge() && !first.alternative_to(event)
        };
        if let Some(first) = logged().take(at).find(is_same) {
            let place = super::written_name(event.log.name.as_ref(), &event.method.sig.ident);
            let other = if event.name() == name { format!("{name}.other") } else { event.name() };
            errors.on(place, &rules::log_name_twice(name, first.name(), other));
        }
    }
}
