//! One push: takes a snapshot of the registry, sends it, and tries again where the protocol allows it.

use super::backoff::Backoff;
use super::client::Client;
use super::config::Config;
use super::connection::Connection;
use super::delivered::{Delivered, Key};
use super::encode::{Batch, Batches, Limits};
use super::ended::Sent;
use super::error::StartError;
use super::external::{Common, External, Position};
use super::failure::{Failure, LONGEST_WAIT, Retry, printable};
use super::format::Format;
use super::proto::Resource;
use super::resource::resource;
use super::response::{Accepted, End};
use crate::export::{Dropped, Push, Reason, Turn};
use crate::registry::{ExternalMetrics, Reader, Registry, Snapshot};
use bytes::Bytes;
use prost::Message;
use std::collections::HashSet;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime;
use tokio::time::sleep_until;
use tracing::Dispatch;
use tracing::dispatcher::with_default;

/// An OTLP exporter. It lives in its own thread.
pub(super) struct Exporter {
    reader: Reader,
    /// Kept to reuse its memory.
    snapshot: Snapshot,
    sending: Sending,
}

/// The longest time for the body of a response whose status is known. The status has decided by then, and the
/// body only adds details.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// The limit for the rest of a push in which a body exceeded the first one.
const LATER_BODY_TIMEOUT: Duration = Duration::from_millis(100);

/// The lowest limit of bytes that a push leaves to the next one. A server that rejects requests of this size
/// has another problem, and once that is solved, requests should not stay tiny until the exporter ends.
const MIN_BYTES: usize = 64 << 10;

/// A batch is considered too large once its connection broke this often while it was sent.
const MAX_BREAKS: u32 = 2;

/// The number of series that the server may reject as too large on their own, if it accepts nothing else,
/// before the others wait for the next push.
const MAX_OVERSIZED: usize = 4;

/// The state of sending, kept from one push to the next.
struct Sending {
    client: Client,
    resource: Resource,
    format: Format,
    delivered: Delivered,
    /// The series that the server must learn the end of.
    sent: Sent,
    /// The last push arrived as a whole.
    is_complete: bool,
    /// The index of the series that the next push begins with.
    first: usize,
    /// The limits of a request. They shrink once the server rejects one for its size.
    limits: Limits,
    /// Series that the server rejects as too large on their own.
    left_out: HashSet<Key>,
    external: External,
    /// The time before which the server wants no request.
    not_before: Option<Instant>,
    /// A warning of the server, which accepted all.
    warning: Option<String>,
}

impl Exporter {
    /// Creates the exporter that a configuration describes.
    pub(super) fn new(config: &Config, registry: &Registry) -> Result<Self, StartError> {
        let sending = Sending {
            client: Client::new(config)?,
            resource: resource(&config.resource),
            format: Format { temporality: config.temporality, exponential: config.exponential },
            delivered: Delivered::new(config.exemplars),
            sent: Sent::default(),
            is_complete: false,
            first: 0,
            limits: Limits { points: config.batch_points.into(), bytes: Limits::MAX_BYTES },
            left_out: HashSet::new(),
            external: External::default(),
            not_before: None,
            warning: None,
        };
        Ok(Exporter { reader: registry.reader(), snapshot: Snapshot::default(), sending })
    }
}

impl Push for Exporter {
    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String> {
        // With the program's subscriber, since callbacks may log.
        self.reader.collect(&mut self.snapshot);
        let external = self.reader.registry().external_metrics();
        self.sending.external.update(turn, &external);
        let time = SystemTime::now();
        // Without it, since the transport logs each frame, which is more than the metrics. No callsite knows
        // this dispatcher, so the program's own events stay as cheap as before.
        let result =
            with_default(&Dispatch::none(), || self.sending.run(turn, &self.snapshot, &external, time));
        if self.sending.is_complete {
            self.reader.delivered();
        }
        result
    }

    fn notice(&mut self) -> Option<String> {
        self.sending.warning.take()
    }
}

