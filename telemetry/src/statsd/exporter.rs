//! Reads the registry, writes lines, and remembers the part of each sum that the kernel accepted.

mod external;
mod points;
mod samples;

use super::format::Histograms;
use super::packet::Packet;
use super::text::{Frame, Naming};
use super::transport::{Failure, Transport};
use super::weight::Pending;
use crate::export::{Dropped, Push, Reason, Turn};
use crate::registry::{FamilyId, Reader, Registry, Sample, SampleStream, SeriesId, Snapshot};
use crate::schema::{Kind, Unit};
use crate::value::Number;
use external::External;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::time::{Duration, Instant};

/// A statsd exporter. It lives in its own thread.
pub(super) struct Exporter {
    pub reader: Reader,
    pub stream: SampleStream,
    pub transport: Transport,
    pub naming: Naming,
    pub histograms: Histograms,
    /// The sample rate as a line has it; empty if all samples are sent.
    pub rate: String,
    /// The most samples that are kept here while the server is away.
    pub pending_max: usize,
    /// The longest datagram that is sent.
    pub limit: usize,
    pub state: State,
}

/// The state between two pushes.
#[derive(Default)]
pub(super) struct State {
    snapshot: Snapshot,
    /// The counters of the snapshot were sent. The samples that were recorded before it come out of the rings
    /// after that.
    is_sent: bool,
    series: Vec<Wire>,
    index: HashMap<(FamilyId, SeriesId), usize>,
    external: External,
    /// The first of the up-down counters that share a frame.
    leaders: HashMap<Frame, usize>,
    /// The samples that are not sent yet, oldest first.
    pending: VecDeque<Pending>,
    drained: Vec<Sample>,
    /// Samples that were lost, and neither counted as such nor represented by others yet.
    lost: u64,
    /// Samples that were lost with their series, and not counted as such yet. No other can represent them.
    ended: u64,
    /// The number of pending samples that are in the packet; they are the oldest.
    packed: usize,
    packet: Packet<Effect>,
    line: String,
    /// The last datagram was not accepted: only a push tries again.
    failed: bool,
    warned: Option<Instant>,
}

/// A series, and the part of it that was sent.
struct Wire {
    id: (FamilyId, SeriesId),
    frame: Frame,
    kind: Kind,
    is_seconds: bool,
    /// The part of a counter that the kernel accepted.
    sent: Number,
    /// The up-down counter that this one is added to, since both share a frame.
    leader: usize,
    /// The value of an up-down counter now, with those that are added to it.
    total: Option<Number>,
    /// The series of the histogram's former name: each sample is sent under both names.
    former: Option<usize>,
    /// Samples of a histogram that are done with: sent, represented by others, counted as lost, or recorded
    /// before the start.
    accounted: u64,
    /// The warning that the series does not fit into a datagram was logged.
    warned: bool,
    /// The gauge cannot be sent, which was counted. It is counted once, until it can be sent again.
    is_lost: bool,
}

/// The consequence of a line that the kernel accepted.
#[derive(Clone, Copy, Debug)]
enum Effect {
    /// No state changes.
    Nothing(usize),
    /// The gauge is delivered.
    Gauge(usize),
    /// The counter is delivered up to this total.
    Sent(usize, Number),
    /// The line was longer than a datagram and was left out. Its part of a counter is lost.
    Oversize(usize, Option<Number>),
    /// The oldest pending sample is delivered.
    Sample(usize),
    /// The external number is delivered, a sum up to this total.
    External(usize, Option<f64>),
}

impl Effect {
    /// Returns the index of the series, or of the external series.
    fn series(self) -> usize {
        match self {
            Effect::Nothing(series)
            | Effect::Gauge(series)
            | Effect::Sent(series, _)
            | Effect::Oversize(series, _)
            | Effect::Sample(series)
            | Effect::External(series, _) => series,
        }
    }
}

impl Default for Packet<Effect> {
    fn default() -> Self {
        Packet::new()
    }
}

/// The shortest time between two warnings.
const WARN_EACH: Duration = Duration::from_secs(10);

impl State {
    pub(super) fn new(registry: &Registry) -> Self {
        State { external: External::new(registry), ..State::default() }
    }

