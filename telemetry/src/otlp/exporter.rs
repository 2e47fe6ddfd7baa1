//! One push: reads the registry, sends it, and tries again where that is allowed.

use super::backoff::Backoff;
use super::client::Client;
use super::config::Config;
use super::connection::Connection;
use super::delivered::{Delivered, Key};
use super::encode::{Batch, Batches, Limits};
use super::error::StartError;
use super::failure::{Failure, LONGEST_WAIT, Retry, printable};
use super::format::Temporality;
use super::proto::Resource;
use super::resource::resource;
use super::response::{Accepted, End};
use crate::export::{Dropped, Push, Reason, Turn};
use crate::registry::{Registry, Snapshot};
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

/// The back end.
pub(super) struct Exporter {
    registry: Registry,
    /// Kept for its memory.
    snapshot: Snapshot,
    sending: Sending,
}

/// How long the body of an answer may take whose status is known already. The data is taken or refused then,
/// and the body only has more to say of it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The same, once a body of the push did not end in that time: its other requests do not wait as long again.
const IMPATIENCE: Duration = Duration::from_millis(100);

/// The limit of bytes that a push leaves to the next one is no less. A server that takes no request of this
/// size has another trouble, and once it has not, requests are not to be tiny until the exporter ends.
const SHORTEST: usize = 64 << 10;

/// A batch whose connection breaks so often while it is sent is taken for too large.
const BREAKS: u32 = 2;

/// After so many series that the server does not take in a request of their own, and nothing that it takes,
/// the others wait for the next push.
const ALONE: usize = 4;

/// What sending needs, besides what is sent.
struct Sending {
    client: Client,
    resource: Resource,
    temporality: Temporality,
    delivered: Delivered,
    /// Which of the registry's series the next push begins with.
    first: usize,
    /// How large a request may be; less once the server has refused one for its size.
    limits: Limits,
    /// Series that the server does not take in a request of their own.
    left_out: HashSet<Key>,
    /// The server wants nothing before that.
    not_before: Option<Instant>,
    /// What the server had to say although it took all.
    said: Option<String>,
}

impl Exporter {
    pub(super) fn new(config: &Config, registry: &Registry) -> Result<Self, StartError> {
        let sending = Sending {
            client: Client::new(config)?,
            resource: resource(&config.resource),
            temporality: config.temporality,
            delivered: Delivered::default(),
            first: 0,
            limits: Limits { points: config.batch_points.into(), bytes: Limits::MAX_BYTES },
            left_out: HashSet::new(),
            not_before: None,
            said: None,
        };
        let (registry, snapshot) = (registry.clone(), Snapshot::default());
        Ok(Exporter { registry, snapshot, sending })
    }
}

impl Push for Exporter {
    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String> {
        // With the program's subscriber: callbacks may have something to say.
        self.registry.collect(&mut self.snapshot);
        let time = SystemTime::now();
        // Without it: what the transport says of each frame would be more than the metrics. This dispatcher
        // is known to no callsite, so that the program's own events are as cheap as before.
        with_default(&Dispatch::none(), || self.sending.run(turn, &self.snapshot, time))
    }

