//! A webhook outbox worker over an embedded `SQLite` database: the `telemetry` library at work.
//!
//! `surface.rs` declares its metrics, `backends.rs` chooses where they go, and all others only know the
//! trait.

mod backends;
mod clock;
mod coin;
mod database;
mod error;
mod events;
mod faults;
mod janitor;
mod json_lines;
mod lag;
mod notify;
mod publish;
mod redeliver;
mod scheduler;
mod summary;
pub mod surface;
#[cfg(all(test, feature = "tests"))]
mod tests;
mod webhooks;
mod worker;

use crate::backends::BackendArgs;
use crate::error::Error;
use crate::faults::Fault;
use crate::scheduler::Plan;
use crate::summary::Summary;
use crate::surface::Metrics;
use clap::Parser;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Runs a webhook outbox worker over an embedded database.
///
/// The shipped events are an hour of simulated time, which takes less than a second. Metrics that are logged
/// go to stderr, the summary goes to stdout. With `--backend prometheus` the metrics are served from the
/// start, and still when the events are done, or when it gave up: until Ctrl-C, or for `--linger`.
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    backends: BackendArgs,

    /// Seconds to go on serving when the events are done; until interrupted if not given
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    linger: Option<Duration>,

    /// Events as JSON lines, in place of the shipped ones
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,

    /// Requests for redelivery as JSON lines, in place of the shipped ones
    #[arg(long, value_name = "FILE")]
    redeliver: Option<PathBuf>,

    /// Makes a stage of the worker fail, such as lease=0.01; may be given more than once
    #[arg(long, value_name = "STAGE=RATE")]
    fail: Vec<Fault>,

    /// The share of notifications that are lost
    #[arg(long, value_name = "RATE", default_value = "0.2", value_parser = faults::rate_of)]
    lose: f64,

    /// Decides what fails and what is lost
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// The database, in place of one in memory
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    start_and_run(&Args::parse()).unwrap_or_else(|error| failed(&error))
}

/// The longest time that back ends may take to deliver.
const PATIENCE: Duration = Duration::from_secs(5);

fn start_and_run(args: &Args) -> Result<ExitCode, Error> {
    let pipeline = args.backends.start()?;
    let metrics = pipeline.register::<dyn Metrics>()?;
    let result = run(args, &metrics);
    // Before the output shows that the run is over.
    let signals = pipeline.prometheus_addr().map(|_| signals());
    let code = match result {
        Ok(summary) => {
            // If stdout is closed, nobody wants to read it.
            let _ = write!(io::stdout(), "{summary}").and_then(|()| io::stdout().flush());
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    };
    // Also after a failure, which its metrics show.
    if let Some(signals) = signals {
        if let Err(error) = pipeline.flush(PATIENCE) {
            eprintln!("warning: metrics: {error}; they are sent again at the end");
        }
        linger(&signals, args.linger);
    }
    pipeline.shutdown(PATIENCE)?;
    Ok(code)
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Ctrl-C and SIGTERM from now on; until now they end the process at once.
fn signals() -> Receiver<()> {
    let (sender, signals) = mpsc::channel();
    // This program has no other handler, so it cannot fail.
    let _ = ctrlc::set_handler(move || {
        let _ = sender.send(());
    });
    signals
}

/// Waits for a signal, for this time or without a limit.
fn linger(signals: &Receiver<()>, time: Option<Duration>) {
    match time {
        Some(time) => drop(signals.recv_timeout(time)),
        None => drop(signals.recv()),
    }
}

fn run(args: &Args, metrics: &dyn Metrics) -> Result<Summary, Error> {
    let events = match &args.events {
        Some(path) => json_lines::read(path)?,
        None => json_lines::parse("events.jsonl", include_str!("events.jsonl"))?,
    };
    let requests = match &args.redeliver {
        Some(path) => json_lines::read(path)?,
        // The shipped requests name shipped events.
        None if args.events.is_some() => Vec::new(),
        None => json_lines::parse("redeliver.jsonl", include_str!("redeliver.jsonl"))?,
    };
    let mut plan = Plan::new(events, requests);
    plan.faults.clone_from(&args.fail);
    plan.loss = args.lose;
    plan.seed = args.seed;
    let mut database = database::open(args.database.as_deref())?;
    database::seed(&mut database, plan.start())?;
    scheduler::run(&plan, &mut database, metrics)
}
