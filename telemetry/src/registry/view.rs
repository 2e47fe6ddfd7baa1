//! Views: what an operator changes of the metrics that readers see.

mod affected;
mod error;
pub mod family;
mod nearest;
pub mod set;

pub use error::ViewError;

use std::fmt;

/// A change of what readers see of one instrument.
///
/// Views belong to the operator of a program, as in OpenTelemetry's SDKs. [`Builder::view`] takes one, and so
/// does the configuration of a pipeline, without a build. Prometheus, OTLP, statsd, the HTML page,
/// [`Registry::snapshot`] and exporters of your own read the same. The declaration, the catalog, the mock and
/// the log do not know views.
///
/// A view applies when the registry is read. Recording costs the same as before, in time and in memory.
///
/// | view | effect | instruments | OpenTelemetry's SDK |
/// |---|---|---|---|
/// | [`off`](Self::off) | no reader sees it | all | the drop aggregation |
/// | [`without`](Self::without) | some labels go away; the series that fall together are summed | counters, up-down counters, histograms | the exclude-list of attribute keys |
/// | [`buckets`](Self::buckets) | keeps some of the declared bounds | histograms | the boundaries of an explicit bucket histogram |
///
/// # Names
///
/// A view names its instrument as a reader shows it: `http_requests` or `http_requests_total` of Prometheus,
/// or `http.requests` of OTLP. It applies to the family under a former name (`was = "..."`) as well. A former
/// name itself can be turned [`off`](Self::off), and nothing else.
///
/// # Sums stay sums
///
/// A merged series begins with the first series that it adds up, and has its start time. If one of them
/// [goes away](crate::registry#series-that-are-removed), the merged series keeps what that one counted, so it
/// does not fall. It ends with its last series. If another one comes later, it begins from 0, with a start
/// time and an identity of its own. An up-down counter does not keep the part of a label set that has ended.
///
/// A series may go at once, because a label needs its place. Calls between its last reading and that moment
/// are in no reading, and so in no merged sum either.
///
/// # Alerts
///
/// Alert rules, objectives and dashboards come from the declaration, so a view can silence an alert. It can
/// make one fire too: the good events of a histogram's objective are those up to a bound, and without that
/// bound none is good. [`AppliedView::alerts`](super::AppliedView::alerts) and
/// [`AppliedView::slos`](super::AppliedView::slos) return those that read what a view takes away, and the page
/// has their names.
///
/// [`Builder::view`]: super::Builder::view
/// [`Registry::snapshot`]: super::Registry::snapshot
///
/// # Examples
///
/// ```
/// use telemetry::registry::View;
/// use telemetry::{Registry, metrics};
///
/// #[metrics(namespace = "http")]
/// pub trait Metrics {
///     /// Requests served.
///     #[counter]
///     fn requests(&self, #[label(cap = 64)] route: &str, cached: bool);
/// }
///
/// let registry = Registry::builder().view("http_requests", View::without(["route"])).build()?;
/// let metrics = registry.register::<dyn Metrics>()?;
/// registry.check_views()?;
/// metrics.requests("/", true);
/// metrics.requests("/about", true);
///
/// let snapshot = registry.snapshot();
/// let requests = snapshot.families().find(|family| family.name() == "requests").unwrap();
/// let lines = requests.series().map(|series| {
///     let labels: Vec<_> = series.labels().map(|(key, value)| format!("{key}={value}")).collect();
///     format!("{} {:?}", labels.join(","), series.point())
/// });
/// assert_eq!(lines.collect::<Vec<_>>(), ["cached=true Sum(U64(2))"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    is_off: bool,
    without: Vec<String>,
    buckets: Option<Vec<f64>>,
}

impl View {
    /// Hides the instrument from all readers.
    ///
    /// The program goes on recording it, and `Usage::series` goes on counting its series.
    #[must_use]
    pub fn off() -> Self {
        View { is_off: true, ..View::default() }
    }

    /// Takes labels away. The series that have the same values of all other labels become one, which is their
    /// sum. A key with dots may be written as Prometheus has it, with `_`.
    ///
    /// For counters, up-down counters and histograms. A sum of gauges has no meaning: of two temperatures it
    /// is no temperature. Nor does it apply to a counter whose totals somebody else keeps (`total = n`),
    /// since a fall of one would look like a fall of all.
    #[must_use]
    pub fn without<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        View { without: keys.into_iter().map(Into::into).collect(), ..View::default() }
    }

    /// Keeps these bounds of a histogram, which are some of the declared ones. The buckets between them
    /// become one, so all counts are exact.
    ///
    /// Without a bound, the count and the sum are left.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::registry::View;
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(namespace = "http")]
    /// pub trait Metrics {
    ///     /// Sizes of responses.
    ///     #[histogram(unit = bytes, buckets = [100, 1000, 10000])]
    ///     fn size(&self, bytes: u64);
    /// }
    ///
    /// let registry = Registry::builder().view("http_size_bytes", View::buckets([1000])).build()?;
    /// let metrics = registry.register::<dyn Metrics>()?;
    /// metrics.size(20);
    /// metrics.size(200);
    /// let snapshot = registry.snapshot();
    /// let size = snapshot.families().find(|family| family.name() == "size").unwrap();
    /// assert_eq!(size.bounds(), [1000.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn buckets<B: Into<f64>>(bounds: impl IntoIterator<Item = B>) -> Self {
        View { buckets: Some(bounds.into_iter().map(Into::into).collect()), ..View::default() }
    }

    /// Joins two views of one instrument, such as fewer labels and fewer buckets.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::registry::View;
    ///
    /// let view = View::without(["route"]).and(View::buckets([0.1, 1.0]));
    /// assert_eq!(view.to_string(), "without `route`, buckets 0.1, 1");
    /// ```
    #[must_use]
    pub fn and(mut self, other: View) -> Self {
        self.is_off |= other.is_off;
        self.without.extend(other.without);
        if let Some(bounds) = other.buckets {
            // Both keep their bounds: a bound that one of them does not keep is merged.
            self.buckets = Some(match self.buckets {
                Some(own) => own.into_iter().filter(|bound| bounds.contains(bound)).collect(),
                None => bounds,
            });
        }
        self
    }

    /// Returns whether it hides the instrument.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.is_off
    }

    /// Returns the keys of the labels that it takes away.
    #[must_use]
    pub fn removed_labels(&self) -> &[String] {
        &self.without
    }

    /// Returns the bounds that it keeps; `None` if it keeps all.
    #[must_use]
    pub fn kept_buckets(&self) -> Option<&[f64]> {
        self.buckets.as_deref()
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.is_off {
            parts.push("off".to_owned());
        }
        if !self.without.is_empty() {
            let keys: Vec<_> = self.without.iter().map(|key| format!("`{key}`")).collect();
            parts.push(format!("without {}", keys.join(", ")));
        }
        if let Some(bounds) = &self.buckets {
            let bounds: Vec<_> = bounds.iter().map(f64::to_string).collect();
            parts.push(format!(
                "buckets {}",
                if bounds.is_empty() { "none".to_owned() } else { bounds.join(", ") }
            ));
        }
        f.write_str(&parts.join(", "))
    }
}
