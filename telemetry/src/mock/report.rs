//! What a failing assertion prints.

use super::record::Record;
use std::fmt::Write;

/// The one place where an assertion fails, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
pub(super) fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// Recorded calls, one a line; those that `marked` holds for have an arrow.
pub(super) fn list(title: &str, calls: &[Record], marked: impl Fn(&Record) -> bool) -> String {
    let mut text = format!("{title} ({}):", calls.len());
    if calls.is_empty() {
        text = format!("{title}: none");
    }
    for (index, call) in calls.iter().enumerate() {
        let arrow = if marked(call) { "->" } else { "  " };
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n  {arrow} {}. {call:?}", index + 1);
    }
    text
}

/// "once", "twice", "3 times".
pub(super) fn times(n: usize) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}
