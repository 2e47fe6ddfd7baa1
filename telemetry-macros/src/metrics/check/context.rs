//! Rules about context: its keys stand on the log line beside those of labels and values.

use crate::errors::Errors;
use crate::metrics::model::Event;
use crate::{name, rules};

/// Checks the names of context parameters, which are their keys. Labels and constants are checked against
/// them where their own keys are.
pub fn names(event: &Event<'_>, errors: &mut Errors) {
    for param in event.context().filter(|_| !event.log.off) {
        let name = param.name();
        if name::LOG_KEYS.contains(&name.as_str()) {
            errors.on(&param.ident, &rules::log_value_key(name));
        }
    }
}