impl Sending {
    /// Runs one push in a runtime of its own, in this thread. The runtime drops all that the push leaves
    /// behind, connections first.
    fn run(
        &mut self,
        turn: &Turn<'_>,
        snapshot: &Snapshot,
        external: &ExternalMetrics,
        time: SystemTime,
    ) -> Result<(), String> {
        self.is_complete = false;
        match runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.send(turn, snapshot, external, time)),
            Err(error) => {
                turn.report.failed(Reason::System);
                Err(format!("cannot create a socket: {error}"))
            }
        }
    }

    /// Sends all batches, one after the other.
    ///
    /// A failed batch does not stop the next one, except if the server cannot be reached or wants no
    /// requests. If the time ends before the last batch, the next push begins with the first batch that was
    /// not sent. If it ends in the last batch, the next push begins with that.
    async fn send(
        &mut self,
        turn: &Turn<'_>,
        snapshot: &Snapshot,
        external: &ExternalMetrics,
        time: SystemTime,
    ) -> Result<(), String> {
        let resource = self.resource.clone();
        let gone = self.sent.gone(snapshot);
        gone.back.iter().for_each(|key| self.delivered.remove(*key));
        if !self.left_out.is_empty() {
            let all = snapshot
                .dotted_families()
                .flat_map(|family| family.series().map(move |of| (family.id(), of.id())));
            let there: HashSet<Key> = all.collect();
            self.left_out.retain(|key| there.contains(key));
        }
        let mut batches = Batches::of(snapshot, &gone, self.first, self.limits, &resource, self.format, time);
        let mut session = Session { connection: None, body_timeout: BODY_TIMEOUT };
        // The last turn may use up its time. Any other one makes way for it.
        let is_last = turn.control.end().is_some();
        let mut outcome = Outcome::default();
        self.first = 0;
        while let Some(mut batch) = batches.next(&self.delivered, &self.sent, &self.left_out) {
            if outcome.is_over(turn, is_last) {
                self.first = batches.resume_at();
                break;
            }
            let deadline = batch_deadline(turn, batches.has_more());
            // Boxed, because it includes connecting and TLS and is too large for a stack.
            match Box::pin(self.deliver(turn, is_last, deadline, &mut session, &batch)).await {
                Ok(accepted) => {
                    self.arrived(&mut batch);
                    outcome.accepted(turn, &accepted, batch.points);
                }
                Err(failure) if failure.is_too_large && batch.points > 1 => {
                    // It is not lost yet: its halves are sent.
                    turn.report.retried();
                    let half = batch.request.encoded_len() / 2;
                    batches.repeat(Limits { bytes: half.min(batches.limits.bytes), ..batches.limits });
                }
                Err(failure) => {
                    if failure.is_too_large {
                        outcome.oversized.extend(Oversized::of(&batch));
                    }
                    outcome.is_stopped =
                        failure.is_unreachable || self.not_before.is_some_and(|time| time > Instant::now());
                    outcome.failed(turn, failure);
                    if turn.deadline() <= Instant::now() {
                        // Also for the last batch: after the others there might never be time for it.
                        self.first = batches.resume_at();
                    }
                }
            }
        }
        self.limits.bytes = batches.limits.bytes.max(MIN_BYTES);
        self.leave_out(turn, &mut outcome);
        self.is_complete = !outcome.is_incomplete;
        if self.is_complete {
            self.delivered.complete(batches.time());
        }
        let common = Common {
            metrics: external,
            resource: &resource,
            temporality: self.format.temporality,
            time: batches.time(),
        };
        self.send_external(turn, is_last, common, &mut session, &mut outcome).await;
        if let Some(connection) = session.connection {
            connection.close().await;
        }
        self.warning = outcome.warning;
        outcome.why.map_or(Ok(()), Err)
    }

    /// Sends the metrics of other crates, after those of the registry. A batch that fails is not tried again
    /// in this push; the next one has its totals.
    async fn send_external(
        &mut self,
        turn: &Turn<'_>,
        is_last: bool,
        common: Common<'_>,
        session: &mut Session,
        outcome: &mut Outcome,
    ) {
        let mut limits = self.limits;
        let mut position = Position::default();
        while let Some(mut part) = self.external.next(position, limits, common) {
            if outcome.is_over(turn, is_last) {
                return;
            }
            let deadline = batch_deadline(turn, true);
            match Box::pin(self.deliver(turn, is_last, deadline, session, &part.batch)).await {
                Ok(accepted) => {
                    self.external.arrived(&mut part);
                    outcome.accepted(turn, &accepted, part.batch.points);
                }
                Err(failure) if failure.is_too_large && part.batch.points > 1 => {
                    turn.report.retried();
                    limits.bytes = limits.bytes.min(part.batch.request.encoded_len() / 2);
                    continue;
                }
                Err(failure) if failure.is_too_large && outcome.is_any_accepted => {
                    turn.report.dropped(Dropped::Oversize, 1);
                    let name = part.last.as_ref().map_or("", |(name, _)| name);
                    outcome.why.get_or_insert(format!(
                        "a series of {name} is too large for the server, and is not sent any more: {}",
                        failure.why
                    ));
                    self.external.left_out.extend(part.last);
                }
                Err(failure) => {
                    outcome.is_stopped =
                        failure.is_unreachable || self.not_before.is_some_and(|time| time > Instant::now());
                    outcome.failed(turn, failure);
                }
            }
            position = part.end;
        }
        if !outcome.is_incomplete {
            self.external.complete(common.time);
        }
    }

    /// Remembers what has arrived.
    fn arrived(&mut self, batch: &mut Batch) {
        self.delivered.add(mem::take(&mut batch.totals));
        self.delivered.exemplars.add(mem::take(&mut batch.exemplars));
        self.sent.add(mem::take(&mut batch.sent));
        for key in batch.gone.drain(..) {
            self.sent.remove(key);
            self.delivered.remove(key);
        }
    }

    /// Gives up the series that a server rejected as too large on their own, if it accepted others. They are
    /// counted and reported once. A server that accepted nothing at all has another problem than their size.
    fn leave_out(&mut self, turn: &Turn<'_>, outcome: &mut Outcome) {
        if !outcome.is_any_accepted || outcome.oversized.is_empty() {
            return;
        }
        let oversized = mem::take(&mut outcome.oversized);
        turn.report.dropped(Dropped::Oversize, oversized.len() as u64);
        let why = outcome.why.take().unwrap_or_default();
        let count = oversized.len();
        let first = oversized.first().map_or("", |series| &series.name);
        outcome.why = Some(format!(
            "{count} series are too large for the server even in a request of their own, and are not sent any \
             more; the first is one of {first}: {why}"
        ));
        self.left_out.extend(oversized.into_iter().map(|series| series.key));
    }

    /// Sends one batch. Repeats it while the protocol and the time allow: until `deadline`, or until the end
    /// of the push if the server cannot be reached.
    async fn deliver(
        &mut self,
        turn: &Turn<'_>,
        is_last: bool,
        deadline: Instant,
        session: &mut Session,
        batch: &Batch,
    ) -> Result<Accepted, Failure> {
        if batch.points == 0 {
            return Ok(Accepted::default());
        }
        self.wait_for_the_server(turn, is_last).await?;
        let body = self.client.body(&batch.request);
        let mut backoff = Backoff::new();
        let mut breaks = 0;
        let mut before = None;
        loop {
            let start = Instant::now();
            let failure = match Box::pin(self.attempt(turn, session, body.clone())).await {
                Ok(accepted) => return Ok(accepted),
                Err(failure) => failure,
            };
            // The end of the push cut the attempt short: it is the one before that says what is wrong.
            if failure.reason == Reason::Timeout && start.elapsed() < self.client.timeout {
                return Err(before.unwrap_or(failure));
            }
            // A server that checks the length alone rejects a request before it has read it, and hangs up.
            // The response is then often lost, and the connection breaks.
            let is_large = batch.points > 1 && body.len() > MIN_BYTES;
            breaks += u32::from(failure.reason == Reason::Connect && !failure.is_unreachable);
            if is_large && breaks == MAX_BREAKS {
                return Err(Failure { is_too_large: true, ..failure });
            }
            let wait = match failure.retry {
                Retry::Never => return Err(failure),
                Retry::Backoff => backoff.wait(),
                Retry::After(time) => {
                    let time = time.min(LONGEST_WAIT);
                    self.not_before = Some(Instant::now() + time);
                    time.max(backoff.wait())
                }
            };
            let until = Instant::now() + wait;
            let is_in_time =
                failure.is_unreachable || matches!(failure.retry, Retry::After(_)) || until < deadline;
            if !is_in_time || !pause(turn, until, is_last).await {
                return Err(failure);
            }
            before = Some(failure);
            turn.report.retried();
        }
    }

    /// Waits until the server wants requests again, if it has named a time.
    async fn wait_for_the_server(&mut self, turn: &Turn<'_>, is_last: bool) -> Result<(), Failure> {
        let Some(time) = self.not_before else { return Ok(()) };
        if pause(turn, time, is_last).await {
            self.not_before = None;
            return Ok(());
        }
        let left = time.saturating_duration_since(Instant::now()).as_secs_f64();
        Err(Failure::backoff(
            Reason::Unavailable,
            format!("the server accepts no requests for another {left:.1} s"),
        ))
    }

    /// Sends one request and waits until its status is known. The body then has a time limit of its own, and
    /// cannot change the result.
    async fn attempt(
        &mut self,
        turn: &Turn<'_>,
        session: &mut Session,
        body: Bytes,
    ) -> Result<Accepted, Failure> {
        let start = Instant::now();
        let limit = start.checked_add(self.client.timeout);
        let posted = within(turn, limit, self.client.post(&mut session.connection, body)).await;
        let head = posted.ok_or_else(|| no_response(start))??;
        let is_decided = self.client.is_decided(&head);
        let (mut response, incoming, connection) = head.into_parts();
        let limit = if is_decided { Some(Instant::now() + session.body_timeout) } else { limit };
        within(turn, limit, response.read(incoming)).await;
        if matches!(response.end, End::Late) {
            if !is_decided {
                return Err(no_response(start));
            }
            session.body_timeout = LATER_BODY_TIMEOUT;
        }
        let accepted = self.client.verdict(&response)?;
        session.connection = matches!(response.end, End::Whole).then_some(connection);
        Ok(accepted)
    }
}

