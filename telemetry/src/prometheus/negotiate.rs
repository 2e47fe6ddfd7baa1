//! Negotiates the format and the compression that a scraper accepts.

use super::{Format, PROTOBUF_CONTENT_TYPE};

/// The specificity with which an entry of `Accept` matches a format, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Anything,
    Type,
    Exact,
}

/// The weight of one format or coding, from its most specific entry.
#[derive(Clone, Copy, Debug, Default)]
struct Weighed {
    fit: Option<Fit>,
    /// In thousandths, as [RFC 9110] counts.
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110.html#name-quality-values
    quality: u16,
}

impl Weighed {
    fn see(&mut self, fit: Option<Fit>, quality: u16) {
        if fit > self.fit {
            *self = Weighed { fit, quality };
        } else if fit.is_some() && fit == self.fit {
            self.quality = self.quality.max(quality);
        }
    }
}

/// The encoding of an exposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text(Format),
    Protobuf,
}

impl Encoding {
    /// Selects the encoding for a request's `Accept` header: protobuf if it is named and has the highest `q`.
    pub(super) fn negotiate(accept: Option<&str>) -> Self {
        let accepted = Accepted::of(accept);
        if accepted.protobuf.quality > accepted.text.quality.max(accepted.open_metrics.quality) {
            Encoding::Protobuf
        } else {
            Encoding::Text(accepted.text_format())
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Encoding::Text(format) => format.content_type(),
            Encoding::Protobuf => PROTOBUF_CONTENT_TYPE,
        }
    }
}

/// The weight of each format in an `Accept` header.
#[derive(Clone, Copy, Debug, Default)]
struct Accepted {
    text: Weighed,
    open_metrics: Weighed,
    /// Only as it is named: a wildcard stands for a text.
    protobuf: Weighed,
}

impl Accepted {
    fn of(accept: Option<&str>) -> Self {
        let mut accepted = Accepted::default();
        for entry in entries(accept.unwrap_or_default()) {
            if let Some(quality) = entry.quality() {
                accepted.text.see(entry.fit("text", "plain", "0.0.4"), quality);
                accepted.open_metrics.see(entry.fit("application", "openmetrics-text", "1.0.0"), quality);
                accepted.protobuf.see(entry.is_protobuf().then_some(Fit::Exact), quality);
            }
        }
        accepted
    }

    fn text_format(self) -> Format {
        let Accepted { text, open_metrics, .. } = self;
        if open_metrics.quality > 0 && (open_metrics.quality, open_metrics.fit) > (text.quality, text.fit) {
            Format::OpenMetrics
        } else {
            Format::Text
        }
    }
}

impl Format {
    /// Selects the text format for a request's `Accept` header; `None` is a request without one.
    /// [`Renderer::render_for`](super::Renderer::render_for) also knows protobuf.
    ///
    /// The highest `q` wins. Between equals, a format that is named wins over one that matches a wildcard,
    /// then the text format wins. If nothing matches, the result is the text format too, as in other
    /// exporters: an error would cost the scrape. Entries whose `q` is not a number from 0 to 1, and other
    /// versions of a format, do not count. Takes time in proportion to the header's length.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::Format;
    ///
    /// // Prometheus 2.42:
    /// let accept = "application/openmetrics-text;version=1.0.0,\
    ///     application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    /// assert_eq!(Format::negotiate(Some(accept)), Format::OpenMetrics);
    /// assert_eq!(Format::negotiate(Some("text/html")), Format::Text);
    /// assert_eq!(Format::negotiate(None), Format::Text);
    /// ```
    #[must_use]
    pub fn negotiate(accept: Option<&str>) -> Format {
        Accepted::of(accept).text_format()
    }
}

/// Returns whether an `Accept-Encoding` header prefers gzip to no compression, or accepts both equally.
#[cfg(feature = "prometheus-http")]
pub(super) fn accepts_gzip(accept_encoding: &str) -> bool {
    let mut gzip = Weighed::default();
    let mut identity = Weighed::default();
    for entry in entries(accept_encoding) {
        if let Some(quality) = entry.quality() {
            let name = entry.name;
            let is_gzip = name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip");
            let fit = if is_gzip { Some(Fit::Exact) } else { (name == "*").then_some(Fit::Anything) };
            gzip.see(fit, quality);
            identity.see(name.eq_ignore_ascii_case("identity").then_some(Fit::Exact), quality);
        }
    }
    gzip.quality > 0 && gzip.quality >= identity.quality
}

/// One entry of a list header: a name and parameters.
struct Entry<'a> {
    name: &'a str,
    parameters: &'a str,
}

fn entries(header: &str) -> impl Iterator<Item = Entry<'_>> {
    split(header, ',').map(|entry| {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        Entry { name: name.trim(), parameters }
    })
}

