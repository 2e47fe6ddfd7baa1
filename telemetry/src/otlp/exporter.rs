//! One push: reads the registry, sends it, and tries again where that is allowed.

use super::backoff::Backoff;
use super::client::Client;
use super::connection::Connection;
use super::delivered::Delivered;
use super::encode::{Batch, Batches};
use super::failure::{Failure, LONGEST_WAIT, Retry, printable};
use super::resource::resource;
use super::{Config, StartError, Temporality};
use crate::export::{Dropped, Push, Reason, Turn};
use crate::registry::{Registry, Snapshot};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime;
use tokio::time::sleep_until;
use tracing::Dispatch;
use tracing::dispatcher::with_default;

/// How often to warn at the most.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// The back end.
pub(super) struct Exporter {
    registry: Registry,
    /// Kept for its memory.
    snapshot: Snapshot,
    sending: Sending,
    warning: Warning,
}

/// What sending needs, besides what is sent.
struct Sending {
    client: Client,
    resource: Resource,
    temporality: Temporality,
    delivered: Delivered,
    /// The server wants nothing before that.
    not_before: Option<Instant>,
    /// What the server had to say although it took all.
    said: Option<String>,
}

impl Exporter {
    pub(super) fn new(config: &Config, registry: &Registry) -> Result<Self, StartError> {
        let sending = Sending {
            client: config.client()?,
            resource: resource(&config.resource),
            temporality: config.temporality,
            delivered: Delivered::default(),
            not_before: None,
            said: None,
        };
        let (registry, snapshot) = (registry.clone(), Snapshot::default());
        Ok(Exporter { registry, snapshot, sending, warning: Warning::default() })
    }
}

impl Push for Exporter {
    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String> {
        // With the program's subscriber: callbacks may have something to say.
        self.registry.collect(&mut self.snapshot);
        let time = SystemTime::now();
        // Without it: what the transport says of each frame would be more than the metrics. This dispatcher is
        // known to no callsite, so that the program's own events are as cheap as before.
        let result = with_default(&Dispatch::none(), || self.sending.run(turn, &self.snapshot, time));
        match (&result, self.sending.said.take()) {
            (Err(why), _) => self.warning.give(why),
            (Ok(()), Some(said)) => self.warning.give(&said),
            (Ok(()), None) => {}
        }
        result
    }
}

impl Sending {
    /// A runtime for one push, in this thread: with it goes all that the push left, connections first.
    fn run(&mut self, turn: &Turn<'_>, snapshot: &Snapshot, time: SystemTime) -> Result<(), String> {
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.send(turn, snapshot, time)),
            Err(error) => {
                turn.report.failed(Reason::System);
                Err(format!("cannot make a socket: {error}"))
            }
        }
    }

    /// Sends all batches, one after the other. What one of them lacks does not keep the next from being sent; a
    /// server that is away does.
    async fn send(&mut self, turn: &Turn<'_>, snapshot: &Snapshot, time: SystemTime) -> Result<(), String> {
        let resource = self.resource.clone();
        let mut batches = Batches::of(snapshot, &resource, self.temporality, time);
        let mut connection = None;
        // The last turn may use up its time; any other makes way for it.
        let is_last = turn.control.end().is_some();
        let mut result = Ok(());
        while let Some(batch) = batches.next(&self.delivered) {
            // Boxed: with connecting and TLS in it, it is too large for a stack.
            match Box::pin(self.deliver(turn, is_last, &mut connection, &batch)).await {
                Ok(partial) => {
                    self.delivered.add(batch.taken);
                    match refused_in_part(turn, &partial, batch.points) {
                        Ok(said) => self.said = said,
                        Err(why) => result = Err(why),
                    }
                }
                Err(failure) => {
                    turn.report.failed(failure.reason);
                    result = Err(failure.why);
                    if failure.retry != Retry::Never || failure.reason != Reason::Rejected {
                        break;
                    }
                }
            }
        }
        if result.is_ok() {
            self.delivered.complete(batches.time());
        }
        if let Some(connection) = connection {
            connection.close().await;
        }
        result
    }

    /// Sends one batch, again and again while that is allowed and there is time.
    async fn deliver(
        &mut self,
        turn: &Turn<'_>,
        is_last: bool,
        connection: &mut Option<Connection>,
        batch: &Batch,
    ) -> Result<ExportMetricsPartialSuccess, Failure> {
        if batch.points == 0 {
            return Ok(ExportMetricsPartialSuccess::default());
        }
        self.wait_for_the_server(turn, is_last).await?;
        let body = self.client.body(&batch.request);
        let mut backoff = Backoff::new();
        loop {
            let failure = match self.attempt(turn, connection, body.clone()).await {
                Ok(partial) => return Ok(partial),
                Err(failure) => failure,
            };
            let wait = match failure.retry {
                Retry::Never => return Err(failure),
                Retry::Backoff => backoff.wait(),
                Retry::After(time) => {
                    let time = time.min(LONGEST_WAIT);
                    self.not_before = Some(Instant::now() + time);
                    time.max(backoff.wait())
                }
            };
            if !pause(turn, Instant::now() + wait, is_last).await {
                return Err(failure);
            }
            turn.report.retried();
        }
    }

    /// A server that has named a time is not asked before, in this turn or another.
    async fn wait_for_the_server(&mut self, turn: &Turn<'_>, is_last: bool) -> Result<(), Failure> {
        let Some(time) = self.not_before else { return Ok(()) };
        if pause(turn, time, is_last).await {
            self.not_before = None;
            return Ok(());
        }
        let left = time.saturating_duration_since(Instant::now()).as_secs_f64();
        Err(Failure::backoff(
            Reason::Unavailable,
            format!("the server wants nothing for another {left:.1} s"),
        ))
    }

    async fn attempt(
        &mut self,
        turn: &Turn<'_>,
        connection: &mut Option<Connection>,
        body: Bytes,
    ) -> Result<ExportMetricsPartialSuccess, Failure> {
        let start = Instant::now();
        let limit = start.checked_add(self.client.timeout);
        let posted = within(turn, limit, self.client.post(connection, body)).await;
        posted.unwrap_or_else(|| {
            let time = start.elapsed().as_secs_f64();
            Err(Failure::backoff(Reason::Timeout, format!("no answer in {time:.1} s")))
        })
    }
}

