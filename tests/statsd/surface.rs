//! A surface with every kind, and calls whose truth the mock keeps.

use std::time::Duration;
use telemetry::registry::Instruments;
use telemetry::{Label, Registry, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Requests served.
    #[counter]
    #[log(off)]
    fn requests(&self, method: Method, #[label(cap = 64)] route: &str);

    /// Bytes received.
    #[counter(value = n, unit = bytes)]
    #[log(off)]
    fn received(&self, n: u64);

    /// Money taken.
    #[counter(value = amount)]
    #[log(off)]
    fn paid(&self, amount: f64);

    /// Time at work.
    #[counter(value = took, unit = seconds)]
    #[log(off)]
    fn busy(&self, took: Duration);

    /// Jobs under way.
    #[up_down_counter]
    #[log(off)]
    fn jobs(&self, #[label(cap = 8)] queue: &str, n: i64);

    /// Warmth.
    #[gauge(unit = celsius)]
    #[log(off)]
    fn set_heat(&self, #[label(cap = 8)] room: &str, degrees: f64);

    /// How long requests take.
    #[histogram(unit = seconds, buckets = [0.01, 0.1, 1.0])]
    #[log(off)]
    fn duration(&self, method: Method, took: Duration);

    /// How large answers are.
    #[histogram(unit = bytes, buckets = [1000.0, 100_000.0])]
    #[log(off)]
    fn size(&self, n: u64);
}

pub const LONG: Duration = Duration::from_mins(1);

/// A registry with the surface.
pub fn app() -> (Registry, Instruments<dyn Metrics>) {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    (registry, metrics)
}

/// Text that was made to break lines, names and tags.
pub const HOSTILE: [&str; 9] = [
    "x\nadmin.grants:1000000|c|#env:prod",
    "a|b",
    "a:b",
    "a,b#c",
    " ",
    "\u{1b}[31m\u{7}\u{0}",
    "caf\u{e9} \u{4f60}\u{597d}",
    "../../etc/passwd",
    "a;b=c@0.1",
];
