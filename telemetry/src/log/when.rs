//! Which calls a log line is for, by the values of their labels.

use crate::event::Event;
use crate::label::{LabelSet, LabelValue, NONE, OTHER};
use crate::schema::{LabelSchema, Matcher};
use std::fmt::{self, Display, Write};

/// Returns whether each matcher has the value of its label in this call. Allocates nothing.
pub(super) fn matches(when: &[Matcher], event: &Event<'_>) -> bool {
    when.iter().all(|matcher| {
        let schema = event.schema().labels.get(matcher.label);
        let Some((schema, value)) = schema.zip(event.label_values().get(matcher.label)) else {
            debug_assert!(false, "a matcher has a label of its event");
            return false;
        };
        matcher.values.iter().any(|text| is_text_of(schema, value, text))
    })
}

/// Returns whether a label's value has this text, which is what a back end with series shows.
fn is_text_of(schema: &LabelSchema, value: &LabelValue<'_>, text: &str) -> bool {
    if !schema.set.admits(value) {
        return text == OTHER;
    }
    match (schema.set, value) {
        (_, LabelValue::None) => text == schema.none.unwrap_or(NONE),
        (LabelSet::Closed(values), LabelValue::Closed(index)) => {
            values.get(*index as usize).is_some_and(|value| *value == text)
        }
        (_, LabelValue::Text(value)) => prints(value, text),
        (_, LabelValue::U64(n)) => prints(n, text),
        (_, LabelValue::I64(n)) => prints(n, text),
        (_, LabelValue::Closed(_)) => false,
    }
}

/// Returns whether `value` prints exactly this text.
fn prints(value: &impl Display, text: &str) -> bool {
    let mut rest = Rest(text);
    write!(rest, "{value}").is_ok() && rest.0.is_empty()
}

/// The rest of an expected text. Writing anything else fails.
struct Rest<'a>(&'a str);

impl Write for Rest<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Text;

    #[test]
    fn a_value_prints_one_text() {
        assert!(prints(&7, "7") && prints(&-7, "-7") && prints(&"", ""));
        for other in ["", "07", "+7", "70", "-7", " 7"] {
            assert!(!prints(&7, other), "{other}");
        }
        let cut = Text::cut("a value that goes on and on and on", 32);
        assert!(prints(&cut, &cut.to_string()));
        assert!(!prints(&cut, "a value that go"));
    }
}
