//! Reads the registry, writes lines, and remembers of each sum what the kernel took.

use super::packet::Packet;
use super::text::{self, Frame, Naming};
use super::transport::{Failure, Transport};
use super::weight::{self, Share, Waiting};
use super::{Dialect, Histograms};
use crate::export::{Dropped, Push, Reason, Turn};
use crate::registry::{Family, FamilyId, Point, Sample, SeriesId, Snapshot, Tap};
use crate::schema::{Kind, Unit};
use crate::value::Number;
use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
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
    /// As many of a histogram's samples are not owed: they were sent, stood for, counted as lost, or taken
    /// before the start.
    settled: u64,
    /// It was said that the series has no room in a datagram.
    warned: bool,
}

/// What is true once the kernel took a line.
#[derive(Clone, Copy, Debug)]
enum Effect {
    Nothing(usize),
    /// So much of this sum is delivered.
    Sent(usize, Number),
    /// The oldest sample is.
    Sample(usize),
}

impl Effect {
    fn series(self) -> usize {
        match self {
            Effect::Nothing(series) | Effect::Sent(series, _) | Effect::Sample(series) => series,
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
    /// Before the first push: what the histograms hold already is not owed.
    pub fn settle_the_past(&mut self) {
        self.tap.peek(&mut self.state.snapshot);
        self.learn();
        self.settle();
    }

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
                Err(why)
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

    /// Sends all samples that were kept before, in as many rounds as the room here takes.
    fn rounds(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        loop {
            let came = self.drain(turn);
            self.samples(turn)?;
            if came < self.pending_max || Instant::now() >= turn.deadline() {
                return Ok(());
            }
            self.deliver(turn)?;
        }
    }

    /// Nobody will send the samples that wait now.
    fn give_up(&mut self, turn: &Turn<'_>) {
        loop {
            let waiting = self.state.pending.drain(..).map(|waiting| waiting.weight).sum::<u64>();
            let lost = waiting + std::mem::take(&mut self.state.lost);
            if lost > 0 {
                turn.report.dropped(Dropped::Overrun, lost);
            }
            if self.drain(turn) == 0 {
                break;
            }
        }
    }

    /// Takes samples out of the rings, as far as there is room. How many.
    fn drain(&mut self, turn: &Turn<'_>) -> usize {
        let mut came = self.take_samples();
        if self.state.lost > 0 && self.is_weighed() {
            came += self.weigh();
        } else if self.state.lost > 0 {
            turn.report.dropped(Dropped::Overrun, std::mem::take(&mut self.state.lost));
        }
        came
    }

    fn take_samples(&mut self) -> usize {
        let state = &mut self.state;
        let room = self.pending_max.saturating_sub(state.pending.len());
        state.lost += self.tap.drain(&mut state.drained, room);
        let came = state.drained.len();
        state.pending.extend(state.drained.drain(..).map(|sample| Waiting { sample, weight: 1 }));
        came
    }

    /// Whether samples stand for those that are lost. In the plain dialect servers disagree on what a sample's
    /// rate means, and a share that chance has chosen has one already.
    fn is_weighed(&self) -> bool {
        self.naming.dialect == Dialect::DogStatsd && self.rate.is_empty()
    }

    /// Lets the samples that wait stand for those of their series that are lost, by what the registry has
    /// counted. How many samples came meanwhile.
    fn weigh(&mut self) -> usize {
        self.read();
        // What is counted there and still in a ring is not lost. If more came since, less is found to be lost,
        // and the rest the next time.
        let came = self.take_samples();
        let mut waiting = self.waiting();
        let state = &mut self.state;
        each_histogram(&state.snapshot, |id, count| {
            if let Some(at) = state.index.get(&id)
                && let Some(share) = waiting.get_mut(at)
            {
                let owed = count.saturating_sub(state.series[*at].settled + share.weight);
                share.extra = owed.min(state.lost);
                state.lost -= share.extra;
            }
        });
        for waits in &mut state.pending {
            let id = (waits.sample.family, waits.sample.series);
            if let Some(share) = state.index.get(&id).and_then(|at| waiting.get_mut(at)) {
                waits.weight += share.next();
            }
        }
        came
    }

    /// What waits, by series.
    fn waiting(&self) -> HashMap<usize, Share> {
        let mut shares: HashMap<usize, Share> = HashMap::new();
        for waits in &self.state.pending {
            let id = (waits.sample.family, waits.sample.series);
            if let Some(at) = self.state.index.get(&id) {
                shares.entry(*at).or_default().add(waits);
            }
        }
        shares
    }

    /// Nothing is owed from now on but what waits.
    fn settle(&mut self) {
        let waiting = self.waiting();
        let state = &mut self.state;
        each_histogram(&state.snapshot, |id, count| {
            if let Some(at) = state.index.get(&id) {
                let waits = waiting.get(at).map_or(0, |share| share.weight);
                let settled = &mut state.series[*at].settled;
                *settled = count.saturating_sub(waits).max(*settled);
            }
        });
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
                state.index.insert(id, at);
                state.series.push(Wire {
                    id,
                    frame,
                    is_seconds: family.unit() == Unit::Seconds,
                    sent: self.tap.delivered.get(&id).copied().unwrap_or(Number::U64(0)),
                    leader,
                    total: None,
                    settled: 0,
                    warned: false,
                });
            }
        }
    }

