//! How a metric event becomes a line: a file per format, and what they share.

mod emf;
mod json;
mod logfmt;

use std::fmt;
use std::str::FromStr;
use tracing::Event;

/// What a line of [`Layer`](super::Layer) looks like. The [recipes](super::recipes) say which reader takes which.
///
/// Every format writes one event as one line, whatever its labels hold, and no label can forge a line or a key. Labels
/// and values keep their declared order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `[metrics] event=outbox.published type=email.received matched=3`: what [`Lines`](super::Lines) prints.
    #[default]
    Prefixed,
    /// The same for readers that want nothing but pairs, and time and level among them:
    /// `time=2026-05-04T09:00:00.000001Z level=info event=outbox.published type=email.received matched=3`.
    Logfmt,
    /// A JSON object a line: `time`, `level` and `target` as text, then the fields, text as text, numbers as numbers.
    ///
    /// Integers are exact up to `u64::MAX`. Floats that are no number, for which JSON has no spelling, are the texts
    /// `"NaN"`, `"+Inf"` and `"-Inf"`, as Prometheus' API has them. Text reads back exactly as it was recorded: control
    /// characters, line separators and bidirectional controls are escaped.
    Json,
    /// CloudWatch's [Embedded Metric Format], which makes metrics of log lines as they arrive. Experimental: what we
    /// write may change with any release, and no CloudWatch has judged it yet.
    ///
    /// The line is a JSON object that has the event's labels as text, a member for each instrument that the call
    /// records in, and `_aws`, which says so: in the namespace of the surface (else the name of the crate that declares
    /// it), with the instrument's labels as dimensions and its unit in CloudWatch's terms: `Seconds`, `Bytes`,
    /// `Count/Second` for hertz, `Count` for a counter without a unit, and `None` for what CloudWatch has no word for. Of an
    /// up-down counter it is the change.
    ///
    /// CloudWatch's rules bend some of it: dimensions are at most 30 and hold at most 1,024 bytes of ASCII, so any other
    /// character is written `?`, and what has no visible character is no dimension; numbers that are not finite, and
    /// those beyond 2³⁶⁰, are left out, as are histograms in a summary; a metric that is called as a label is, is written with the namespace before it;
    /// of two constants with one key, the first is a dimension.
    ///
    /// Instruments and units stand in the declaration, which no `tracing` event carries; the layer finds it beside the event
    /// only if the `Log` is of the same version of this crate as the layer, and writes in the caller's thread. An event
    /// that comes in another way is written as [`Json`](Self::Json), with all its numbers and without `_aws`, so that
    /// CloudWatch makes no metric of it. `cargo tree --duplicates` shows whether a program has two versions.
    ///
    /// [Embedded Metric Format]:
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    Emf,
}

impl Format {
    /// All of them.
    pub const ALL: &[Format] = &[Format::Prefixed, Format::Logfmt, Format::Json, Format::Emf];

    /// The name in a configuration.
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

    /// Appends the line of a metric event, and its end.
    pub(super) fn write(self, event: &Event<'_>, out: &mut String) {
        match self {
            Format::Prefixed => logfmt::prefixed(event, out),
            Format::Logfmt => logfmt::timed(event, out),
            Format::Json => json::write(event, out),
            Format::Emf => emf::write(event, out),
        }
        out.push('\n');
    }
}

/// A name that no format has. `Debug` prints what `Display` does.
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
        let known = Format::ALL.iter().find(|format| name.trim().eq_ignore_ascii_case(format.name()));
        known.copied().ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

fn push_u64(n: u64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

fn push_i64(n: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

/// The shortest text that reads back as the same float, without a trailing `.0`.
fn push_finite(n: f64, out: &mut String) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(n);
    out.push_str(text.strip_suffix(".0").unwrap_or(text));
}

/// What is no number, as Prometheus spells it.
fn not_finite(n: f64) -> &'static str {
    if n.is_nan() {
        "NaN"
    } else if n > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

/// Characters that end a line, move a cursor or turn the text around for some reader; and U+FFFD, at which mtail 3.0
/// takes the rest of the file for text that is still to come.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}' | '\u{2029}'
            | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{fffd}')
}

/// Which bytes are visible ASCII, but for these: what a format writes as it is.
const fn visible_but(marked: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = true;
        byte += 1;
    }
    let mut at = 0;
    while at < marked.len() {
        table[marked[at] as usize] = false;
        at += 1;
    }
    table
}
