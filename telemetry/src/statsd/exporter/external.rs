//! Metrics of other crates: from a reading to the wire, and the part of each sum that was sent.

use super::{Effect, Exporter, points};
use crate::export::{Dropped, Turn};
use crate::registry::{ExternalFamily, ExternalKind, ExternalPoint, Registry};
use crate::statsd::text::{self, Frame, Naming};
use crate::statsd::transport::Failure;
use crate::value::Number;
use std::collections::HashMap;
use std::fmt::Write;

/// The name under which the registry keeps what was sent, for the next exporter.
const CARRIED: &str = "statsd";

/// The most series that are kept while a reading is incomplete.
const SERIES_MAX: usize = 1_000_000;

/// A name and its sorted labels, as one text.
pub(crate) type Key = String;

/// The external series, and the part of each that was sent.
#[derive(Default)]
pub(super) struct External {
    series: Vec<Wire>,
    index: HashMap<Key, usize>,
    /// The part that earlier exporters sent, of series that this one did not see yet.
    earlier: HashMap<Key, Number>,
    /// The last reading had all that the sources have.
    is_complete: bool,
}

struct Wire {
    key: Key,
    frame: Frame,
    /// The part of a sum that the kernel accepted.
    sent: Number,
    /// It cannot be sent, which was counted and logged. It is counted once, until it can be sent again.
    is_lost: bool,
    /// The last reading had it.
    is_present: bool,
}

/// A number of a series, as statsd can have it.
struct Line {
    name: String,
    labels: Vec<(String, String)>,
    number: f64,
    /// Its growth is sent, as a counter.
    is_sum: bool,
}

impl External {
    pub(super) fn new(registry: &Registry) -> Self {
        External { earlier: registry.take_carried(CARRIED), ..External::default() }
    }

    /// Hands over to the next exporter of the registry.
    pub(super) fn carry(&mut self, registry: &Registry) {
        let mut sent = std::mem::take(&mut self.earlier);
        let series = self.series.drain(..).filter(|wire| !wire.sent.is_zero());
        sent.extend(series.map(|wire| (wire.key, wire.sent)));
        registry.carry(CARRIED, sent);
    }

    /// Forgets the series that the last reading did not have. Only while no line is in the packet, since
    /// lines name series by their index.
    pub(super) fn forget_gone(&mut self) {
        if (self.is_complete || self.series.len() > SERIES_MAX)
            && self.series.iter().any(|wire| !wire.is_present)
        {
            self.series.retain(|wire| wire.is_present);
            self.index = self.series.iter().enumerate().map(|(at, wire)| (wire.key.clone(), at)).collect();
        }
        self.series.iter_mut().for_each(|wire| wire.is_present = false);
    }

    /// Returns the index of a line's series.
    fn at(&mut self, line: &Line, naming: &Naming) -> usize {
        let key = key(line);
        if let Some(at) = self.index.get(&key) {
            return *at;
        }
        let labels = line.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let frame = naming.external_frame(&line.name, labels);
        let at = self.series.len();
        let sent = self.earlier.remove(&key).unwrap_or(Number::U64(0));
        self.index.insert(key.clone(), at);
        self.series.push(Wire { key, frame, sent, is_lost: false, is_present: true });
        at
    }

    pub(super) fn accepted(&mut self, at: usize, sent: Option<f64>) {
        self.series[at].is_lost = false;
        if let Some(sent) = sent {
            self.series[at].sent = Number::F64(sent);
        }
    }
}

fn key(line: &Line) -> Key {
    let mut labels: Vec<_> = line.labels.iter().collect();
    labels.sort_unstable();
    let mut key = line.name.clone();
    for (name, value) in labels {
        // No text has the separator in a way that makes two keys equal: names have no `"`.
        let _ = write!(key, ",{name}={value:?}");
    }
    key
}

impl Exporter {
    /// Packs the metrics of other crates.
    pub(super) fn pack_external(&mut self, turn: &Turn<'_>) -> Result<(), Failure> {
        let metrics = self.reader.registry().external_metrics();
        self.state.external.is_complete = metrics.is_complete;
        for family in &metrics.families {
            for line in lines(family) {
                self.pack_external_line(&line, turn)?;
            }
        }
        if metrics.is_complete {
            self.state.external.earlier.clear();
        }
        Ok(())
    }

