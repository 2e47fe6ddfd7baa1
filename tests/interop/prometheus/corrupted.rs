//! The judges are judged: an exposition is corrupted in one place, as encoders do it, and they must say so.

use crate::http::Endpoint;
use crate::promtool;
use crate::samples::Samples;
use crate::server::{Prometheus, Version};
use crate::strict::{Read, Strict};
use Verdict::{Differs, NotAsked, Passed, Refused};
use std::time::SystemTime;
use telemetry::prometheus::Format::{self, OpenMetrics, Text};
use telemetry::prometheus::render;
use telemetry::{Registry, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, #[label(cap = 8)] route: &str);

    /// How long they took.
    #[histogram(buckets = [0.5, 2.0], unit = seconds)]
    fn took(&self, #[label(cap = 8)] route: &str, seconds: f64);

    /// Open connections.
    #[gauge]
    fn set_connections(&self, n: u64);
}

const ROUTE: &str = "/say \"hi\"\n\\";

fn recorded() -> Registry {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    metrics.requests(ROUTE);
    metrics.requests("x\"} 1\nfake_metric{a=\"b");
    for seconds in [0.25, 1.0, 1.5, 4.0] {
        metrics.took(ROUTE, seconds);
    }
    metrics.set_connections(7);
    registry
}

/// What one judge says to one exposition, the strictest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// It does not know the format.
    NotAsked,
    /// It sees nothing wrong.
    Passed,
    /// It takes it, and sees something else than what was recorded.
    Differs,
    /// It does not take it.
    Refused,
}

struct Corruption {
    name: &'static str,
    format: Format,
    /// What is replaced, by what.
    edits: &'static [(&'static str, &'static str)],
    /// What strict, promtool and the server say at the least: later releases may be stricter.
    verdicts: [Verdict; 3],
}

const fn row(
    name: &'static str,
    format: Format,
    edits: &'static [(&'static str, &'static str)],
    verdicts: [Verdict; 3],
) -> Corruption {
    Corruption { name, format, edits, verdicts }
}

