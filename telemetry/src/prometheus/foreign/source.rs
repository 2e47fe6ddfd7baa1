//! Reads a whole source: which lines belong to which family.

use super::family::{Family, Kind, SUFFIXES, Sample};
use super::line::{self, Dialect, Label, Line, Reading};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// What is wrong with a source or one of its families.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The number of the line.
    pub(super) line: usize,
    /// The name that the line is about.
    pub(super) name: String,
    pub(super) what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.name.is_empty() {
            write!(f, ", `{}`", self.name)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// The families of a source, each with all its samples, in the order in which they begin; or the first line that is
/// wrong.
pub(super) fn families(text: &str) -> Result<Vec<Family<'_>>, Fault> {
    let (dialect, body) = dialect(text);
    let families = HashMap::new();
    let mut source =
        Source { dialect, families: Vec::new(), places: families, series: HashSet::new(), line: 0 };
    for line in body.split_inclusive('\n') {
        source.line += 1;
        let whole = line.strip_suffix('\n').ok_or("the text ends within a line");
        let read = whole.and_then(|line| line::read(line, dialect)).and_then(|line| source.add(line));
        read.map_err(|what| Fault { line: source.line, name: cut(line::subject(line)), what })?;
    }
    source.families.iter_mut().for_each(Family::finish);
    Ok(source.families)
}

/// A name as a message has it: a source can hold anything.
fn cut(name: &str) -> String {
    name.chars().take(128).collect()
}

/// The format, and all lines but the one that tells it.
fn dialect(text: &str) -> (Dialect, &str) {
    let end = text.strip_suffix('\n').unwrap_or(text);
    match end.strip_suffix("# EOF") {
        Some(body) if body.is_empty() || body.ends_with('\n') => (Dialect::OpenMetrics, body),
        _ => (Dialect::Text, text),
    }
}

struct Source<'a> {
    dialect: Dialect,
    families: Vec<Family<'a>>,
    /// Where each family is, by the name that its own format gives it.
    places: HashMap<&'a str, usize>,
    series: HashSet<(&'a str, Vec<Label<'a>>)>,
    /// The number of the line that is read.
    line: usize,
}

impl<'a> Source<'a> {
    /// A fault if the line contradicts an earlier one.
    fn add(&mut self, line: Line<'a>) -> Result<(), line::Fault> {
        match line {
            Line::Nothing => Ok(()),
            Line::Type { name, of } => {
                let kind = kind(self.dialect, of).ok_or("the format has no such type")?;
                let family = self.family(name);
                let is_first = !family.typed && family.samples.is_empty();
                (family.kind, family.typed) = (kind, true);
                holds(is_first, "its type is said twice, or after a sample")
            }
            Line::Help { name, text } => {
                let earlier = self.family(name).help.replace(text.into_owned());
                holds(earlier.is_none(), "its help is said twice")
            }
            Line::Unit { name, unit } => {
                let earlier = std::mem::replace(&mut self.family(name).unit, unit);
                holds(earlier.is_empty(), "its unit is said twice")
            }
            Line::Sample(reading) => self.sample(reading),
        }
    }

    fn place(&mut self, name: &'a str) -> usize {
        *self.places.entry(name).or_insert_with(|| {
            self.families.push(Family::new(name));
            self.families.len() - 1
        })
    }