    /// Forgets the series that the last snapshot does not have, unless samples of theirs are pending. Only
    /// while no line is in the packet, since lines name series by their index.
    fn forget_gone(&mut self) {
        debug_assert!(self.packet.len() == 0, "an index in it would be another series");
        let known = || {
            let families = self.snapshot.dotted_families();
            families.flat_map(|family| family.series().map(move |series| (family.id(), series.id())))
        };
        if known().count() == self.series.len() {
            return;
        }
        let mut known: HashSet<_> = known().collect();
        for Pending { sample, .. } in &self.pending {
            let present = (sample.family, sample.series);
            known.insert(present);
            let former = self.index.get(&present).and_then(|at| self.series[*at].former);
            known.extend(former.map(|at| self.series[at].id));
        }
        let former: Vec<_> = self.series.iter().map(|wire| Some(self.series[wire.former?].id)).collect();
        let all = std::mem::take(&mut self.series).into_iter().zip(former);
        let kept: Vec<_> = all.filter(|(wire, _)| known.contains(&wire.id)).collect();
        self.index = kept.iter().enumerate().map(|(at, (wire, _))| (wire.id, at)).collect();
        self.leaders.clear();
        for (at, (mut wire, former)) in kept.into_iter().enumerate() {
            wire.former = former.and_then(|id| self.index.get(&id).copied());
            wire.leader = match wire.kind {
                Kind::UpDownCounter => *self.leaders.entry(wire.frame.clone()).or_insert(at),
                _ => at,
            };
            self.series.push(wire);
        }
    }
}

impl Push for Exporter {
    /// At this interval a ring of 4,096 samples holds 40,000 samples a second, and a server's receive buffer
    /// sees no bursts.
    const TEND: Option<Duration> = Some(Duration::from_millis(100));

    fn push(&mut self, turn: &Turn<'_>) -> Result<(), String> {
        self.state.failed = false;
        self.state.packet.clear();
        self.state.forget_gone();
        self.state.external.forget_gone();
        let pushed = self.transport.open().and_then(|()| self.send_all(turn));
        if pushed.is_err() && turn.control.end().is_some() {
            self.give_up(turn);
        }
        self.report(turn, pushed)
    }

    fn tend(&mut self, turn: &Turn<'_>) {
        if self.state.failed {
            return;
        }
        self.state.packet.clear();
        let opened = if self.transport.is_open() { Ok(()) } else { self.transport.open() };
        let sent = opened.and_then(|()| self.send_samples(turn)).and_then(|()| self.flush(turn));
        if self.report(turn, sent).is_ok() {
            self.note_delivered();
        }
    }
}

impl Exporter {
    /// Counts a failure, and returns its message.
    fn report(&mut self, turn: &Turn<'_>, result: Result<(), Failure>) -> Result<(), String> {
        match result {
            Ok(()) => Ok(()),
            Err(failure) => {
                self.state.failed = true;
                let (reason, why) = match failure {
                    Failure::TooLong => (Reason::System, "a datagram is too long".to_owned()),
                    Failure::Rejected { reason, cause } => (reason, cause.to_string()),
                };
                turn.report.failed(reason);
                Err(format!("{}: {why}", self.transport.target()))
            }
        }
    }

    /// Sends samples, counters and gauges.
    fn send_all(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        self.send_samples(turn)?;
        self.note_delivered();
        self.collect();
        if self.state.lost > 0 {
            // No sample of their series was left to represent them.
            turn.report.dropped(Dropped::Overrun, std::mem::take(&mut self.state.lost));
            self.write_off();
        }
        self.pack_points(turn)?;
        self.pack_external(turn)?;
        self.flush(turn)?;
        self.state.is_sent = true;
        Ok(())
    }

    /// Notes that all of the last snapshot has arrived, if no sample of before it is left.
    fn note_delivered(&mut self) {
        if self.state.is_sent && self.state.pending.is_empty() && self.state.packet.len() == 0 {
            self.reader.delivered();
        }
    }

    /// Takes a snapshot, and adds its new series to the index.
    fn collect(&mut self) {
        self.reader.collect(&mut self.state.snapshot);
        self.state.is_sent = false;
        self.update_index();
    }