    /// Sends the samples that wait.
    fn samples(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        self.state.packed = 0;
        while let Some(Waiting { sample, weight }) = self.state.pending.get(self.state.packed).copied() {
            let id = (sample.family, sample.series);
            if !self.state.index.contains_key(&id) {
                self.read();
            }
            // There is one: the series was there before the sample.
            let Some(at) = self.state.index.get(&id).copied() else {
                self.state.pending.remove(self.state.packed);
                continue;
            };
            self.state.line.clear();
            if !self.write_sample(at, sample.value, weight) {
                turn.report.dropped(Dropped::Rejected, weight);
            }
            self.put(Effect::Sample(at), turn)?;
            self.state.packed += 1;
        }
        Ok(())
    }

    /// Whether the server takes such a number.
    fn write_sample(&mut self, at: usize, value: f64, weight: u64) -> bool {
        let Wire { frame, is_seconds, .. } = &self.state.series[at];
        let value = match self.histograms {
            Histograms::Milliseconds if *is_seconds => value * 1_000.0,
            _ => value,
        };
        let is_negative_time = self.histograms == Histograms::Milliseconds && value < 0.0;
        let Some(number) = text::number(Number::F64(value)) else { return false };
        if is_negative_time && self.naming.dialect == Dialect::Plain {
            return false;
        }
        let (name, tags, kind, rate) = (frame.name(), frame.tags(), self.histograms.code(), &self.rate);
        let line = &mut self.state.line;
        let _ = write!(line, "{name}:{number}|{kind}{rate}");
        if weight > 1 {
            let _ = write!(line, "|@{}", text::share(weight::rate(weight)));
        }
        let _ = writeln!(line, "{tags}");
        true
    }

    /// Sends what the sums have grown by, and the gauges.
    fn points(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let snapshot = std::mem::take(&mut self.state.snapshot);
        self.add_up(&snapshot);
        let mut result = Ok(());
        for family in snapshot.families() {
            for series in family.series() {
                if let Some(at) = self.state.index.get(&(family.id(), series.id())).copied()
                    && result.is_ok()
                {
                    result = self.point(at, &family, series.point(), turn);
                }
            }
        }
        self.state.snapshot = snapshot;
        result
    }

    /// Up-down counters that have one frame are one gauge, the sum of them.
    fn add_up(&mut self, snapshot: &Snapshot) {
        let series = &mut self.state.series;
        for wire in &mut *series {
            wire.total = None;
        }
        for family in snapshot.families().filter(|family| family.kind() == Kind::UpDownCounter) {
            for point in family.series() {
                if let Some(at) = self.state.index.get(&(family.id(), point.id()))
                    && let Point::Sum(number) = point.point()
                {
                    let leader = series[*at].leader;
                    let total = &mut series[leader].total;
                    *total = Some(total.map_or(number, |total| plus(total, number)));
                }
            }
        }
    }

    fn point(
        &mut self,
        at: usize,
        family: &Family<'_>,
        point: Point<'_>,
        turn: &Turn<'_>,
    ) -> Result<(), Failure> {
        match point {
            Point::Sum(total) if family.kind() == Kind::Counter => {
                let wire = &self.state.series[at];
                let Some((delta, sent)) = growth(total, wire.sent) else { return Ok(()) };
                let Some(number) = text::number(delta) else { return Ok(()) };
                let (name, tags) = (wire.frame.name(), wire.frame.tags());
                self.state.line.clear();
                let _ = writeln!(self.state.line, "{name}:{number}|c{tags}");
                self.put(Effect::Sent(at, sent), turn)
            }
            Point::Sum(_) => match self.state.series[at].total {
                // A follower has none.
                None => Ok(()),
                Some(total) => self.gauge(at, total, turn),
            },
            Point::Gauge(number) => self.gauge(at, number, turn),
            // Its samples are what is sent.
            Point::Histogram(_) => Ok(()),
        }
    }