    fn family(&mut self, name: &'a str) -> &mut Family<'a> {
        let place = self.place(name);
        &mut self.families[place]
    }

    fn sample(&mut self, mut reading: Reading<'a>) -> Result<(), line::Fault> {
        let (place, suffix) = self.belonging(reading.name).ok_or("its type has no samples of this name")?;
        let (family, line) = (&mut self.families[place], self.line);
        if let Some(needed) = family.kind.needs(suffix) {
            let label = reading.labels.iter_mut().find(|label| label.name == needed);
            let label = label.ok_or("the sample lacks the label `le` of a bucket, or `quantile`")?;
            label.value = line::number(label.value).ok_or("the label `le` or `quantile` is not a number")?;
        }
        if reading.exemplar.is_some() && !matches!(suffix, "_total" | "_bucket") {
            return Err("only counters and buckets have exemplars");
        }
        let mut sorted = reading.labels.clone();
        sorted.sort_unstable();
        holds(self.series.insert((reading.name, sorted)), "the same series is there twice")?;
        let Reading { labels, value, timestamp, exemplar, .. } = reading;
        let exemplar = exemplar.and_then(|exemplar| exemplar.0);
        let bound = labels.iter().find(|label| suffix == "_bucket" && label.name == "le");
        let bound = bound.and_then(|label| label.value.parse().ok());
        let (series, only_text) = (0, false);
        family.samples.push(Sample {
            suffix,
            labels,
            value,
            timestamp,
            exemplar,
            line,
            series,
            bound,
            only_text,
        });
        Ok(())
    }

    /// Where the family is that has samples of this name, one that nothing was said about at the worst.
    fn belonging(&mut self, name: &'a str) -> Option<(usize, &'static str)> {
        if let Some(place) = self.places.get(name) {
            return self.families[*place].kind.has_samples("").then_some((*place, ""));
        }
        for suffix in SUFFIXES {
            let place = name.strip_suffix(suffix).and_then(|family| self.places.get(family));
            if let Some(place) = place.filter(|place| self.families[**place].kind.has_samples(suffix)) {
                return Some((*place, suffix));
            }
        }
        Some((self.place(name), ""))
    }
}

fn holds(condition: bool, fault: line::Fault) -> Result<(), line::Fault> {
    if condition { Ok(()) } else { Err(fault) }
}

fn kind(dialect: Dialect, of: &str) -> Option<Kind> {
    let kind = match (dialect, of) {
        (Dialect::Text, "counter") => Kind::BareCounter,
        (Dialect::Text, "untyped") | (Dialect::OpenMetrics, "unknown") => Kind::Unknown,
        (_, "gauge") => Kind::Gauge,
        (_, "histogram") => Kind::Histogram,
        (_, "summary") => Kind::Summary,
        (Dialect::OpenMetrics, "counter") => Kind::Counter,
        (Dialect::OpenMetrics, "gaugehistogram") => Kind::GaugeHistogram,
        (Dialect::OpenMetrics, "info") => Kind::Info,
        (Dialect::OpenMetrics, "stateset") => Kind::StateSet,
        _ => return None,
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let cases: &[(&str, Option<usize>)] = &[
            ("", None),
            ("# EOF", None),
            ("# EOF\n", None),
            ("a 1\n# EOF\n", None),
            ("a 1\n", None),
            ("a 1", Some(1)),
            ("a 1\n# EOF\nb 1\n", Some(2)),
            ("a 1\n# EOF\n# EOF\n", Some(2)),
            ("a 1\na 2\n", Some(2)),
            ("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n", Some(2)),
            ("a{x=\"1\"} 1\nb 1\na{x=\"2\"} 1\n", None),
            ("a 1 1\na 1 2\n", Some(2)),
            ("# TYPE a gauge\n# TYPE a gauge\n", Some(2)),
            ("a 1\n# TYPE a gauge\n", Some(2)),
            ("# HELP a x\n# HELP a x\n", Some(2)),
            ("# HELP a x\n# TYPE a gauge\na 1\n", None),
            ("# TYPE a unknown\n", Some(1)),
            ("# TYPE a info\n", Some(1)),
            ("# TYPE a untyped\n# EOF\n", Some(1)),
            ("# UNIT a_bytes bytes\n# UNIT a_bytes bytes\n# EOF\n", Some(2)),
            ("# TYPE a histogram\na 1\n", Some(2)),
            ("# TYPE a histogram\na_bucket 1\n", Some(2)),
            ("# TYPE a histogram\na_bucket{le=\"x\"} 1\n", Some(2)),
            ("# TYPE a summary\na 1\n", Some(2)),
            ("# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\na_count 1\n", None),
            ("# TYPE a counter\na 1\n# EOF\n", Some(2)),
            ("# TYPE a counter\na_total 1 # {} 1\n# EOF\n", None),
            ("# TYPE a gauge\na 1 # {} 1\n# EOF\n", Some(2)),
        ];
        for (text, wrong) in cases {
            assert_eq!(families(text).err().map(|fault| fault.line), *wrong, "{text:?}");
        }
    }

    /// Whatever breaks one line breaks the source, wherever a source is cut too.
    #[test]
    fn a_source_that_is_cut_is_wrong() {
        let text = "# TYPE a counter\na_total{x=\"1\"} 12\na_total{x=\"2\"} 1\n# EOF\n";
        for end in (1..text.len() - 1).filter(|end| !text[..*end].ends_with('\n')) {
            assert_eq!(families(&text[..end]).is_ok(), text[..end].ends_with("# EOF"), "{:?}", &text[..end]);
        }
    }
}