const CORRUPTIONS: &[Corruption] = &[
    row("sound", Text, &[], [Passed, Passed, Passed]),
    // What all three refuse.
    row("quote", Text, &[(r#"say \""#, r#"say ""#)], [Refused, Refused, Refused]),
    row("backslash", Text, &[(r#"\n\\""#, r#"\n\""#)], [Refused, Refused, Refused]),
    row("help", Text, &[("Open connections", "Open\nconnections")], [Refused, Refused, Refused]),
    row("number", Text, &[("connections 7", "connections 7,5")], [Refused, Refused, Refused]),
    row("key", Text, &[("{route=", "{rou-te=")], [Refused, Refused, Refused]),
    // What some take, or take for something else.
    row("newline", Text, &[(r#"hi\"\n"#, "hi\\\"\n")], [Refused, Refused, Passed]),
    row(
        "forged",
        Text,
        &[(r#"x\"} 1\nfake_metric{a=\""#, "x\"} 1\nfake_metric{a=\"")],
        [Differs, Refused, Differs],
    ),
    row("comma", Text, &[(",le=", " le=")], [Refused, Refused, Passed]),
    row("crlf", Text, &[("\n", "\r\n")], [Passed, Refused, Refused]),
    row("le-twice", Text, &[("le=\"0.5\"", "le=\"0.5\",le=\"0.5\"")], [Refused, Passed, Refused]),
    row("twice", Text, &[("connections 7", "connections 7\napp_connections 7")], [Refused, Passed, Refused]),
    row("value", Text, &[("connections 7", "connections 8")], [Differs, Passed, Differs]),
    row("lost", Text, &[("app_connections 7\n", "")], [Differs, Passed, Differs]),
    row("falling", Text, &[("le=\"2.0\"} 3", "le=\"2.0\"} 0")], [Differs, Passed, Differs]),
    row("no-inf", Text, &[("le=\"+Inf\"", "le=\"8.0\"")], [Differs, Passed, Differs]),
    row("inf", Text, &[("+Inf", "inf")], [Differs, Passed, Differs]),
    row("bound", Text, &[("le=\"2.0\"", "le=\"2\"")], [Differs, Passed, Differs]),
    row("no-total", Text, &[("requests_total", "requests")], [Passed, Refused, Differs]),
    row("type", Text, &[("connections gauge", "connections counter")], [Differs, Refused, Passed]),
    row("no-help", Text, &[("# HELP app_connections Open connections.\n", "")], [Passed, Refused, Passed]),
    row("no-end", Text, &[("connections 7\n", "connections 7")], [Passed, Refused, Passed]),
    // The same and more in OpenMetrics.
    row("om-sound", OpenMetrics, &[], [Passed, NotAsked, Passed]),
    row("om-quote", OpenMetrics, &[(r#"say \""#, r#"say ""#)], [Refused, NotAsked, Refused]),
    row("om-backslash", OpenMetrics, &[(r#"\n\\""#, r#"\n\""#)], [Refused, NotAsked, Refused]),
    row("om-newline", OpenMetrics, &[(r#"hi\"\n"#, "hi\\\"\n")], [Refused, NotAsked, Refused]),
    row("om-le-twice", OpenMetrics, &[("le=\"0.5\"", "le=\"0.5\",le=\"0.5\"")], [Refused, NotAsked, Refused]),
    row("om-no-eof", OpenMetrics, &[("# EOF\n", "")], [Refused, NotAsked, Refused]),
    row("om-crlf", OpenMetrics, &[("\n", "\r\n")], [Refused, NotAsked, Refused]),
    row("om-blank", OpenMetrics, &[("# EOF", "\n# EOF")], [Refused, NotAsked, Refused]),
    row("om-unit", OpenMetrics, &[("seconds seconds", "seconds bytes")], [Refused, NotAsked, Refused]),
    row("om-falling", OpenMetrics, &[("le=\"2.0\"} 3", "le=\"2.0\"} 0")], [Refused, NotAsked, Differs]),
    row("om-no-inf", OpenMetrics, &[("le=\"+Inf\"", "le=\"8.0\"")], [Refused, NotAsked, Differs]),
    row("om-count", OpenMetrics, &[(r#"\n\\"} 4"#, r#"\n\\"} 5"#)], [Refused, NotAsked, Differs]),
    row("om-no-total", OpenMetrics, &[("requests_total", "requests")], [Refused, NotAsked, Differs]),
    row("om-negative", OpenMetrics, &[("\\\\\"} 1\n", "\\\\\"} -1\n")], [Refused, NotAsked, Differs]),
    row(
        "om-apart",
        OpenMetrics,
        &[("app_connections 7\n", ""), ("# TYPE app_requests ", "app_connections 7\n# TYPE app_requests ")],
        [Refused, NotAsked, Passed],
    ),
];

impl Corruption {
    fn corrupted(&self, body: &str) -> String {
        self.edits.iter().fold(body.to_owned(), |body, (from, to)| {
            assert!(body.contains(from), "{} finds nothing to corrupt in:\n{body}", self.name);
            body.replace(from, to)
        })
    }
}

/// Not ours to say: when it began, and what the registry says of itself.
fn plain(samples: Samples) -> Samples {
    let mut samples = samples.only(|name| !name.starts_with("telemetry_"));
    samples.created_since(SystemTime::UNIX_EPOCH);
    samples
}

fn compared(expected: &Samples, read: Result<Samples, String>) -> Verdict {
    match read.map(|samples| expected.differences(&plain(samples))) {
        Err(_) => Refused,
        Ok(differences) if differences.is_empty() => Passed,
        Ok(_) => Differs,
    }
}

fn expected(format: Format) -> Samples {
    let mut all = Samples::default();
    all.counter(format, "app_requests", &[("route", ROUTE)], 1.0);
    all.counter(format, "app_requests", &[("route", "x\"} 1\nfake_metric{a=\"b")], 1.0);
    let buckets = [("0.5", 1.0), ("2.0", 3.0), ("+Inf", 4.0)];
    all.histogram(format, "app_took_seconds", &[("route", ROUTE)], &buckets, Some(6.75));
    all.gauge("app_connections", &[], 7.0);
    all
}

#[test]
fn the_judges_refuse_what_encoders_get_wrong() {
    let registry = recorded();
    let [text, open_metrics] = [Text, OpenMetrics].map(|format| render(&registry, format));
    let corrupted = |row: &Corruption| {
        row.corrupted(match row.format {
            Text => &text,
            OpenMetrics => &open_metrics,
        })
    };
    let bodies: Vec<String> = CORRUPTIONS.iter().map(corrupted).collect();
    let endpoints = CORRUPTIONS.iter().zip(&bodies);
    let endpoints = endpoints.map(|(row, body)| Endpoint::of(row.format.content_type(), body.clone()));
    let endpoints: Vec<Endpoint> = endpoints.collect();
    let targets = CORRUPTIONS.iter().zip(&endpoints);
    let targets: Vec<_> = targets.map(|(row, endpoint)| (row.name, endpoint.address)).collect();
    let server = Prometheus::start(Version::Two, "corrupted", &targets);

    let mut strict = Strict::start();
    let mut wrong = Vec::new();
    for (row, body) in CORRUPTIONS.iter().zip(&bodies) {
        let expected = expected(row.format);
        let read = strict.read(row.format, body).map(|Read { samples, .. }| samples);
        let promtool = match row.format {
            Text if promtool::check(body).is_ok() => Passed,
            Text => Refused,
            OpenMetrics => NotAsked,
        };
        let verdicts = [compared(&expected, read), promtool, compared(&expected, server.read(row.name))];
        let is_mild = verdicts.iter().zip(row.verdicts).any(|(verdict, least)| *verdict < least);
        if is_mild || (row.edits.is_empty() && verdicts != row.verdicts) {
            wrong.push(format!("{}: {verdicts:?}, and not {:?}", row.name, row.verdicts));
        }
    }
    assert!(wrong.is_empty(), "strict, promtool and server:\n{}", wrong.join("\n"));
}
