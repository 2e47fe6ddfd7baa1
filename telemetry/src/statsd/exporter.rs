//! Reads the registry, writes lines, and remembers of each sum what the kernel took.

mod points;
mod samples;

use super::Histograms;
use super::packet::Packet;
use super::text::{Frame, Naming};
use super::transport::{Failure, Transport};
use super::weight::Waiting;
use crate::export::{Dropped, Push, Reason, Turn};
use crate::registry::{FamilyId, Sample, SeriesId, Snapshot, Tap};
use crate::schema::{Kind, Unit};
use crate::value::Number;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::time::{Duration, Instant};

/// A statsd exporter, in its thread.
pub(super) struct Exporter {
    pub tap: Tap,
    pub transport: Transport,
    pub naming: Naming,
    pub histograms: Histograms,
    /// What stands behind a sample that is one of several; empty if all are sent.
    pub rate: String,
    /// As many samples are kept here while nobody takes them.
    pub pending_max: usize,
    /// The longest datagram that is tried.
    pub limit: usize,
    pub state: State,
}

/// What it learns on its way.
#[derive(Default)]
pub(super) struct State {
    snapshot: Snapshot,
    series: Vec<Wire>,
    index: HashMap<(FamilyId, SeriesId), usize>,
    /// The first of those up-down counters that have one frame.
    leaders: HashMap<Frame, usize>,
    /// Oldest first.
    pending: VecDeque<Waiting>,
    drained: Vec<Sample>,
    /// So many samples are lost, and neither counted as such nor stood for by others.
    lost: u64,
    /// So many of the oldest samples are in the packet.
    packed: usize,
    packet: Packet<Effect>,
    line: String,
    /// The last datagram was not taken: only a push tries again.
    failed: bool,
    warned: Option<Instant>,
}

/// One series as it is sent.
struct Wire {
    id: (FamilyId, SeriesId),
    frame: Frame,
    is_seconds: bool,
    /// Of a sum that only grows: how much of it the kernel took.
    sent: Number,
    /// The up-down counter that this one is added to, since both have one frame.
    leader: usize,
    /// What an up-down counter holds now, with those that follow it.
    total: Option<Number>,
    /// A histogram's series under the name that it had before: each sample is sent under both.
    former: Option<usize>,
    /// As many of a histogram's samples are not owed: they were sent, stood for, counted as lost, or taken
    /// before the start.
    settled: u64,
    /// It was said that the series has no room in a datagram.
    warned: bool,
    /// The gauge cannot be sent, which is counted: once, until it can.
    is_lost: bool,
}

/// What is true once the kernel took a line.
#[derive(Clone, Copy, Debug)]
enum Effect {
    Nothing(usize),
    /// The gauge's value is.
    Gauge(usize),
    /// So much of this sum is delivered.
    Sent(usize, Number),
    /// The line was longer than a datagram and is not there. What it had of a sum is lost.
    Oversize(usize, Option<Number>),
    /// The oldest sample is.
    Sample(usize),
}

impl Effect {
    fn series(self) -> usize {
        match self {
            Effect::Nothing(series)
            | Effect::Gauge(series)
            | Effect::Sent(series, _)
            | Effect::Oversize(series, _)
            | Effect::Sample(series) => series,
        }
    }
}

impl Default for Packet<Effect> {
    fn default() -> Self {
        Packet::new()
    }
}

/// Warnings come at most once in so long.
const WARN_EACH: Duration = Duration::from_secs(10);

impl Push for Exporter {
    /// Often enough that a ring of 4,096 samples takes 40,000 a second, and that a server's receive buffer
    /// sees no burst.
    const TEND: Option<Duration> = Some(Duration::from_millis(100));

    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String> {
        self.state.failed = false;
        self.state.packet.clear();
        let pushed = self.transport.open().and_then(|()| self.send_all(turn));
        if pushed.is_err() && turn.control.end().is_some() {
            self.give_up(turn);
        }
        self.told(turn, pushed)
    }

    fn tend(&mut self, turn: &Turn<'_>) {
        if self.state.failed {
            return;
        }
        self.state.packet.clear();
        let opened = if self.transport.is_open() { Ok(()) } else { self.transport.open() };
        let sent = opened.and_then(|()| self.rounds(turn)).and_then(|()| self.deliver(turn));
        let _ = self.told(turn, sent);
    }
}

impl Exporter {
    fn told(&mut self, turn: &Turn<'_>, result: Result<(), Failure>) -> Result<(), String> {
        match result {
            Ok(()) => Ok(()),
            Err(failure) => {
                self.state.failed = true;
                let (reason, why) = match failure {
                    Failure::TooLong => (Reason::System, "a datagram is too long".to_owned()),
                    Failure::NotTaken { reason, cause } => (reason, cause.to_string()),
                };
                turn.report.failed(reason);
                Err(format!("{}: {why}", self.transport.target()))
            }
        }
    }

    fn send_all(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        self.rounds(turn)?;
        self.read();
        if self.state.lost > 0 {
            // No sample of their series came that could stand for them.
            turn.report.dropped(Dropped::Overrun, std::mem::take(&mut self.state.lost));
            self.settle();
        }
        self.points(turn)?;
        self.deliver(turn)
    }

    /// Takes a snapshot, and gives each series that is new its text.
    fn read(&mut self) {
        self.tap.registry().collect(&mut self.state.snapshot);
        self.learn();
    }

