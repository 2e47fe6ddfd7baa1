//! The log: `Log` beside `info!`, and its lines by our layer.

use super::{Method, WHO};
use crate::references::Looks;
use crate::row::{Class, Loop, Row, triples};
use crate::target::{JSON, LOG, LOGFMT, PREFIXED};
use crate::workload::input;
use std::io;
use telemetry::log::{Format, Layer, Lines, Queue, is_metric};
use telemetry::{Log, metrics};
use tracing::Dispatch;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

/// What is logged.
#[metrics]
pub trait Stored {
    /// Items by path and method.
    #[counter(value = count)]
    #[log("items.stored")]
    fn items(&self, #[label(cap = 64)] path: &str, method: Method, count: u64);
}

pub fn calls() -> Vec<Row> {
    vec![
        row(LOG, || Dispatch::new(tracing_subscriber::fmt().with_ansi(false).with_writer(io::sink).finish())),
        row("`Log`, to a subscriber that only looks at the fields", || Dispatch::new(Looks)),
        row("`Log`, no subscriber", Dispatch::none),
    ]
}

pub fn lines() -> Vec<Row> {
    vec![
        row(PREFIXED, || layer(Format::Prefixed)),
        row("`Layer`, prefixed, with a filter", || {
            let layer = Layer::new(Format::Prefixed, io::sink).with_filter(filter_fn(is_metric));
            Dispatch::new(registry().with(layer))
        }),
        row("`Lines` in `fmt`", || {
            let fmt = tracing_subscriber::fmt().event_format(Lines::default());
            Dispatch::new(fmt.with_writer(io::sink).finish())
        }),
        row("`Layer`, prefixed, into a `Queue`", || match Queue::start(io::sink()) {
            Ok((queue, guard)) => {
                // It lives as long as the program.
                std::mem::forget(guard);
                Dispatch::new(registry().with(Layer::new(Format::Prefixed, queue)))
            }
            Err(_) => Dispatch::none(),
        }),
    ]
}

pub fn timed() -> Vec<Row> {
    vec![
        row(LOGFMT, || layer(Format::Logfmt)),
        row(JSON, || layer(Format::Json)),
        row("`Layer`, EMF", || layer(Format::Emf)),
    ]
}

fn layer(format: Format) -> Dispatch {
    Dispatch::new(registry().with(Layer::new(format, io::sink)))
}

fn row(how: &'static str, subscriber: fn() -> Dispatch) -> Row {
    Row::new(WHO, how, Class::Ours, move || {
        Ok(move || -> Loop {
            let log = Log::default();
            let record = move |path: &str, method, count| log.items(path, method, count);
            triples(input::paths(), input::methods(), input::counts(), record).within(subscriber())
        })
    })
}