/// The state that the requests of a push share.
struct Session {
    connection: Option<Connection>,
    /// The longest time for the body of a response whose status is known.
    body_timeout: Duration,
}

/// The result of a push.
#[derive(Default)]
struct Outcome {
    /// The error of the first batch that failed or was rejected in part.
    why: Option<String>,
    /// A warning of the server, which accepted all.
    warning: Option<String>,
    oversized: Vec<Oversized>,
    is_any_accepted: bool,
    /// The other batches would fail as well.
    is_stopped: bool,
    /// A batch was sent.
    is_begun: bool,
    /// A batch was not accepted.
    is_incomplete: bool,
}

/// A series that the server rejects as too large, although it has a request of its own.
struct Oversized {
    key: Key,
    name: String,
}

impl Oversized {
    /// Returns the only series of a batch.
    fn of(batch: &Batch) -> Option<Self> {
        let scope = batch.request.resource_metrics.first()?.scope_metrics.first()?;
        Some(Oversized { key: batch.last?, name: scope.metrics.first()?.name.clone() })
    }
}

impl Outcome {
    /// Returns true if the next batch is not sent. Counts that as a failure, unless it follows from another
    /// one.
    fn is_over(&mut self, turn: &Turn<'_>, is_last: bool) -> bool {
        let is_late = mem::replace(&mut self.is_begun, true) && Instant::now() >= turn.deadline();
        let makes_way = self.is_incomplete && !is_last && turn.control.end().is_some();
        if is_late && !self.is_incomplete {
            self.failed(turn, Failure::never(Reason::Timeout, "there was no time for all requests"));
        }
        let takes_nothing = self.oversized.len() >= MAX_OVERSIZED && !self.is_any_accepted;
        self.is_stopped || makes_way || is_late || takes_nothing
    }

