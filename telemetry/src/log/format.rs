//! The formats of a metric line, a file for each.

mod emf;
mod json;
mod logfmt;
mod text;
mod visit;

use super::added::AddedFields;
use std::fmt;
use std::str::FromStr;
use tracing::Event;

/// The format of the lines that [`Layer`](super::Layer) writes. The [recipes](super::recipes) list the
/// readers of each.
///
/// Every format writes one event as one line, whatever labels and context contain: no text can forge a line
/// or a key. Labels, values and context keep their declared order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `[metrics] event=outbox.published type=email.received matched=3`, which [`Lines`](super::Lines) prints
    /// too.
    #[default]
    Prefixed,
    /// Pairs only, time and level included:
    /// `time=2026-05-04T09:00:00.000001Z level=info event=outbox.published type=email.received matched=3`.
    Logfmt,
    /// One JSON object a line: `time`, `level` and `target` as strings, then the fields, text as strings and
    /// numbers as numbers.
    ///
    /// Integers are exact up to `u64::MAX`. JSON cannot spell floats that are not finite: they are the
    /// strings `"NaN"`, `"+Inf"` and `"-Inf"`, as in Prometheus' API. Text reads back exactly as it was
    /// recorded: control characters, line separators and bidirectional controls are escaped.
    Json,
    /// CloudWatch's [Embedded Metric Format]: CloudWatch turns these log lines into metrics. Experimental:
    /// the output may change in any release, and no CloudWatch has read it yet.
    ///
    /// The line is a JSON object with the event's labels as strings, a member for each instrument that the
    /// call records in, and `_aws`, which describes these members:
    ///
    /// | CloudWatch's | is |
    /// |---|---|
    /// | namespace | the surface's namespace; without one, the name of the crate that declares it |
    /// | dimensions | the instrument's labels |
    /// | unit | `Seconds`, `Bytes`, `Count/Second` (hertz), `Count` (counter without a unit); else `None` |
    /// | number | the number of this call; for an up-down counter, the change |
    ///
    /// Context is written as members that `_aws` does not name, as in [`Json`](Self::Json).
    ///
    /// CloudWatch's rules change or drop some of it:
    ///
    /// - A metric has at most 30 dimensions. A dimension's value has at most 1,024 bytes of ASCII; every
    ///   other character is written `?`. A value without a visible character is not a dimension.
    /// - Up-down counters with `in_flight` are left out: a line is written when an operation has ended.
    /// - Numbers that are not finite or are beyond 2³⁶⁰ are left out, and so are histograms in a summary.
    /// - A metric with the name of a label or of context is written with the namespace in front.
    /// - Of two constant labels with one key, the first is the dimension.
    ///
    /// Instruments and units are part of the declaration, which a `tracing` event does not carry. The layer
    /// finds the declaration only if the `Log` comes from the same version of this crate, and if the layer
    /// runs in the caller's thread. Other events are written as [`Json`](Self::Json), with all their numbers
    /// and without `_aws`, so CloudWatch makes no metric of them. `cargo tree --duplicates` shows whether a
    /// program has two versions.
    ///
    /// [Embedded Metric Format]:
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    Emf,
}

impl Format {
    /// All formats.
    pub const ALL: &[Format] = &[Format::Prefixed, Format::Logfmt, Format::Json, Format::Emf];

    /// Returns the format's name in a configuration. `str::parse` reads it.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::log::Format;
    ///
    /// assert_eq!(Format::Json.name(), "json");
    /// assert_eq!("json".parse(), Ok(Format::Json));
    /// assert_eq!(
    ///     "xml".parse::<Format>().unwrap_err().to_string(),
    ///     "unknown format `xml`, expected one of `prefixed`, `logfmt`, `json`, `emf`",
    /// );
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Prefixed => "prefixed",
            Format::Logfmt => "logfmt",
            Format::Json => "json",
            Format::Emf => "emf",
        }
    }

    /// Appends the line of a metric event, with what the layer adds, and a newline.
    pub(super) fn write(self, event: &Event<'_>, added: Option<&dyn AddedFields>, out: &mut String) {
        match self {
            Format::Prefixed => logfmt::prefixed(event, added, out),
            Format::Logfmt => logfmt::timed(event, added, out),
            Format::Json => json::write(event, added, out),
            Format::Emf => emf::write(event, added, out),
        }
        out.push('\n');
    }
}

/// The error for a name that no format has. `Debug` prints the same as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = Format::ALL.iter().map(|format| format!("`{}`", format.name())).collect();
        write!(f, "unknown format `{}`, expected one of {}", self.0, names.join(", "))
    }
}

crate::error::debug_as_display!(UnknownFormat);

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Format::ALL.iter().find(|format| name.trim().eq_ignore_ascii_case(format.name()));
        found.copied().ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