    /// Adds the series of the snapshot that are new.
    fn update_index(&mut self) {
        let state = &mut self.state;
        for family in state.snapshot.dotted_families() {
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
                // The family with the present name comes before the one with the former name.
                let renamed = family.id().renamed().and_then(|now| state.index.get(&(now, series.id())));
                if let Some(renamed) = renamed {
                    state.series[*renamed].former = Some(at);
                }
                state.index.insert(id, at);
                state.series.push(Wire {
                    id,
                    frame,
                    kind: family.kind(),
                    is_seconds: family.unit() == Unit::Seconds,
                    sent: self.stream.delivered(id.0, id.1).unwrap_or(Number::U64(0)),
                    leader,
                    total: None,
                    former: None,
                    accounted: 0,
                    warned: false,
                    is_lost: false,
                });
            }
        }
    }

    /// Adds the line to the packet. Sends the packet first if it is full.
    fn pack(&mut self, mut effect: Effect, turn: &Turn<'_>) -> Result<(), Failure> {
        let more = self.state.line.len();
        if self.state.packet.is_full(more, self.limit) {
            self.flush(turn)?;
        }
        if more > self.limit {
            // It is counted when the datagram is accepted, since the same line is tried until then.
            debug_assert!(!matches!(effect, Effect::External(..)), "its length is checked before");
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
    fn flush(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let packet = std::mem::take(&mut self.state.packet);
        let delivered = self.send_units(&packet, 0..packet.len(), turn);
        self.state.packet = packet;
        self.state.packet.clear();
        delivered
    }

    /// Sends some units of a packet. Halves them if the kernel says that they are too long.
    fn send_units(
        &mut self,
        packet: &Packet<Effect>,
        units: Range<usize>,
        turn: &Turn<'_>,
    ) -> Result<(), Failure> {
        let bytes = packet.bytes(units.clone());
        let sent = if bytes.is_empty() { Ok(()) } else { self.transport.send(bytes, turn) };
        match sent {
            Ok(()) => packet.effects(units).for_each(|effect| self.accepted(*effect, turn)),
            Err(Failure::TooLong) if units.len() > 1 => {
                self.limit = self.limit.min((bytes.len() / 2).max(SHORTEST));
                let middle = units.start + units.len() / 2;
                self.send_units(packet, units.start..middle, turn)?;
                self.send_units(packet, middle..units.end, turn)?;
            }
            Err(Failure::TooLong) => {
                packet.effects(units).for_each(|effect| self.too_long(*effect, turn));
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    /// Applies the effect of a line that the kernel accepted.
    fn accepted(&mut self, effect: Effect, turn: &Turn<'_>) {
        match effect {
            Effect::Nothing(_) => {}
            Effect::Gauge(at) => self.state.series[at].is_lost = false,
            Effect::Sent(at, sent) => self.state.series[at].sent = sent,
            Effect::External(at, sent) => self.state.external.accepted(at, sent),
            Effect::Oversize(at, sent) => {
                self.oversize(at, 1, turn);
                if let Some(sent) = sent {
                    self.state.series[at].sent = sent;
                }
            }
            Effect::Sample(at) => {
                let weight = self.state.pending.pop_front().map_or(0, |pending| pending.weight);
                self.state.series[at].accounted += weight;
                self.state.packed = self.state.packed.saturating_sub(1);
            }
        }
    }

    /// Counts the loss of a line that is too long for the kernel.
    fn too_long(&mut self, effect: Effect, turn: &Turn<'_>) {
        match effect {
            Effect::Gauge(at) => self.gauge_lost(at, Dropped::Oversize, turn),
            Effect::External(at, _) => self.external_lost(at, Dropped::Oversize, turn),
            Effect::Sample(at) => {
                let weight = self.state.pending.front().map_or(0, |pending| pending.weight);
                self.oversize(at, weight, turn);
                self.accepted(effect, turn);
            }
            effect => {
                self.oversize(effect.series(), 1, turn);
                self.accepted(effect, turn);
            }
        }
    }

    /// Counts a gauge that cannot be sent: once, however often it is tried.
    fn gauge_lost(&mut self, at: usize, reason: Dropped, turn: &Turn<'_>) {
        if std::mem::replace(&mut self.state.series[at].is_lost, true) {
            return;
        }
        match reason {
            Dropped::Oversize => self.oversize(at, 1, turn),
            reason => turn.report.dropped(reason, 1),
        }
    }

    /// Counts a line that fits into no datagram. The warning comes once per series.
    fn oversize(&mut self, at: usize, count: u64, turn: &Turn<'_>) {
        turn.report.dropped(Dropped::Oversize, count);
        let wire = &mut self.state.series[at];
        let may_warn = self.state.warned.is_none_or(|at| at.elapsed() >= WARN_EACH);
        if !wire.warned && may_warn {
            wire.warned = true;
            self.state.warned = Some(Instant::now());
            let name = wire.frame.name();
            let limit = self.limit;
            tracing::warn!(target: "telemetry", name, limit, "a statsd line is longer than a datagram");
        }
    }
}

/// The lowest limit of a datagram. No real network has less.
const SHORTEST: usize = 256;

/// The next exporter of the registry continues where this one stopped.
impl Drop for Exporter {
    fn drop(&mut self) {
        for wire in self.state.series.iter().filter(|wire| !wire.sent.is_zero()) {
            self.stream.set_delivered(wire.id.0, wire.id.1, wire.sent);
        }
        self.state.external.carry(self.reader.registry());
    }
}
