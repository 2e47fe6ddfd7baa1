//! What a reader sees of an exposition, and what it should have seen.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::SystemTime;
use telemetry::prometheus::Format;

/// A sample's name and labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
}

impl Series {
    pub fn new(name: &str, labels: &[(&str, &str)]) -> Self {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Series { name: name.to_owned(), labels }
    }

    fn with(&self, key: &str, value: &str) -> Self {
        let mut series = self.clone();
        series.labels.insert(key.to_owned(), value.to_owned());
        series
    }

    fn named(&self, suffix: &str) -> Self {
        Series { name: format!("{}{suffix}", self.name), labels: self.labels.clone() }
    }
}

/// Every series, once, and its value.
#[derive(Clone, Debug, Default)]
pub struct Samples(BTreeMap<Series, f64>);

/// What all `_created` samples are taken for, once they were found to be the time of this test.
const CREATED: f64 = 1.0;

impl Samples {
    pub fn add(&mut self, series: Series, value: f64) {
        assert!(!self.0.contains_key(&series), "a series that comes twice: {series:?}");
        self.0.insert(series, value);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn counter(&mut self, format: Format, family: &str, labels: &[(&str, &str)], value: f64) {
        let family = Series::new(family, labels);
        self.add(family.named("_total"), value);
        self.created(format, &family);
    }

    pub fn gauge(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.add(Series::new(name, labels), value);
    }

    /// `buckets` are bounds, as they are spelled, with the numbers up to them; the last one is the count.
    pub fn histogram(
        &mut self,
        format: Format,
        family: &str,
        labels: &[(&str, &str)],
        buckets: &[(&str, f64)],
        sum: Option<f64>,
    ) {
        let family = Series::new(family, labels);
        for (bound, count) in buckets {
            self.add(family.named("_bucket").with("le", bound), *count);
        }
        if let (Some(sum), Some((_, count))) = (sum, buckets.last()) {
            self.add(family.named("_sum"), sum);
            self.add(family.named("_count"), *count);
        }
        self.created(format, &family);
    }

    fn created(&mut self, format: Format, family: &Series) {
        if format == Format::OpenMetrics {
            self.add(family.named("_created"), CREATED);
        }
    }

    /// Every `_created` sample must lie between this moment and now.
    pub fn created_since(&mut self, start: SystemTime) {
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        // They are exposed in milliseconds, cut.
        let range = seconds(start) - 0.001..=seconds(SystemTime::now());
        for (series, value) in self.0.iter_mut().filter(|(series, _)| series.name.ends_with("_created")) {
            assert!(range.contains(value), "{series:?} {value} not in {range:?}");
            *value = CREATED;
        }
    }

    /// All of them with one more label.
    pub fn labelled(self, key: &str, value: &str) -> Self {
        Samples(self.0.into_iter().map(|(series, number)| (series.with(key, value), number)).collect())
    }

    /// The samples whose names `keep` likes.
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|series, _| keep(&series.name));
        self
    }

    /// As Prometheus keeps them: an empty label is no label.
    pub fn without_empty_labels(self) -> Self {
        let mut kept = Samples::default();
        for (mut series, value) in self.0 {
            series.labels.retain(|_, value| !value.is_empty());
            kept.add(series, value);
        }
        kept
    }

    /// What is missing, extra or has another value in `found`: nothing, if all is well.
    pub fn differences(&self, found: &Samples) -> Vec<String> {
        let missing = self.0.iter().filter(|(series, _)| !found.0.contains_key(series));
        let missing = missing.map(|(series, value)| format!("missing: {series:?} {value}"));
        let seen = found.0.iter().filter_map(|(series, value)| match self.0.get(series) {
            None => Some(format!("extra: {series:?} {value}")),
            Some(wanted) if wanted.to_bits() == value.to_bits() || (wanted.is_nan() && value.is_nan()) => {
                None
            }
            Some(wanted) => Some(format!("{series:?} is {value}, and should be {wanted}")),
        });
        missing.chain(seen).collect()
    }

    /// Fails unless `found` is the same.
    pub fn assert_same(&self, found: &Samples, judge: &str) {
        let differences = self.differences(found);
        assert!(differences.is_empty(), "{judge} sees {}:\n{}", differences.len(), differences.join("\n"));
        assert!(!self.0.is_empty(), "nothing was compared with nothing");
    }
}

#[allow(dead_code, reason = "`interop/logs` needs it")]
impl Samples {
    /// With every label's value as this maps it. What becomes one series is added up.
    pub fn mapped(self, map: impl Fn(&str) -> String) -> Self {
        self.changed(|series| series.labels.values_mut().for_each(|value| *value = map(value)))
    }

    /// With every name as this maps it.
    pub fn renamed(self, map: impl Fn(&str) -> String) -> Self {
        self.changed(|series| series.name = map(&series.name))
    }

    /// With the values of a label as this maps them. What becomes one series is added up.
    pub fn with_label_mapped(self, key: &str, map: impl Fn(&str) -> String) -> Self {
        self.changed(|series| {
            if let Some(value) = series.labels.get_mut(key) {
                *value = map(value);
            }
        })
    }

    /// Without a label. What becomes one series is added up.
    pub fn without_label(self, key: &str) -> Self {
        self.changed(|series| _ = series.labels.remove(key))
    }

    fn changed(self, change: impl Fn(&mut Series)) -> Self {
        let mut changed = Samples::default();
        for (mut series, value) in self.0 {
            change(&mut series);
            *changed.0.entry(series).or_default() += value;
        }
        changed
    }
}

/// What is said about a family.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Meta {
    #[serde(rename = "type")]
    pub kind: String,
    pub help: String,
    pub unit: String,
}

/// By a family's name.
pub type Metas = BTreeMap<String, Meta>;