    fn gauge(&mut self, at: usize, number: Number, turn: &Turn<'_>) -> Result<(), Failure> {
        let Some(number) = text::number(number) else {
            turn.report.dropped(Dropped::Rejected, 1);
            return Ok(());
        };
        let frame = &self.state.series[at].frame;
        let (name, tags, line) = (frame.name(), frame.tags(), &mut self.state.line);
        line.clear();
        if self.naming.dialect == Dialect::Plain && number.starts_with('-') {
            // A sign there means a change, and of what is 0 it is the number itself.
            let _ = writeln!(line, "{name}:0|g");
        }
        let _ = writeln!(line, "{name}:{number}|g{tags}");
        self.put(Effect::Nothing(at), turn)
    }

    /// Puts the line in the packet, which is sent before that if it has no room.
    fn put(&mut self, effect: Effect, turn: &Turn<'_>) -> Result<(), Failure> {
        let more = self.state.line.len();
        if self.state.packet.is_full(more, self.limit) {
            self.deliver(turn)?;
        }
        if more > self.limit {
            self.oversize(effect, turn);
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
            Ok(()) => packet.effects(units).for_each(|effect| self.taken(*effect)),
            Err(Failure::TooLong) if units.len() > 1 => {
                self.limit = self.limit.min((bytes.len() / 2).max(SHORTEST));
                let middle = units.start + units.len() / 2;
                self.deliver_units(packet, units.start..middle, turn)?;
                self.deliver_units(packet, middle..units.end, turn)?;
            }
            Err(Failure::TooLong) => {
                for effect in packet.effects(units) {
                    self.oversize(*effect, turn);
                    if let Effect::Sample(_) = effect {
                        self.taken(*effect);
                    }
                }
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    /// The kernel has it.
    fn taken(&mut self, effect: Effect) {
        match effect {
            Effect::Nothing(_) => {}
            Effect::Sent(at, sent) => self.state.series[at].sent = sent,
            Effect::Sample(at) => {
                let weight = self.state.pending.pop_front().map_or(0, |waiting| waiting.weight);
                self.state.series[at].settled += weight;
                self.state.packed = self.state.packed.saturating_sub(1);
            }
        }
    }

    /// A line that no datagram takes. It is counted each time, and said once.
    fn oversize(&mut self, effect: Effect, turn: &Turn<'_>) {
        turn.report.dropped(Dropped::Oversize, 1);
        let wire = &mut self.state.series[effect.series()];
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

/// The count of each histogram.
fn each_histogram(snapshot: &Snapshot, mut f: impl FnMut((FamilyId, SeriesId), u64)) {
    for family in snapshot.families().filter(|family| family.kind() == Kind::Histogram) {
        for series in family.series() {
            if let Point::Histogram(histogram) = series.point() {
                f((family.id(), series.id()), histogram.count());
            }
        }
    }
}

/// What a sum has grown by since so much of it was sent, and what is sent with that. Nothing, if nothing.
fn growth(total: Number, sent: Number) -> Option<(Number, Number)> {
    let (delta, sent) = match (total, sent) {
        (Number::U64(total), Number::U64(sent)) => {
            (Number::U64(total.saturating_sub(sent)), Number::U64(total))
        }
        (Number::Duration(total), Number::Duration(sent)) => {
            (Number::Duration(total.saturating_sub(sent)), Number::Duration(total))
        }
        (Number::Duration(total), _) => (Number::Duration(total), Number::Duration(total)),
        (total, sent) => {
            // What the server has is the sum of what it was sent. A rounding down is made up for the next time,
            // one up could not be.
            let (total, sent) = (total.as_f64(), sent.as_f64());
            let mut delta = (total - sent).max(0.0);
            while sent + delta > total && delta > 0.0 {
                delta = delta.next_down();
            }
            (Number::F64(delta), Number::F64(sent + delta))
        }
    };
    (!delta.is_zero()).then_some((delta, sent))
}

fn plus(a: Number, b: Number) -> Number {
    match (a, b) {
        (Number::I64(a), Number::I64(b)) => Number::I64(a.saturating_add(b)),
        (a, b) => Number::F64(a.as_f64() + b.as_f64()),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "exact")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The server's sum of floats never exceeds ours, and reaches it when ours stays.
        #[test]
        fn a_sum_of_floats_is_reached_and_not_exceeded(addends in proptest::collection::vec(0.0..1e15, 1..8)) {
            let (mut total, mut sent, mut server) = (0.0, Number::U64(0), 0.0);
            for addend in addends {
                total += addend / 3.0;
                for _ in 0..3 {
                    if let Some((Number::F64(delta), after)) = growth(Number::F64(total), sent) {
                        server += delta;
                        sent = after;
                    }
                    prop_assert!(server <= total);
                }
                prop_assert_eq!(server, total);
            }
        }
    }
}
