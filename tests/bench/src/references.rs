//! What the machine allows: the least work that an operation can be, written by hand.
//!
//! They are no library: slots are fixed when compiling, nothing grows, nothing is checked that the rows do
//! not show.

pub mod bucket;
mod exponential;
mod exposition;
mod histogram;
mod line;
mod map;
mod slab;
mod text;

pub use line::{Looks, info};

use crate::opaque;
use crate::row::{Class, Row, each, repeat};
use crate::workload::Workload;
use crate::workload::input::{self, Method};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const WHO: &str = "reference";

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Counter => counter(),
        Workload::ClosedLabel => closed_label(),
        Workload::CappedText => text::rows(),
        Workload::Texts(texts) => map::rows(texts),
        Workload::Gauge => gauge(),
        Workload::Histogram => histogram::rows(),
        Workload::NativeHistogram => exponential::rows(),
        Workload::ScrapeCounters => exposition::counters(),
        Workload::ScrapeHistograms => exposition::histograms(),
        Workload::LogCall => line::calls(),
        Workload::LogLine => line::lines(),
        Workload::LogTimed => line::timed(),
        Workload::Heap => vec![],
    }
}

/// A cell on a cache line of its own.
#[derive(Default)]
#[repr(align(128))]
struct Line(AtomicU64);

fn counter() -> Vec<Row> {
    vec![
        Row::new(WHO, "empty loop", Class::Reference, || Ok(|| repeat(|| ()))),
        Row::new(WHO, "register add", Class::Reference, || {
            Ok(|| {
                let mut sum = 0;
                repeat(move || sum = opaque::value(sum + 1))
            })
        }),
        Row::new(WHO, "thread-local slab, load and store", Class::Limit, || {
            Ok(|| repeat(|| slab::with(|slab| slab::add(&slab[slab::COUNTER]))))
        }),
        Row::new(WHO, "`fetch_add` on an own line", Class::Reference, || {
            let line = Arc::<Line>::default();
            Ok(move || {
                let line = line.clone();
                repeat(move || _ = line.0.fetch_add(1, Relaxed))
            })
        }),
    ]
}

/// What stands behind `dyn`, with one method.
trait ByMethod {
    fn by_method(&self, method: Method);
}

struct Nothing;

impl ByMethod for Nothing {
    fn by_method(&self, _: Method) {}
}

struct Slab;

impl ByMethod for Slab {
    fn by_method(&self, method: Method) {
        slab::with(|slab| slab::add(&slab[slab::CLOSED + method as usize]));
    }
}

fn closed_label() -> Vec<Row> {
    fn dynamic(how: &'static str, make: fn() -> Arc<dyn ByMethod>) -> Row {
        Row::new(WHO, how, Class::Reference, move || {
            Ok(move || {
                let object = std::hint::black_box(make());
                each(input::methods(), move |method| object.by_method(method))
            })
        })
    }
    vec![
        Row::new(WHO, "loop and label", Class::Reference, || {
            Ok(|| each(input::methods(), |method: Method| _ = opaque::value(method as u64)))
        }),
        Row::new(WHO, "register add", Class::Reference, || {
            Ok(|| {
                let mut sum = 0;
                each(input::methods(), move |method: Method| sum = opaque::value(sum + method as u64))
            })
        }),
        Row::new(WHO, "thread-local slab, load and store", Class::Limit, || {
            Ok(|| {
                each(input::methods(), |method: Method| {
                    slab::with(|slab| slab::add(&slab[slab::CLOSED + method as usize]));
                })
            })
        }),
        dynamic("virtual call of nothing", || Arc::new(Nothing)),
        dynamic("virtual call of the slab", || Arc::new(Slab)),
        Row::new(WHO, "`fetch_add`, a line per series", Class::Reference, || {
            let lines = Arc::<[Line; 4]>::default();
            Ok(move || {
                let lines = lines.clone();
                each(input::methods(), move |method: Method| {
                    _ = lines[method as usize].0.fetch_add(1, Relaxed);
                })
            })
        }),
    ]
}

fn gauge() -> Vec<Row> {
    vec![
        Row::new(WHO, "loop and value", Class::Reference, || {
            Ok(|| each(input::seconds(), |value: f64| _ = opaque::value(value.to_bits())))
        }),
        Row::new(WHO, "relaxed store", Class::Limit, || {
            let line = Arc::<Line>::default();
            Ok(move || {
                let line = line.clone();
                each(input::seconds(), move |value: f64| line.0.store(value.to_bits(), Relaxed))
            })
        }),
    ]
}