    fn learn(&mut self) {
        let state = &mut self.state;
        for family in state.snapshot.families() {
            for series in family.series() {
                let id = (family.id(), series.id());
                if state.index.contains_key(&id) {
                    continue;
                }
                let at = state.series.len();
                let frame = self.naming.frame(&family, &series);
                let leader = match family.kind() {
                    Kind::UpDownCounter => *state.leaders.entry(frame.clone()).or_insert(at),
                    _ => at,
                };
                // Its family under the present name comes before it.
                let renamed = family.id().renamed().and_then(|now| state.index.get(&(now, series.id())));
                if let Some(renamed) = renamed {
                    state.series[*renamed].former = Some(at);
                }
                state.index.insert(id, at);
                state.series.push(Wire {
                    id,
                    frame,
                    is_seconds: family.unit() == Unit::Seconds,
                    sent: self.tap.delivered.get(&id).copied().unwrap_or(Number::U64(0)),
                    leader,
                    total: None,
                    former: None,
                    settled: 0,
                    warned: false,
                    is_lost: false,
                });
            }
        }
    }

    /// Puts the line in the packet, which is sent before that if it has no room.
    fn put(&mut self, mut effect: Effect, turn: &Turn<'_>) -> Result<(), Failure> {
        let more = self.state.line.len();
        if self.state.packet.is_full(more, self.limit) {
            self.deliver(turn)?;
        }
        if more > self.limit {
            // Counted when the datagram is taken: until then the same is tried again.
            effect = match effect {
                Effect::Sent(at, sent) => Effect::Oversize(at, Some(sent)),
                effect => Effect::Oversize(effect.series(), None),
            };
            self.state.line.clear();
        }
        self.state.packet.push(&self.state.line, effect);
        Ok(())
    }

    /// Sends the packet.
    fn deliver(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let packet = std::mem::take(&mut self.state.packet);
        let delivered = self.deliver_units(&packet, 0..packet.len(), turn);
        self.state.packet = packet;
        self.state.packet.clear();
        delivered
    }

    fn deliver_units(
        &mut self,
        packet: &Packet<Effect>,
        units: Range<usize>,
        turn: &Turn<'_>,
    ) -> Result<(), Failure> {
        let bytes = packet.bytes(units.clone());
        let sent = if bytes.is_empty() { Ok(()) } else { self.transport.send(bytes, turn) };
        match sent {
            Ok(()) => packet.effects(units).for_each(|effect| self.taken(*effect, turn)),
            Err(Failure::TooLong) if units.len() > 1 => {
                self.limit = self.limit.min((bytes.len() / 2).max(SHORTEST));
                let middle = units.start + units.len() / 2;
                self.deliver_units(packet, units.start..middle, turn)?;
                self.deliver_units(packet, middle..units.end, turn)?;
            }
            Err(Failure::TooLong) => {
                packet.effects(units).for_each(|effect| self.lost(*effect, turn));
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    /// The kernel has it.
    fn taken(&mut self, effect: Effect, turn: &Turn<'_>) {
        match effect {
            Effect::Nothing(_) => {}
            Effect::Gauge(at) => self.state.series[at].is_lost = false,
            Effect::Sent(at, sent) => self.state.series[at].sent = sent,
            Effect::Oversize(at, sent) => {
                self.oversize(at, 1, turn);
                if let Some(sent) = sent {
                    self.state.series[at].sent = sent;
                }
            }
            Effect::Sample(at) => {
                let weight = self.state.pending.pop_front().map_or(0, |waiting| waiting.weight);
                self.state.series[at].settled += weight;
                self.state.packed = self.state.packed.saturating_sub(1);
            }
        }
    }

    /// The kernel takes no datagram with this line.
    fn lost(&mut self, effect: Effect, turn: &Turn<'_>) {
        match effect {
            Effect::Gauge(at) => self.gauge_lost(at, Dropped::Oversize, turn),
            Effect::Sample(at) => {
                let weight = self.state.pending.front().map_or(0, |waiting| waiting.weight);
                self.oversize(at, weight, turn);
                self.taken(effect, turn);
            }
            effect => {
                self.oversize(effect.series(), 1, turn);
                self.taken(effect, turn);
            }
        }
    }

    /// A gauge that cannot be sent is one loss, however often that is tried.
    fn gauge_lost(&mut self, at: usize, reason: Dropped, turn: &Turn<'_>) {
        if std::mem::replace(&mut self.state.series[at].is_lost, true) {
            return;
        }
        match reason {
            Dropped::Oversize => self.oversize(at, 1, turn),
            reason => turn.report.dropped(reason, 1),
        }
    }

    /// Something that no datagram takes is lost. It is counted each time, and said once.
    fn oversize(&mut self, at: usize, count: u64, turn: &Turn<'_>) {
        turn.report.dropped(Dropped::Oversize, count);
        let wire = &mut self.state.series[at];
        let may_warn = self.state.warned.is_none_or(|at| at.elapsed() >= WARN_EACH);
        if !wire.warned && may_warn {
            wire.warned = true;
            self.state.warned = Some(Instant::now());
            let (name, limit) = (wire.frame.name(), self.limit);
            tracing::warn!(target: "telemetry", name, limit, "a statsd line is longer than a datagram");
        }
    }
}

/// A lower limit than this is none of a real network.
const SHORTEST: usize = 256;

/// The next exporter of the registry goes on where this one has stopped.
impl Drop for Exporter {
    fn drop(&mut self) {
        let sent = self.state.series.iter().map(|wire| (wire.id, wire.sent));
        self.tap.delivered.extend(sent.filter(|(_, sent)| !sent.is_zero()));
    }
}
