//! The choices of how lines are written.

/// The dialect of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Etsy's, which all servers read. It has no tags: labels become a part of the name.
    #[default]
    Plain,
    /// Datadog's. Labels become tags.
    DogStatsd,
}

/// The metric type of histogram samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Histograms {
    /// `|ms`, a timer. Seconds become milliseconds; other units stay as they are.
    Milliseconds,
    /// `|h`, of `DogStatsD`. The agent aggregates it.
    Histogram,
    /// `|d`, of `DogStatsD`. Datadog aggregates it.
    Distribution,
}

impl Histograms {
    /// Returns the type as a line has it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Histograms::Milliseconds => "ms",
            Histograms::Histogram => "h",
            Histograms::Distribution => "d",
        }
    }
}

#[cfg(feature = "pipeline")]
crate::setting::deserialize_by_name! {
    Dialect: &[("plain", Dialect::Plain), ("dogstatsd", Dialect::DogStatsd)];
    Histograms: &[
        ("milliseconds", Histograms::Milliseconds),
        ("histogram", Histograms::Histogram),
        ("distribution", Histograms::Distribution),
    ];
}