    fn pack_external_line(&mut self, line: &Line, turn: &Turn<'_>) -> Result<(), Failure> {
        let at = self.state.external.at(line, &self.naming);
        self.state.external.series[at].is_present = true;
        let number = Number::F64(line.number);
        if !line.number.is_finite() || line.is_sum && line.number < 0.0 {
            self.external_lost(at, Dropped::Rejected, turn);
            return Ok(());
        }
        let (number, code, effect) = if line.is_sum {
            let Some((growth, sent)) = points::growth(number, self.state.external.series[at].sent) else {
                return Ok(());
            };
            (growth, 'c', Effect::External(at, Some(sent.as_f64())))
        } else {
            (number, 'g', Effect::External(at, None))
        };
        let Some(number) = text::number(number) else { return Ok(()) };
        let frame = &self.state.external.series[at].frame;
        let (name, tags) = (frame.name(), frame.tags());
        let text = &mut self.state.line;
        text.clear();
        if self.naming.is_plain() && number.starts_with('-') {
            // A number with a sign means a change there. After 0, the change is the number itself.
            let _ = writeln!(text, "{name}:0|g");
        }
        let _ = writeln!(text, "{name}:{number}|{code}{tags}");
        if text.len() > self.limit {
            self.external_lost(at, Dropped::Oversize, turn);
            return Ok(());
        }
        self.pack(effect, turn)
    }

    /// Counts and names a number that cannot be sent: once, however often it is tried.
    pub(super) fn external_lost(&mut self, at: usize, reason: Dropped, turn: &Turn<'_>) {
        let wire = &mut self.state.external.series[at];
        if !std::mem::replace(&mut wire.is_lost, true) {
            turn.report.dropped(reason, 1);
            let name = wire.frame.name();
            tracing::warn!(target: "telemetry", name, "a joined metric cannot be sent by statsd");
        }
    }
}

/// Returns the lines of a family. The buckets of a histogram and the quantiles of a summary keep the labels
/// that Prometheus has for them, since no server takes a distribution that is counted already.
fn lines(family: &ExternalFamily) -> impl Iterator<Item = Line> + '_ {
    family.series.iter().flat_map(|series| {
        let line = |suffix: &str, label: Option<(&str, f64)>, number, is_sum| {
            let own = label.map(|(key, bound)| (key.to_owned(), bound_text(bound)));
            let labels = series.attributes.iter().cloned().chain(own).collect();
            Line { name: format!("{}{suffix}", family.name), labels, number, is_sum }
        };
        match &series.point {
            ExternalPoint::Number(number) => {
                vec![line("", None, *number, family.kind == ExternalKind::Counter)]
            }
            ExternalPoint::Histogram { bounds, bucket_counts, sum } => {
                let is_sum = family.kind == ExternalKind::Histogram;
                let [sum_name, count_name] = if is_sum { ["_sum", "_count"] } else { ["_gsum", "_gcount"] };
                let mut all = 0.0;
                let upper = bounds.iter().copied().chain([f64::INFINITY]);
                let mut lines = Vec::new();
                for (bound, count) in upper.zip(bucket_counts) {
                    all += as_f64(*count);
                    lines.push(line("_bucket", Some(("le", bound)), all, is_sum));
                }
                lines.push(line(count_name, None, all, is_sum));
                lines.extend(sum.map(|sum| line(sum_name, None, sum, is_sum)));
                lines
            }
            ExternalPoint::Summary { quantiles, sum, count } => {
                let quantiles = quantiles.iter();
                let mut lines: Vec<_> = quantiles
                    .map(|(quantile, value)| line("", Some(("quantile", *quantile)), *value, false))
                    .collect();
                lines.extend(count.map(|count| line("_count", None, as_f64(count), true)));
                lines.extend(sum.map(|sum| line("_sum", None, sum, true)));
                lines
            }
        }
    })
}

#[allow(clippy::cast_precision_loss, reason = "it came as a float")]
const fn as_f64(count: u64) -> f64 {
    count as f64
}

fn bound_text(bound: f64) -> String {
    if bound == f64::INFINITY { "+Inf".to_owned() } else { bound.to_string() }
}
