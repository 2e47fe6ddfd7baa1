//! An external family, under its OpenMetrics name whatever format it came in.

use super::error::{ExpositionError, LineError};
use super::line::{Label, Timestamp};
use std::cmp::Ordering;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    /// A counter whose samples have no `_total`, which only the text format allows.
    BareCounter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
    Unknown,
}

/// The form of a kind in both formats.
pub(crate) struct Shape {
    /// The suffixes of sample names.
    pub(crate) samples: &'static [&'static str],
    pub(crate) open_metrics: &'static str,
    /// The type and the suffix of the family's name in the text format; `None` if it has nothing like it.
    pub(crate) text: Option<(&'static str, &'static str)>,
}

/// All suffixes of sample names except the empty one.
pub(crate) const SUFFIXES: [&str; 8] =
    ["_total", "_created", "_bucket", "_sum", "_count", "_gsum", "_gcount", "_info"];

impl Kind {
    pub(crate) const fn shape(self) -> Shape {
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

    pub(crate) fn has_samples(self, suffix: &str) -> bool {
        self.shape().samples.contains(&suffix)
    }

    /// Returns the label that samples with this suffix must have, and whose value must be a number.
    pub(crate) fn needs(self, suffix: &str) -> Option<&'static str> {
        match (self, suffix) {
            (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some("le"),
            (Kind::Summary, "") => Some("quantile"),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Family<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    /// Set by a `# TYPE` line.
    pub(crate) typed: bool,
    /// Unescaped.
    pub(crate) help: Option<String>,
    pub(crate) unit: &'a str,
    pub(crate) samples: Vec<Sample<'a>>,
}

#[derive(Debug)]
pub(crate) struct Sample<'a> {
    /// The end of the sample's name, after the family's.
    pub(crate) suffix: &'static str,
    pub(crate) labels: Vec<Label<'a>>,
    pub(crate) value: &'a str,
    pub(crate) timestamp: Option<Timestamp<'a>>,
    /// The source's own spelling of all of it.
    pub(crate) exemplar: Option<&'a str>,
    /// The number of its line in the source.
    pub(crate) line: usize,
    /// The number of its series in the family. Samples of one series are neighbours.
    pub(crate) series: usize,
    /// The upper bound of a bucket.
    pub(crate) bound: Option<f64>,
    /// Set if the text format allows it and OpenMetrics does not.
    pub(crate) only_text: bool,
}

impl<'a> Family<'a> {
    pub(crate) const fn new(name: &'a str) -> Self {
        Family { name, kind: Kind::Unknown, typed: false, help: None, unit: "", samples: Vec::new() }
    }

    /// Creates the error of a line of this family.
    pub(crate) fn error(&self, line: usize, reason: &'static str) -> ExpositionError {
        LineError::contradiction(reason).at(line, "", self.name)
    }

    /// Returns all names that the family takes, in either format.
    pub(crate) fn sample_names(&self) -> impl Iterator<Item = String> {
        let suffixes = self.kind.shape().samples.iter().filter(|suffix| !suffix.is_empty());
        [""].iter().chain(suffixes).map(|suffix| format!("{}{suffix}", self.name))
    }

    /// Gives a counter its OpenMetrics name, if there is one, and groups the samples by series, as
    /// OpenMetrics demands.
    pub(crate) fn finish(&mut self) {
        if self.kind == Kind::BareCounter
            && let Some(name) = self.name.strip_suffix("_total").filter(|name| !name.is_empty())
        {
            (self.name, self.kind) = (name, Kind::Counter);
            self.samples.iter_mut().for_each(|sample| sample.suffix = "_total");
        }
        let mut numbers = HashMap::new();
        for sample in &mut self.samples {
            let next = numbers.len();
            sample.series = *numbers.entry(sample.labels_of_series(self.kind, self.name)).or_insert(next);
        }
        // Buckets by their bounds, then the other samples in the order of the source.
        self.samples.sort_by(|a, b| a.series.cmp(&b.series).then_with(|| a.compare_bounds(b)));
    }
}

impl<'a> Sample<'a> {
    /// Returns the value, which the parser has checked to be a number.
    pub(crate) fn number(&self) -> f64 {
        let number = self.value.parse();
        debug_assert!(number.is_ok(), "the parser takes numbers only");
        number.unwrap_or(f64::NAN)
    }

    /// Returns the escaped value of a label.
    pub(crate) fn label(&self, name: &str) -> Option<&'a str> {
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

    /// Returns the sorted labels that all samples of one series share.
    fn labels_of_series(&self, kind: Kind, family: &str) -> Vec<Label<'a>> {
        let own = match (kind, self.suffix) {
            // Readers of OpenMetrics take all of them for one series.
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
