//! A scrape as a set of lines that two libraries can be compared by.

use std::collections::BTreeSet;

/// Reads a page of the text format or of OpenMetrics: labels in alphabetical order, numbers as they are
/// stored. The order of series and of labels means nothing to Prometheus, nor does the way to write a number.
pub fn lines(page: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for line in page.lines().filter(|line| !line.is_empty() && *line != "# EOF") {
        let line = if line.starts_with('#') { line.to_owned() } else { sample(line) };
        assert!(seen.insert(line.clone()), "twice: {line}");
    }
    seen
}

fn sample(line: &str) -> String {
    let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
    let value: f64 = value.parse().expect("a value is a number");
    let Some((name, labels)) = series.split_once('{') else { return format!("{series} {value}") };
    let labels = labels.strip_suffix('}').expect("labels end");
    // No text of a port has a quote and a comma in a row.
    let mut labels: Vec<_> = labels.split_inclusive("\",").map(|label| label.trim_end_matches(',')).collect();
    labels.sort_unstable();
    format!("{name}{{{}}} {value}", labels.join(","))
}
