//! Sums and gauges: from a snapshot to the wire.

use super::{Effect, Exporter};
use crate::export::{Dropped, Turn};
use crate::registry::{Family, Point, Snapshot};
use crate::schema::Kind;
use crate::statsd::format::Dialect;
use crate::statsd::text;
use crate::statsd::transport::Failure;
use crate::value::Number;
use std::fmt::Write;

impl Exporter {
    /// Packs the growth of the counters, the up-down counters and the gauges.
    pub(super) fn pack_points(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let snapshot = std::mem::take(&mut self.state.snapshot);
        self.add_up(&snapshot);
        let mut result = Ok(());
        for family in snapshot.dotted_families() {
            for series in family.series() {
                if let Some(at) = self.state.index.get(&(family.id(), series.id())).copied()
                    && result.is_ok()
                {
                    result = self.pack_point(at, &family, series.point(), turn);
                }
            }
        }
        self.state.snapshot = snapshot;
        result
    }

    /// Adds up the up-down counters that share a frame, which the server sees as one gauge.
    fn add_up(&mut self, snapshot: &Snapshot) {
        let series = &mut self.state.series;
        for wire in &mut *series {
            wire.total = None;
        }
        for family in snapshot.dotted_families().filter(|family| family.kind() == Kind::UpDownCounter) {
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

    fn pack_point(
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
                let name = wire.frame.name();
                let tags = wire.frame.tags();
                self.state.line.clear();
                let _ = writeln!(self.state.line, "{name}:{number}|c{tags}");
                self.pack(Effect::Sent(at, sent), turn)
            }
            Point::Sum(_) => match self.state.series[at].total {
                // It is added to another one.
                None => Ok(()),
                Some(total) => self.pack_gauge(at, total, turn),
            },
            Point::Gauge(number) => self.pack_gauge(at, number, turn),
            // Its samples are sent instead.
            Point::Histogram(_) => Ok(()),
        }
    }

    fn pack_gauge(&mut self, at: usize, number: Number, turn: &Turn<'_>) -> Result<(), Failure> {
        let Some(number) = text::number(number) else {
            self.gauge_lost(at, Dropped::Rejected, turn);
            return Ok(());
        };
        let frame = &self.state.series[at].frame;
        let name = frame.name();
        let tags = frame.tags();
        let line = &mut self.state.line;
        line.clear();
        if self.naming.dialect == Dialect::Plain && number.starts_with('-') {
            // A number with a sign means a change there. After 0, the change is the number itself.
            let _ = writeln!(line, "{name}:0|g");
        }
        let _ = writeln!(line, "{name}:{number}|g{tags}");
        if line.len() > self.limit {
            self.gauge_lost(at, Dropped::Oversize, turn);
            return Ok(());
        }
        self.pack(Effect::Gauge(at), turn)
    }
}

/// Returns the growth of a sum since `sent`, and the part of it that is sent with that growth. Returns `None`
/// if the sum has not grown.
pub(super) fn growth(total: Number, sent: Number) -> Option<(Number, Number)> {
    // A total that somebody else keeps, and that began again.
    let sent = if total.as_f64() < sent.as_f64() { Number::U64(0) } else { sent };
    let (delta, sent) = match (total, sent) {
        (Number::U64(total), Number::U64(sent)) => {
            (Number::U64(total.saturating_sub(sent)), Number::U64(total))
        }
        (Number::Duration(total), Number::Duration(sent)) => {
            (Number::Duration(total.saturating_sub(sent)), Number::Duration(total))
        }
        (Number::Duration(total), _) => (Number::Duration(total), Number::Duration(total)),
        (total, sent) => {
            // The server adds up what it receives. A delta that was rounded down is made up for by the next
            // one; one that was rounded up could not be taken back.
            let total = total.as_f64();
            let sent = sent.as_f64();
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
        /// Checks that the server's sum of floats never exceeds ours, and reaches it when ours stays.
        #[test]
        fn a_sum_of_floats_is_reached_and_not_exceeded(addends in proptest::collection::vec(0.0..1e15, 1..8)) {
            let mut total = 0.0;
            let mut sent = Number::U64(0);
            let mut server = 0.0;
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
