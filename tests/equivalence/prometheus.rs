//! What a scrape says: the text format, by a parser of this test's own.

use super::readings::{Readings, Total, series};
use super::scenario::{INSTRUMENTS, UP_DOWN};
use std::collections::BTreeMap;
use telemetry::Registry;
use telemetry::prometheus::{Format, render};

pub fn read(registry: &Registry) -> Readings {
    let mut readings = Readings::default();
    let mut histograms: BTreeMap<_, (u64, f64)> = BTreeMap::new();
    for line in render(registry, Format::Text).lines().filter(|line| line.starts_with("shop_")) {
        let (name, labels, number) = sample(line);
        // To Prometheus an empty value is no label.
        let labels = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let labels: Vec<_> = labels.filter(|label| *label != ("agent", "")).collect();
        let base = |suffix: &str| name.strip_suffix(suffix).and_then(known);
        if let Some(name) = base("_total") {
            readings.sum(name, &labels, number);
        } else if let Some(name) = base("_sum") {
            histograms.entry(series(name, &labels)).or_default().1 = number;
        } else if let Some(name) = base("_count") {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let count = number as u64;
            histograms.entry(series(name, &labels)).or_default().0 = count;
        } else if let Some(name) = known(&name) {
            if UP_DOWN.contains(&name) {
                readings.sum(name, &labels, number);
            } else {
                readings.gauge(name, &labels, number);
            }
        } else {
            assert!(name.ends_with("_bucket"), "{line}");
        }
    }
    for (series, (count, sum)) in histograms {
        readings.add(series, Total::Histogram { count, sum });
    }
    readings
}

fn known(name: &str) -> Option<&'static str> {
    INSTRUMENTS.iter().map(|(family, _)| *family).find(|family| *family == name)
}

fn sample(line: &str) -> (String, Vec<(String, String)>, f64) {
    let end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (key, after) = rest.split_once("=\"").unwrap();
            let (mut value, mut chars) = (String::new(), after.chars());
            loop {
                match chars.next().unwrap() {
                    '"' => break,
                    '\\' => value.push(match chars.next().unwrap() {
                        'n' => '\n',
                        escaped => escaped,
                    }),
                    c => value.push(c),
                }
            }
            labels.push((key.to_owned(), value));
            rest = chars.as_str();
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        rest = &rest[1..];
    }
    (name.to_owned(), labels, rest.trim().parse().unwrap())
}
