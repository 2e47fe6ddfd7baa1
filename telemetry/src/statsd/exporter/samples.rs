//! Samples of histograms: from the rings to the wire. Each is sent once, and may represent others that were
//! lost.

use super::{Effect, Exporter, Wire};
use crate::export::{Dropped, Turn};
use crate::registry::{FamilyId, Point, SeriesId, Snapshot};
use crate::schema::Kind;
use crate::statsd::format::{Dialect, Histograms};
use crate::statsd::text;
use crate::statsd::transport::Failure;
use crate::statsd::weight::{self, Pending, Weight};
use crate::value::Number;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Instant;

impl Exporter {
    /// Leaves out the samples that were recorded before the exporter started.
    pub(in crate::statsd) fn skip_the_past(&mut self) {
        self.reader.registry().peek(&mut self.state.snapshot);
        self.update_index();
        self.write_off();
    }

    /// Sends all samples that the rings had when this began, in rounds of `pending_max`.
    pub(super) fn send_samples(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        loop {
            let came = self.drain(turn);
            self.pack_samples(turn)?;
            if came < self.pending_max || Instant::now() >= turn.deadline() {
                return Ok(());
            }
            self.flush(turn)?;
        }
    }

    /// Counts all samples that are left as lost, at the end of the exporter.
    pub(super) fn give_up(&mut self, turn: &Turn<'_>) {
        loop {
            let pending = self.state.pending.drain(..).map(|pending| pending.weight).sum::<u64>();
            let lost = pending + std::mem::take(&mut self.state.lost);
            if lost > 0 {
                turn.report.dropped(Dropped::Overrun, lost);
            }
            if self.drain(turn) == 0 {
                break;
            }
        }
    }

    /// Takes samples out of the rings, as far as there is room, and lets them represent those that were lost.
    /// Returns the number of samples.
    fn drain(&mut self, turn: &Turn<'_>) -> usize {
        let mut came = self.take_samples();
        if self.state.lost > 0 && self.is_weighted() {
            came += self.resample();
        } else if self.state.lost > 0 {
            turn.report.dropped(Dropped::Overrun, std::mem::take(&mut self.state.lost));
        }
        if self.state.ended > 0 {
            turn.report.dropped(Dropped::Overrun, std::mem::take(&mut self.state.ended));
        }
        came
    }

    /// Takes samples out of the rings, as far as there is room. Returns the number of samples.
    fn take_samples(&mut self) -> usize {
        let state = &mut self.state;
        let room = self.pending_max.saturating_sub(state.pending.len());
        state.lost += self.stream.drain(&mut state.drained, room);
        let ended = self.stream.take_ended();
        state.ended += ended;
        let came = state.drained.len() + usize::try_from(ended).unwrap_or(usize::MAX);
        state.pending.extend(state.drained.drain(..).map(|sample| Pending { sample, weight: 1 }));
        came
    }

    /// Returns true if samples represent those that were lost. In the plain dialect servers disagree on the
    /// meaning of a sample rate, and a configured sample rate leaves no room for another.
    fn is_weighted(&self) -> bool {
        self.naming.dialect == Dialect::DogStatsd && self.rate.is_empty()
    }

    /// Lets the pending samples represent the lost ones of their series, by the counts of the registry.
    /// Returns the number of samples that were taken out of the rings.
    fn resample(&mut self) -> usize {
        self.collect();
        // A sample that is counted there and still in a ring is not lost. If more samples came since, fewer
        // are found to be lost now, and the rest the next time.
        let came = self.take_samples();
        let mut weights = self.weights();
        let state = &mut self.state;
        each_histogram(&state.snapshot, |id, count| {
            if let Some(at) = state.index.get(&id)
                && let Some(weight) = weights.get_mut(at)
            {
                let unsent = count.saturating_sub(state.series[*at].accounted + weight.total);
                weight.extra = unsent.min(state.lost);
                state.lost -= weight.extra;
            }
        });
        for pending in &mut state.pending {
            let id = (pending.sample.family, pending.sample.series);
            if let Some(weight) = state.index.get(&id).and_then(|at| weights.get_mut(at)) {
                pending.weight += weight.next();
            }
        }
        came
    }

    /// Adds up the weights of the pending samples by series.
    fn weights(&self) -> HashMap<usize, Weight> {
        let mut weights: HashMap<usize, Weight> = HashMap::new();
        for pending in &self.state.pending {
            let id = (pending.sample.family, pending.sample.series);
            if let Some(at) = self.state.index.get(&id) {
                weights.entry(*at).or_default().add(pending);
            }
        }
        weights
    }

    /// Accounts for all samples but the pending ones: the others are not sent any more.
    pub(super) fn write_off(&mut self) {
        let weights = self.weights();
        let state = &mut self.state;
        each_histogram(&state.snapshot, |id, count| {
            if let Some(at) = state.index.get(&id) {
                let pending = weights.get(at).map_or(0, |weight| weight.total);
                let accounted = &mut state.series[*at].accounted;
                *accounted = count.saturating_sub(pending).max(*accounted);
            }
        });
    }

    /// Packs the pending samples.
    fn pack_samples(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        self.state.packed = 0;
        while let Some(Pending { sample, weight }) = self.state.pending.get(self.state.packed).copied() {
            let id = (sample.family, sample.series);
            if !self.state.index.contains_key(&id) {
                self.collect();
            }
            let Some(at) = self.state.index.get(&id).copied() else {
                // The series ended before a snapshot had it, since another one needed its place.
                self.state.pending.remove(self.state.packed);
                turn.report.dropped(Dropped::Overrun, weight);
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
            self.pack(Effect::Sample(at), turn)?;
            self.state.packed += 1;
        }
        Ok(())
    }

    /// Removes the sample after those in the packet. It can never be sent, so it is lost once.
    fn lose_sample(&mut self, at: usize, weight: u64) {
        self.state.pending.remove(self.state.packed);
        self.state.series[at].accounted += weight;
    }

    /// Writes the sample under the former name of its series too: in the datagram of the other line, so that
    /// both are accepted or neither. If two lines do not fit, it gets a datagram of its own before the other.
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
            self.pack(Effect::Nothing(former), turn)?;
            self.state.line = present;
        }
        Ok(())
    }

    /// Writes the line of a sample. Returns false, and writes nothing, if servers do not take such a number.
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
        let line = &mut self.state.line;
        let _ = write!(line, "{}:{number}|{}{}", frame.name(), self.histograms.code(), self.rate);
        if weight > 1 {
            let _ = write!(line, "|@{}", text::sample_rate(weight::sample_rate(weight)));
        }
        let _ = writeln!(line, "{}", frame.tags());
        true
    }
}

/// Calls `f` with the count of each histogram.
fn each_histogram(snapshot: &Snapshot, mut f: impl FnMut((FamilyId, SeriesId), u64)) {
    for family in snapshot.dotted_families().filter(|family| family.kind() == Kind::Histogram) {
        for series in family.series() {
            if let Point::Histogram(histogram) = series.point() {
                f((family.id(), series.id()), histogram.count());
            }
        }
    }
}
