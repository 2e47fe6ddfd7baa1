//! M18: descriptions are text, whatever is in them and however long they are.

use telemetry::{NoOp, Surface, metrics};

/// Doubles the description as often as there are `+`: 2^10 lines of 100 bytes are 100 KiB.
macro_rules! long {
    ($(#[$doc:meta])*;) => {
        #[metrics]
        pub trait Long {
            $(#[$doc])*
            #[counter]
            fn requests(&self);
        }
    };
    ($(#[$doc:meta])*; + $($more:tt)*) => {
        long!($(#[$doc])* $(#[$doc])*; $($more)*);
    };
}

long! {
    /// 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789
    ; + + + + + + + + + +
}

/// A "surface" of {braces}.
#[metrics]
pub trait Metrics {
    /// Requests {served} by "us" or C:\them, {} and {{}}, `code`, %s, </script> and ünïcödé.
    ///
    /// # A second paragraph
    /// - with a list
    #[counter]
    #[counter(name = "again", help = "With a \"quote\", a \\ and {braces}.")]
    fn requests(&self);

    #[doc = "Line one\nline two \"quoted\" \\ \t tab.\r\n\r\nSecond."]
    #[counter]
    fn more(&self);

    /** Of a block comment. */
    #[counter]
    fn block(&self);
}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording] {
        metrics.requests();
    }
    recording.requests_calls().assert_once();

    let events = <dyn Metrics as Surface>::SCHEMA.events;
    let first = r#"Requests {served} by "us" or C:\them, {} and {{}}, `code`, %s, </script> and ünïcödé."#;
    assert!(events[0].help.starts_with(first), "{}", events[0].help);
    assert_eq!(events[0].instruments[1].help, r#"With a "quote", a \ and {braces}."#);
    assert!(events[1].help.starts_with(r#"Line one line two "quoted" \"#), "{}", events[1].help);
    assert_eq!(events[2].help, "Of a block comment.");
    assert!(<dyn Long as Surface>::SCHEMA.events[0].help.len() > 100_000);
}
