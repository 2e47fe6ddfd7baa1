//! Samples of histograms: from the rings to the wire, each once or standing for what was lost.

use super::{Effect, Exporter, Wire};
use crate::export::{Dropped, Turn};
use crate::registry::{FamilyId, Point, SeriesId, Snapshot};
use crate::schema::Kind;
use crate::statsd::text;
use crate::statsd::transport::Failure;
use crate::statsd::weight::{self, Share, Waiting};
use crate::statsd::{Dialect, Histograms};
use crate::value::Number;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

impl Exporter {
    /// Before the first push: what the histograms hold already is not owed.
    pub(in crate::statsd) fn settle_the_past(&mut self) {
        self.tap.peek(&mut self.state.snapshot);
        self.learn();
        self.settle();
    }

    /// Sends all samples that were kept before, in as many rounds as the room here takes.
    pub(super) fn rounds(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
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
    pub(super) fn give_up(&mut self, turn: &Turn<'_>) {
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
    pub(super) fn settle(&mut self) {
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
                self.lose_sample(at, weight);
                turn.report.dropped(Dropped::Rejected, weight);
                continue;
            }
            if self.state.line.len() > self.limit {
                self.lose_sample(at, weight);
                self.oversize(at, weight, turn);
                continue;
            }
            if let Some(former) = self.state.series[at].former {
                self.write_former(former, sample.value, weight, turn)?;
            }
            self.put(Effect::Sample(at), turn)?;
            self.state.packed += 1;
        }
        Ok(())
    }

    /// Forgets the sample behind those in the packet: it cannot be sent now or later, so it is lost once.
    fn lose_sample(&mut self, at: usize, weight: u64) {
        self.state.pending.remove(self.state.packed);
        self.state.series[at].settled += weight;
    }

    /// The sample under the former name of its series: in the datagram of the other line, so that both are taken
    /// or none is; before it in one of its own if there is no room for two.
    fn write_former(
        &mut self,
        former: usize,
        value: f64,
        weight: u64,
        turn: &Turn<'_>,
    ) -> Result<(), Failure> {
        let present = self.state.line.len();
        self.write_sample(former, value, weight);
        if self.state.line.len() > self.limit {
            let line = self.state.line.split_off(present);
            let present = std::mem::replace(&mut self.state.line, line);
            self.put(Effect::Nothing(former), turn)?;
            self.state.line = present;
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