/// Counts the points that a server refused while it took the others, which the [protocol] forbids to send again;
/// if it refused none, gives what it said all the same.
///
/// [protocol]: https://opentelemetry.io/docs/specs/otlp/#partial-success
fn refused_in_part(
    turn: &Turn<'_>,
    partial: &ExportMetricsPartialSuccess,
    points: u64,
) -> Result<Option<String>, String> {
    let said = printable(&partial.error_message);
    let rejected = u64::try_from(partial.rejected_data_points).unwrap_or_default().min(points);
    if rejected == 0 {
        return Ok((!said.is_empty()).then(|| format!("the server took all, and says: {said}")));
    }
    turn.report.failed(Reason::Rejected);
    turn.report.dropped(Dropped::Rejected, rejected);
    Err(format!("the server refused {rejected} of {points} points: {said}"))
}

/// Waits until then. False, and at once, if there is no time for that; false too if the exporter has to end,
/// and this is not its last turn.
async fn pause(turn: &Turn<'_>, until: Instant, is_last: bool) -> bool {
    if until >= turn.deadline() {
        return false;
    }
    let never = std::future::pending::<()>();
    if is_last {
        within(turn, Some(until), never).await;
        return Instant::now() >= until;
    }
    within(turn, Some(until), turn.control.ending()).await.is_none()
}

/// What a future gives by this time and by the turn's deadline, which an end that comes meanwhile may hasten.
async fn within<T>(turn: &Turn<'_>, limit: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    let by = || limit.map_or(turn.deadline(), |limit| limit.min(turn.deadline())).into();
    let mut future = pin!(future);
    let mut ending = pin!(turn.control.ending());
    let mut timer = pin!(sleep_until(by()));
    let mut ended = false;
    poll_fn(|context| {
        if !ended && ending.as_mut().poll(context).is_ready() {
            ended = true;
            timer.as_mut().reset(by());
        }
        // Before the future, which may use up what a task may do at a time: then timers do not fire.
        let is_over = timer.as_mut().poll(context).is_ready();
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if is_over => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Warns now and then.
#[derive(Default)]
struct Warning {
    last: Option<Instant>,
    /// How many were not given since.
    more: u64,
}

impl Warning {
    fn give(&mut self, error: &str) {
        if self.last.is_some_and(|last| last.elapsed() < WARN_EVERY) {
            self.more += 1;
            return;
        }
        self.last = Some(Instant::now());
        let more = std::mem::take(&mut self.more);
        tracing::warn!(target: "telemetry", exporter = "otlp", error, more, "trouble with metrics");
    }
}
