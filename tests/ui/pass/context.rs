//! Context of every type and spelling, where other macros, names and lifetimes are in the way.

#![no_implicit_prelude]
#![deny(warnings)]

use ::core::clone::Clone;
use ::core::error::Error;
use ::core::default::Default;
use ::core::fmt;
use ::core::option::Option::{self, None, Some};
use ::core::time::Duration;
use ::core::{assert, assert_eq, convert::AsRef, format_args, marker::{Send, Sync}};
use ::std::string::ToString;
use ::std::sync::Arc;
use ::telemetry::{NoOp, metrics};

type Height = u64;
type Shown<'a> = &'a dyn fmt::Display;

macro_rules! surface {
    ($name:ident { $($method:ident($param:ident: $type:ty);)* }) => {
        #[metrics(namespace = "e2a")]
        pub trait $name {
            $(
                /// Calls.
                #[counter]
                fn $method(&self, #[context] $param: $type);
            )*
        }
    };
}

surface! {
    Captured {
        of_text(text: &str);
        of_maybe(text: Option<&str>);
        of_display(error: &dyn fmt::Display);
        of_optional(error: Option<&dyn fmt::Display>);
        of_number(count: Option<u32>);
        of_alias(height: Height);
    }
}

#[metrics]
pub trait Metrics {
    /// Names of what an expansion binds, and every place for a lifetime.
    #[counter]
    #[log(off)]
    fn names<'a>(
        &self,
        #[context] context: &'a str,
        #[context] event: &'a (dyn ::core::fmt::Display + 'a),
        #[context] record: Option<&'a (dyn fmt::Display + Send + 'a)>,
        #[context] found: Shown<'_>,
        #[context] r#type: bool,
        #[context] labels: f32,
    );

    /// What it costs no series to know.
    #[gauge(name = "queue_depth")]
    fn set_depth(&self, depth: u64, #[context] last: Option<Duration>);

    /// A method of a build without Windows.
    #[counter]
    #[cfg(not(windows))]
    fn missed(&self, #[context] reason: &str);

    /// The same method elsewhere.
    #[counter]
    #[cfg(windows)]
    fn missed(&self, #[context] reason: u64);
}

/// The future is `Send`: no `&dyn Display` is held over an `await`.
async fn task(metrics: Arc<dyn Metrics>) {
    let error = "timeout".to_string();
    metrics.names("a", &error, None, &error, true, 0.5);
    ::core::future::ready(()).await;
    metrics.set_depth(3, None);
}

/// So is this one, with what may be shared.
async fn shared_task(metrics: Arc<dyn Captured>, error: &(dyn fmt::Display + Sync)) {
    ::core::future::ready(()).await;
    metrics.of_display(error);
}

/// An error is passed as it is.
fn errors(metrics: &dyn Captured, error: &(dyn Error + 'static), maybe: Option<&fmt::Error>) {
    metrics.of_display(error);
    metrics.of_optional(maybe.map(|error| error as &dyn fmt::Display));
}

fn send(_: impl Send) {}

fn main() {
    let recording = RecordingMetrics::default();
    for metrics in [&NoOp as &dyn Metrics, &recording, &(NoOp, NoOp), &Some(NoOp)] {
        metrics.names("a", &format_args!("{}", 1), Some(&2), &3, true, 0.5);
        metrics.set_depth(3, Some(Duration::from_secs(1)));
        #[cfg(not(windows))]
        metrics.missed("late");
    }
    let last = recording.names_calls().last();
    assert_eq!((AsRef::as_ref(&last.event), last.record.clone()), ("1", Some(2.to_string())));
    assert_eq!((last.found.clone(), last.r#type), (3.to_string(), true));
    recording.set_depth_calls().assert_sum(3);
    send(task(Arc::new(recording)));

    let captured = RecordingCaptured::default();
    send(shared_task(Arc::new(captured.clone()), &"c"));
    captured.of_text("a");
    captured.of_maybe(None);
    captured.of_display(&"b");
    errors(&captured, &fmt::Error, Some(&fmt::Error));
    captured.of_optional_calls().assert_once();
    captured.of_number(Some(1));
    captured.of_alias(7);
    assert_eq!(captured.of_alias_calls().last().height, 7);
    assert!(captured.of_maybe_calls().last().text.is_none());
}