    fn notice(&mut self) -> Option<String> {
        self.sending.said.take()
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

    /// Sends all batches, one after the other. What one of them lacks does not keep the next from being sent,
    /// a server that is away or wants nothing does. If the time ends before the last batch, the next push
    /// begins with the first one that was not sent; if it ends in the last batch, with that.
    async fn send(&mut self, turn: &Turn<'_>, snapshot: &Snapshot, time: SystemTime) -> Result<(), String> {
        let resource = self.resource.clone();
        let mut batches = Batches::of(snapshot, self.first, self.limits, &resource, self.temporality, time);
        let mut line = Line { connection: None, patience: PATIENCE };
        // The last turn may use up its time; any other makes way for it.
        let is_last = turn.control.end().is_some();
        let mut outcome = Outcome::default();
        self.first = 0;
        while let Some(batch) = batches.next(&self.delivered, &self.left_out) {
            if outcome.is_over(turn, is_last) {
                self.first = batches.resume_at();
                break;
            }
            let by = share(turn, batches.has_more());
            // Boxed: with connecting and TLS in it, it is too large for a stack.
            match Box::pin(self.deliver(turn, is_last, by, &mut line, &batch)).await {
                Ok(taken) => {
                    self.delivered.add(batch.taken);
                    outcome.taken(turn, &taken, batch.points);
                }
                Err(failure) if failure.is_too_large && batch.points > 1 => {
                    // No loss yet: its halves are sent.
                    turn.report.retried();
                    let half = batch.request.encoded_len() / 2;
                    batches.repeat(Limits { bytes: half.min(batches.limits.bytes), ..batches.limits });
                }
                Err(failure) => {
                    if failure.is_too_large {
                        outcome.alone.extend(Alone::of(&batch));
                    }
                    outcome.is_stopped = failure.is_unreachable || self.not_before.is_some_and(is_ahead);
                    outcome.failed(turn, failure);
                    if turn.deadline() <= Instant::now() {
                        // The last batch too: there may never be time for it behind the others.
                        self.first = batches.resume_at();
                    }
                }
            }
        }
        self.limits.bytes = batches.limits.bytes.max(SHORTEST);
        self.leave_out(turn, &mut outcome);
        if !outcome.is_incomplete {
            self.delivered.complete(batches.time());
        }
        if let Some(connection) = line.connection {
            connection.close().await;
        }
        self.said = outcome.said;
        outcome.why.map_or(Ok(()), Err)
    }

    /// Gives up series that a server did not take in a request of their own, if it took others: they are
    /// counted and told of once. If it took nothing at all, it is not the series that are too large.
    fn leave_out(&mut self, turn: &Turn<'_>, outcome: &mut Outcome) {
        if !outcome.is_any_taken || outcome.alone.is_empty() {
            return;
        }
        let alone = mem::take(&mut outcome.alone);
        turn.report.dropped(Dropped::Oversize, alone.len() as u64);
        let why = outcome.why.take().unwrap_or_default();
        let (count, first) = (alone.len(), alone.first().map_or("", |alone| &alone.name));
        outcome.why = Some(format!(
            "{count} series that the server does not take in a request of their own are not sent any more, the first \
             one of {first}: {why}"
        ));
        self.left_out.extend(alone.into_iter().map(|alone| alone.series));
    }

    /// Sends one batch, again and again while that is allowed and there is time: until `by`, or until the
    /// push is over if nobody is there.
    async fn deliver(
        &mut self,
        turn: &Turn<'_>,
        is_last: bool,
        by: Instant,
        line: &mut Line,
        batch: &Batch,
    ) -> Result<Accepted, Failure> {
        if batch.points == 0 {
            return Ok(Accepted::default());
        }
        self.wait_for_the_server(turn, is_last).await?;
        let body = self.client.body(&batch.request);
        let mut backoff = Backoff::new();
        let mut breaks = 0;
        loop {
            let failure = match self.attempt(turn, line, body.clone()).await {
                Ok(taken) => return Ok(taken),
                Err(failure) => failure,
            };
            // A server that looks at the length alone refuses a request before it has read it, and hangs up:
            // the refusal is then often lost, and the connection breaks.
            let is_large = batch.points > 1 && body.len() > SHORTEST;
            breaks += u32::from(failure.reason == Reason::Connect && !failure.is_unreachable);
            if is_large && breaks == BREAKS {
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
            let is_in_time = failure.is_unreachable || matches!(failure.retry, Retry::After(_)) || until < by;
            if !is_in_time || !pause(turn, until, is_last).await {
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

    /// One request, until its status is known: then the body has a time of its own, and cannot change it.
    async fn attempt(&mut self, turn: &Turn<'_>, line: &mut Line, body: Bytes) -> Result<Accepted, Failure> {
        let start = Instant::now();
        let limit = start.checked_add(self.client.timeout);
        let posted = within(turn, limit, self.client.post(&mut line.connection, body)).await;
        let late = || {
            let time = start.elapsed().as_secs_f64();
            Failure::backoff(Reason::Timeout, format!("no response in {time:.1} s"))
        };
        let answering = posted.ok_or_else(late)??;
        let is_decided = self.client.is_decided(&answering);
        let (mut answer, incoming, connection) = answering.into_parts();
        let limit = if is_decided { Some(Instant::now() + line.patience) } else { limit };
        within(turn, limit, answer.read(incoming)).await;
        if matches!(answer.end, End::Late) {
            if !is_decided {
                return Err(late());
            }
            line.patience = IMPATIENCE;
        }
        let taken = self.client.verdict(&answer)?;
        line.connection = matches!(answer.end, End::Whole).then_some(connection);
        Ok(taken)
    }
}

/// What the requests of a push share.
struct Line {
    connection: Option<Connection>,
    /// How long a body may take whose answer is decided.
    patience: Duration,
}

/// How a push went.
#[derive(Default)]
struct Outcome {
    /// Of the first batch that failed or was refused in part.
    why: Option<String>,
    /// What the server had to say although it took all.
    said: Option<String>,
    /// What is too large for the server.
    alone: Vec<Alone>,
    is_any_taken: bool,
    /// The other batches would fail too.
    is_stopped: bool,
    /// A batch was sent.
    is_begun: bool,
    /// A batch was not taken.
    is_incomplete: bool,
}

/// A series that the server does not take although it has a request of its own.
struct Alone {
    series: Key,
    name: String,
}

impl Alone {
    fn of(batch: &Batch) -> Option<Self> {
        let scope = batch.request.resource_metrics.first()?.scope_metrics.first()?;
        Some(Alone { series: batch.last?, name: scope.metrics.first()?.name.clone() })
    }
}

impl Outcome {
    /// Whether the next batch is not sent. That is one failure, unless it follows from another.
    fn is_over(&mut self, turn: &Turn<'_>, is_last: bool) -> bool {
        let is_late = mem::replace(&mut self.is_begun, true) && Instant::now() >= turn.deadline();
        let makes_way = self.is_incomplete && !is_last && turn.control.end().is_some();
        if is_late && !self.is_incomplete {
            self.failed(turn, Failure::never(Reason::Timeout, "there was no time for all requests"));
        }
        let takes_nothing = self.alone.len() >= ALONE && !self.is_any_taken;
        self.is_stopped || makes_way || is_late || takes_nothing
    }

    /// Counts the points that a server refused while it took the others, which the [protocol] forbids to send
    /// again.
    ///
    /// [protocol]: https://opentelemetry.io/docs/specs/otlp/#partial-success
    fn taken(&mut self, turn: &Turn<'_>, taken: &Accepted, points: u64) {
        self.is_any_taken |= points > 0;
        let said = printable(&taken.partial.error_message);
        let rejected = u64::try_from(taken.partial.rejected_data_points).unwrap_or_default().min(points);
        if rejected > 0 {
            turn.report.failed(Reason::Rejected);
            turn.report.dropped(Dropped::Rejected, rejected);
            self.why.get_or_insert(format!("the server refused {rejected} of {points} points: {said}"));
        } else if !said.is_empty() {
            self.said = Some(format!("the server took all, and says: {said}"));
        } else if let Some(trouble) = &taken.trouble {
            self.said = Some(format!("the server took all, but {trouble}"));
        }
    }

    fn failed(&mut self, turn: &Turn<'_>, failure: Failure) {
        turn.report.failed(failure.reason);
        self.why.get_or_insert(failure.why);
        self.is_incomplete = true;
    }
}

fn is_ahead(time: Instant) -> bool {
    time > Instant::now()
}

/// By when the attempts of a batch must be over. One that fails again and again leaves half of the time for
/// the others, so that it does not keep them back in each push.
fn share(turn: &Turn<'_>, has_more: bool) -> Instant {
    let deadline = turn.deadline();
    let left = deadline.saturating_duration_since(Instant::now());
    if has_more { deadline.checked_sub(left / 2).unwrap_or(deadline) } else { deadline }
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
