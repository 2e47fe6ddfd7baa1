//! A foreign family, named as OpenMetrics names it, whichever format it came in.

use super::line::{Label, Timestamp};
use std::cmp::Ordering;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    /// One whose samples have no `_total`, which only the text format has.
    BareCounter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
    Unknown,
}

/// What the formats make of a kind.
pub(super) struct Shape {
    /// What samples have behind the family's name.
    pub(super) samples: &'static [&'static str],
    pub(super) open_metrics: &'static str,
    /// The type, and what the name has behind it there; nothing if the text format has no such thing.
    pub(super) text: Option<(&'static str, &'static str)>,
}

/// Every suffix of any sample but none.
pub(super) const SUFFIXES: [&str; 8] =
    ["_total", "_created", "_bucket", "_sum", "_count", "_gsum", "_gcount", "_info"];

impl Kind {
    pub(super) const fn shape(self) -> Shape {
        const fn shape(
            samples: &'static [&'static str],
            open_metrics: &'static str,
            text: Option<(&'static str, &'static str)>,
        ) -> Shape {
            Shape { samples, open_metrics, text }
        }
        match self {
            Kind::Counter => shape(&["_total", "_created"], "counter", Some(("counter", "_total"))),
            Kind::BareCounter => shape(&[""], "unknown", Some(("counter", ""))),
            Kind::Gauge => shape(&[""], "gauge", Some(("gauge", ""))),
            Kind::Histogram => {
                shape(&["_bucket", "_sum", "_count", "_created"], "histogram", Some(("histogram", "")))
            }
            Kind::GaugeHistogram => shape(&["_bucket", "_gsum", "_gcount"], "gaugehistogram", None),
            Kind::Summary => shape(&["", "_sum", "_count", "_created"], "summary", Some(("summary", ""))),
            Kind::Info => shape(&["_info"], "info", Some(("gauge", "_info"))),
            Kind::StateSet => shape(&[""], "stateset", Some(("gauge", ""))),
            Kind::Unknown => shape(&[""], "unknown", Some(("untyped", ""))),
        }
    }

    pub(super) fn has_samples(self, suffix: &str) -> bool {
        self.shape().samples.contains(&suffix)
    }

    /// The label without which samples of this name make no sense; it must be a number.
    pub(super) fn needs(self, suffix: &str) -> Option<&'static str> {
        match (self, suffix) {
            (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some("le"),
            (Kind::Summary, "") => Some("quantile"),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    /// Whether a line says so.
    pub(super) typed: bool,
    /// Unescaped.
    pub(super) help: Option<String>,
    pub(super) unit: &'a str,
    pub(super) samples: Vec<Sample<'a>>,
}

#[derive(Debug)]
pub(super) struct Sample<'a> {
    /// What the name has behind the family's.
    pub(super) suffix: &'static str,
    pub(super) labels: Vec<Label<'a>>,
    pub(super) value: &'a str,
    pub(super) timestamp: Option<Timestamp<'a>>,
    /// All of it, as it was written.
    pub(super) exemplar: Option<&'a str>,
    /// The number of its line in the source.
    pub(super) line: usize,
    /// Which of the family's series it belongs to: samples of one series stand together.
    pub(super) series: usize,
    /// The upper bound of a bucket.
    pub(super) bound: Option<f64>,
    /// Whether OpenMetrics does not allow it, and the text format does.
    pub(super) only_text: bool,
}

impl<'a> Family<'a> {
    pub(super) const fn new(name: &'a str) -> Self {
        Family { name, kind: Kind::Unknown, typed: false, help: None, unit: "", samples: Vec::new() }
    }

    /// All names that it takes, in either format.
    pub(super) fn sample_names(&self) -> impl Iterator<Item = String> {
        let suffixes = self.kind.shape().samples.iter().filter(|suffix| !suffix.is_empty());
        [""].iter().chain(suffixes).map(|suffix| format!("{}{suffix}", self.name))
    }

    /// Names a counter as OpenMetrics does, if that has a name for it, and puts together what belongs to one
    /// series, as OpenMetrics demands.
    pub(super) fn finish(&mut self) {
        if self.kind == Kind::BareCounter
            && let Some(name) = self.name.strip_suffix("_total").filter(|name| !name.is_empty())
        {
            (self.name, self.kind) = (name, Kind::Counter);
            self.samples.iter_mut().for_each(|sample| sample.suffix = "_total");
        }
        let mut places = HashMap::new();
        for sample in &mut self.samples {
            let next = places.len();
            sample.series = *places.entry(sample.labels_of_series(self.kind, self.name)).or_insert(next);
        }
        // Buckets by their bounds, then all else as it came.
        self.samples.sort_by(|a, b| a.series.cmp(&b.series).then_with(|| a.compare_bounds(b)));
    }
}

impl<'a> Sample<'a> {
    /// Its value. The parser has seen that it is a number.
    pub(super) fn number(&self) -> f64 {
        self.value.parse().unwrap_or(f64::NAN)
    }

    /// What a label says, as it was written.
    pub(super) fn label(&self, name: &str) -> Option<&'a str> {
        self.labels.iter().find(|label| label.name == name).map(|label| label.value)
    }

    fn compare_bounds(&self, other: &Self) -> Ordering {
        match (self.bound, other.bound) {
            (Some(own), Some(other)) => own.total_cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }

    /// The labels that all samples of one series share, in an order of their own.
    fn labels_of_series(&self, kind: Kind, family: &str) -> Vec<Label<'a>> {
        let own = match (kind, self.suffix) {
            // All of them are one to OpenMetrics' readers.
            (Kind::Info, _) => return Vec::new(),
            (Kind::StateSet, _) => Some(family),
            _ => kind.needs(self.suffix),
        };
        let shared = self.labels.iter().filter(|label| own != Some(label.name));
        let mut labels: Vec<_> = shared.copied().collect();
        labels.sort_unstable();
        labels
    }
}
