//! How long single calls of ours take at worst, and whether a scrape shows in them.

use crate::ours::{self, Method, Metrics};
use crate::results::Latency;
use crate::row::Fallible;
use crate::workload::input::{self, INPUTS};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};
use telemetry::Registry;
use telemetry::prometheus::{Format, Renderer};
use telemetry::registry::Instruments;

/// Calls of a turn, and turns: with and without the scraper they take turns.
const CALLS: usize = 25_000;
const TURNS: usize = 40;

#[derive(Clone, Copy)]
struct Input {
    method: Method,
    path: &'static str,
    seconds: f64,
}

type Call = fn(&Instruments<dyn Metrics>, Input);

const CALLS_MEASURED: [(&str, Call); 4] = [
    ("none: the clock alone", |_, _| ()),
    ("counter, closed label", |metrics, input| metrics.by_method(input.method)),
    ("counter, capped string label", |metrics, input| metrics.by_path(input.path)),
    ("histogram, closed label", |metrics, input| metrics.took(input.method, input.seconds)),
];

pub fn measure() -> Fallible<Vec<Latency>> {
    let (methods, paths, seconds) = (input::methods(), input::paths(), input::seconds());
    let inputs: Vec<Input> = (0..INPUTS)
        .map(|index| Input { method: methods[index], path: paths[index], seconds: seconds[index] })
        .collect();
    let mut latencies = Vec::new();
    for (name, call) in CALLS_MEASURED {
        for (scraped, mut samples) in turns(call, &inputs)? {
            samples.sort_unstable();
            let at = |share: f64| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    clippy::cast_sign_loss
                )]
                let index = (samples.len() as f64 * share) as usize;
                samples.get(index.min(samples.len() - 1)).copied().unwrap_or(0)
            };
            let [p50, p99, p999, max] = [0.5, 0.99, 0.999, 1.0].map(at);
            latencies.push(Latency { call: name.into(), scraped, p50, p99, p999, max });
        }
    }
    Ok(latencies)
}

/// The samples without and with a scraper. What is scraped is what is called, and 10,000 counters besides.
fn turns(call: Call, inputs: &[Input]) -> Fallible<[(bool, Vec<u64>); 2]> {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>()?;
    ours::counters(&registry)?();
    let mut renderer = Renderer::new(&registry);
    let [scraping, ended] = [const { AtomicBool::new(false) }; 2];
    let mut samples = [(false, Vec::new()), (true, Vec::new())];
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut text = Vec::new();
            while !ended.load(SeqCst) {
                if scraping.load(SeqCst) {
                    renderer.render(Format::Text, &mut text);
                } else {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        for input in inputs {
            call(&metrics, *input);
        }
        for turn in 0..TURNS {
            let (scraped, samples) = &mut samples[turn % 2];
            scraping.store(*scraped, SeqCst);
            samples.extend(inputs.iter().cycle().take(CALLS).map(|input| one(call, &metrics, *input)));
        }
        ended.store(true, SeqCst);
    });
    Ok(samples)
}

fn one(call: Call, metrics: &Instruments<dyn Metrics>, input: Input) -> u64 {
    let start = Instant::now();
    call(metrics, input);
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