impl Entry<'_> {
    /// The value of a parameter, out of its quotes.
    fn parameter(&self, wanted: &str) -> Option<&str> {
        split(self.parameters, ';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
        })
    }

    /// Returns `q` in thousandths; `None` if it is invalid.
    fn quality(&self) -> Option<u16> {
        let Some(text) = self.parameter("q") else {
            return Some(1_000);
        };
        let quality: f64 = text.parse().ok()?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000")]
        (0.0..=1.0).contains(&quality).then_some((quality * 1_000.0).round() as u16)
    }

    /// Returns whether the entry names the protobuf format in its one form, which is binary.
    fn is_protobuf(&self) -> bool {
        let is =
            |name, value: &str| self.parameter(name).is_some_and(|asked| asked.eq_ignore_ascii_case(value));
        self.name.eq_ignore_ascii_case("application/vnd.google.protobuf")
            && is("proto", "io.prometheus.client.MetricFamily")
            && is("encoding", "delimited")
    }

    fn fit(&self, kind: &str, subtype: &str, version: &str) -> Option<Fit> {
        let (asked_kind, asked_subtype) = self.name.split_once('/')?;
        if self.name == "*/*" {
            return Some(Fit::Anything);
        }
        if !asked_kind.eq_ignore_ascii_case(kind) {
            return None;
        }
        if asked_subtype == "*" {
            return Some(Fit::Type);
        }
        let same = asked_subtype.eq_ignore_ascii_case(subtype)
            && self.parameter("version").is_none_or(|asked| asked == version);
        same.then_some(Fit::Exact)
    }
}

/// Splits at separators outside of double quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::Format::{OpenMetrics, Text};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn servers_get_what_they_ask_for() {
        let cases: &[(&str, Format)] = &[
            // Prometheus 2.42, as it was seen.
            (
                "application/openmetrics-text;version=1.0.0,\
                 application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                OpenMetrics,
            ),
            // Prometheus 3.5, as it was seen.
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                 encoding=delimited;q=0.6,\
                 application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                 application/openmetrics-text;version=0.0.1;q=0.4,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                 text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                OpenMetrics,
            ),
            // Prometheus 3 with `scrape_protocols: [PrometheusText0.0.4]`.
            ("text/plain;version=0.0.4;escaping=allow-utf-8;q=0.5,*/*;q=0.1", Text),
            ("text/plain;version=1.0.0;q=0.9,application/openmetrics-text;version=1.0.0;q=0.2", OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Text),
            ("application/openmetrics-text", OpenMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", OpenMetrics),
            ("Application/OpenMetrics-Text;Version=\"1.0.0\";Q=0.3", OpenMetrics),
            ("text/plain;q=0.3,application/openmetrics-text;q=0.4", OpenMetrics),
            ("text/plain;q=0.4,application/openmetrics-text;q=0.4", Text),
            ("*/*,application/openmetrics-text", OpenMetrics),
            ("application/openmetrics-text;q=0,*/*", Text),
            ("application/*", OpenMetrics),
            ("text/*", Text),
            ("*/*", Text),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", Text),
            ("application/json", Text),
            ("", Text),
        ];
        for (accept, format) in cases {
            assert_eq!(Format::negotiate(Some(accept)), *format, "{accept}");
        }
        assert_eq!(Format::negotiate(None), Text);
    }

    #[test]
    fn protobuf_is_for_servers_that_prefer_it() {
        const NAMED: &str =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        let protobuf = [
            format!("{NAMED};q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"),
            format!("{NAMED},application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5"),
            "Application/vnd.google.Protobuf; Proto=\"io.prometheus.client.MetricFamily\"; Encoding=delimited"
                .to_owned(),
        ];
        for accept in &protobuf {
            assert_eq!(Encoding::negotiate(Some(accept)), Encoding::Protobuf, "{accept}");
        }
        let text = [
            format!("{NAMED},text/plain"),
            format!("{NAMED};q=0.4,application/openmetrics-text;q=0.5"),
            format!("{NAMED};q=0"),
            NAMED.replace("delimited", "text"),
            NAMED.replace("io.prometheus.client.MetricFamily", "Other"),
            "application/vnd.google.protobuf".to_owned(),
            "application/*".to_owned(),
            String::new(),
        ];
        for accept in &text {
            let format = Format::negotiate(Some(accept));
            assert_eq!(Encoding::negotiate(Some(accept)), Encoding::Text(format), "{accept}");
        }
        assert_eq!(Encoding::negotiate(None), Encoding::Text(Text));
    }

    #[test]
    fn a_hostile_header_gets_text() {
        for quality in ["NaN", "inf", "-1", "2", "", "0x1", "1e999", "\u{665}"] {
            let accept = format!("application/openmetrics-text;q={quality}");
            assert_eq!(Format::negotiate(Some(&accept)), Text, "{quality}");
        }
        for junk in [",", ";", "/", "=", "\"", "a;q=", "\"a,", "*/*;q=NaN,", "text/plain;version="] {
            assert_eq!(Format::negotiate(Some(&junk.repeat(60_000 / junk.len()))), Text, "{junk}");
        }
    }

    #[cfg(feature = "prometheus-http")]
    #[test]
    fn gzip_is_for_who_asks() {
        for asks in
            ["gzip", "GZip", "deflate, gzip;q=0.5", "*", "x-gzip", "gzip, identity;q=0.5", "gzip;q=1,*;q=0"]
        {
            assert!(accepts_gzip(asks), "{asks}");
        }
        for not in ["", "identity", "br", "gzip;q=0", "gzip;q=0,*", "gzip;q=NaN", "identity,gzip;q=0.1"] {
            assert!(!accepts_gzip(not), "{not}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(header in any::<String>(), syntax in "[a-z*/;=\",.q01 ]{0,200}") {
            let _ = Encoding::negotiate(Some(&header));
            let _ = Encoding::negotiate(Some(&syntax));
        }
    }
}