    /// Counts the points that a server rejected while it accepted the others. The [protocol] forbids to send
    /// them again.
    ///
    /// [protocol]: https://opentelemetry.io/docs/specs/otlp/#partial-success
    fn accepted(&mut self, turn: &Turn<'_>, accepted: &Accepted, points: u64) {
        self.is_any_accepted |= points > 0;
        let message = printable(&accepted.partial.error_message);
        let rejected = u64::try_from(accepted.partial.rejected_data_points).unwrap_or_default().min(points);
        if rejected > 0 {
            turn.report.failed(Reason::Rejected);
            turn.report.dropped(Dropped::Rejected, rejected);
            self.why.get_or_insert(format!("the server rejected {rejected} of {points} points: {message}"));
        } else if !message.is_empty() {
            self.warning = Some(format!("the server accepted all points, and warns: {message}"));
        } else if let Some(trouble) = &accepted.trouble {
            self.warning = Some(format!("the server accepted all points, but {trouble}"));
        }
    }

    /// Counts a batch that was not accepted.
    fn failed(&mut self, turn: &Turn<'_>, failure: Failure) {
        turn.report.failed(failure.reason);
        self.why.get_or_insert(failure.why);
        self.is_incomplete = true;
    }
}

/// Creates the failure of an attempt that took too long.
fn no_response(start: Instant) -> Failure {
    let time = start.elapsed().as_secs_f64();
    Failure::backoff(Reason::Timeout, format!("no response in {time:.1} s"))
}

/// Returns the end of the attempts of a batch. A batch that keeps failing leaves half of the time to the
/// others, so that it does not hold them up in each push.
fn batch_deadline(turn: &Turn<'_>, has_more: bool) -> Instant {
    let deadline = turn.deadline();
    let left = deadline.saturating_duration_since(Instant::now());
    if has_more { deadline.checked_sub(left / 2).unwrap_or(deadline) } else { deadline }
}

/// Waits until a time. Returns false at once if the turn ends before it. Returns false too if the exporter
/// has to end, unless this is its last turn.
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

/// Runs a future until this limit or the turn's deadline, which moves if the exporter has to end.
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
        // The timer comes before the future, which may use up the task's budget: then timers do not fire.
        let is_over = timer.as_mut().poll(context).is_ready();
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if is_over => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
