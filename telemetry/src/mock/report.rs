//! The messages of failing assertions.

use super::record::Record;
use std::fmt::Write;

/// Fails an assertion, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
pub(super) fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// Lists recorded calls, one a line. Calls for which `marked` holds have an arrow.
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

/// Returns "once", "twice", "3 times".
fn times(n: &str) -> String {
    match n {
        "1" => "once".to_owned(),
        "2" => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

/// Describes the expected and the actual number of calls.
pub(super) fn call_count(expected: &str, count: usize) -> String {
    let expected = if expected == "0" {
        "not to be called".to_owned()
    } else {
        format!("to be called {}", times(expected))
    };
    let count =
        if count == 0 { "was not".to_owned() } else { format!("was called {}", times(&count.to_string())) };
    format!("{expected}, but it {count}")
}
