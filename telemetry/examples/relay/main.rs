//! A simulated mail relay: the `telemetry` library on a surface as large as real services have it.
//!
//! `surface.rs` declares 48 methods, `senders.rs` what comes and goes, `intake.rs` and `delivery.rs` call
//! them through the traits, and this file chooses where they go.

#[cfg(all(test, feature = "tests"))]
mod by_hand;
mod delivery;
mod intake;
mod labels;
mod random;
mod relay;
mod senders;
mod surface;
#[cfg(all(test, feature = "tests"))]
mod tests;

use crate::relay::{AllMetrics, Relay};
use crate::senders::{CampaignMetrics, Sender, SenderMetrics, SenderMetricsLabels};
use crate::surface::Metrics;
use clap::{Parser, ValueEnum};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use telemetry::prometheus::{self, Server};
use telemetry::{Log, NoOp, Registry, SinkAdapter};

/// Simulates a mail relay, an hour in less than a second.
///
/// Metrics that are logged go to stderr, a summary goes to stdout. With `--backend prometheus` the metrics
/// are served from the start, and still when the hour is over: until Ctrl-C, or for `--linger`.
#[derive(Parser)]
struct Args {
    /// Back end of the metrics; may be given more than once
    #[arg(long, value_name = "NAME", default_value = "log")]
    backend: Vec<Backend>,

    /// Address for Prometheus; port 0 is any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9465")]
    listen: SocketAddr,

    /// Seconds to go on serving at the end; until interrupted if not given
    #[arg(long, value_name = "SECONDS")]
    linger: Option<u64>,

    /// Length of the simulated time
    #[arg(long, value_name = "N", default_value_t = 3_600)]
    seconds: u32,

    /// Lets the simulated time pass as real time does
    #[arg(long)]
    live: bool,

    /// Decides what happens
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// A place where metrics go.
#[derive(Clone, Copy, ValueEnum)]
enum Backend {
    /// Nowhere
    Noop,
    /// A line on stderr for each call
    Log,
    /// An endpoint that a Prometheus server scrapes
    Prometheus,
}

/// A back end at work: what the relay calls, and the server that answers for it, if it has one.
struct Started {
    metrics: Arc<dyn Metrics>,
    campaigns: Arc<dyn CampaignMetrics>,
    open_sender: Box<dyn Fn(Sender) -> Arc<dyn SenderMetrics>>,
    server: Option<Server>,
}

impl Backend {
    fn start(self, args: &Args) -> Result<Started, Box<dyn Error>> {
        Ok(match self {
            Self::Noop => Started {
                metrics: Arc::new(NoOp),
                campaigns: Arc::new(NoOp),
                open_sender: Box::new(|_| Arc::new(NoOp)),
                server: None,
            },
            Self::Log => {
                // An error says that this was done before: `--backend log` was given twice.
                let _ = tracing_subscriber::fmt()
                    .event_format(telemetry::log::Lines::default())
                    .with_writer(io::stderr)
                    .try_init();
                let log = Arc::new(Log::default());
                Started {
                    metrics: log.clone(),
                    campaigns: log.clone(),
                    open_sender: Box::new(move |sender| {
                        Arc::new(SinkAdapter::with(log.clone(), SenderMetricsLabels { sender }))
                    }),
                    server: None,
                }
            }
            Self::Prometheus => {
                let registry = Registry::new();
                let metrics = Arc::new(registry.register::<dyn Metrics>()?);
                let campaigns = Arc::new(registry.register::<dyn CampaignMetrics>()?);
                let server = prometheus::serve(args.listen, &registry)?;
                eprintln!("serving http://{}/metrics", server.local_addr());
                let open_sender = move |sender| -> Arc<dyn SenderMetrics> {
                    // Both senders have names of their own, so an error has no cause; without metrics the
                    // relay sends mail all the same.
                    let opened = registry.register_with::<dyn SenderMetrics>(SenderMetricsLabels { sender });
                    opened.map_or_else(|_| Arc::new(NoOp) as _, |opened| Arc::new(opened) as _)
                };
                Started { metrics, campaigns, open_sender: Box::new(open_sender), server: Some(server) }
            }
        })
    }
}

fn main() -> ExitCode {
    match start_and_run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start_and_run(args: &Args) -> Result<(), Box<dyn Error>> {
    let started = args.backend.iter().map(|backend| backend.start(args));
    let started = started.collect::<Result<Vec<Started>, _>>()?;
    let metrics: Vec<_> = started.iter().map(|started| started.metrics.clone()).collect();
    let campaigns: Vec<_> = started.iter().map(|started| started.campaigns.clone()).collect();
    let open_sender = |sender| -> Arc<dyn SenderMetrics> {
        Arc::new(started.iter().map(|started| (started.open_sender)(sender)).collect::<Vec<_>>())
    };
    let all = AllMetrics { relay: &metrics, campaigns: &campaigns, open_sender: &open_sender };
    let mut relay = Relay::new(all, args.seed);
    for _ in 0..args.seconds {
        relay.second();
        if args.live {
            thread::sleep(Duration::from_secs(1));
        }
    }
    println!("{}", relay.summary());
    match (started.iter().any(|started| started.server.is_some()), args.linger) {
        (false, _) => {}
        (true, Some(seconds)) => thread::sleep(Duration::from_secs(seconds)),
        (true, None) => loop {
            thread::park();
        },
    }
    Ok(())
}
