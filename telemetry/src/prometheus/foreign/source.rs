//! Reads a whole source: which lines belong to which family.

use super::family::{Family, Kind, SUFFIXES, Sample};
use super::line::{self, Dialect, Label, Line, Reading};
use std::collections::{HashMap, HashSet};

/// The families of a source, each with all its samples, in the order in which they begin; or the number of
/// the line that is wrong.
pub(super) fn families(text: &str) -> Result<Vec<Family<'_>>, usize> {
    let (dialect, body) = dialect(text);
    let mut source = Source { dialect, families: Vec::new(), places: HashMap::new(), series: HashSet::new() };
    let mut number = 0_usize;
    for line in body.split_inclusive('\n') {
        number += 1;
        let line = line.strip_suffix('\n').ok_or(number)?;
        line::read(line, dialect).and_then(|line| source.add(line)).ok_or(number)?;
    }
    source.families.iter_mut().for_each(Family::finish);
    Ok(source.families)
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
}

impl<'a> Source<'a> {
    /// Nothing if the line contradicts an earlier one.
    fn add(&mut self, line: Line<'a>) -> Option<()> {
        match line {
            Line::Nothing => Some(()),
            Line::Type { name, of } => {
                let kind = kind(self.dialect, of)?;
                let family = self.family(name);
                let first = !family.typed && family.samples.is_empty();
                (family.kind, family.typed) = (kind, true);
                first.then_some(())
            }
            Line::Help { name, text } => {
                let earlier = self.family(name).help.replace(text.into_owned());
                earlier.is_none().then_some(())
            }
            Line::Unit { name, unit } => {
                let earlier = std::mem::replace(&mut self.family(name).unit, unit);
                earlier.is_empty().then_some(())
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

    fn sample(&mut self, reading: Reading<'a>) -> Option<()> {
        let (place, suffix) = self.belonging(reading.name)?;
        let family = &mut self.families[place];
        if let Some(needed) = family.kind.needs(suffix) {
            let label = reading.labels.iter().find(|label| label.name == needed)?;
            line::number(label.value)?;
        }
        if reading.exemplar.is_some() && !matches!(suffix, "_total" | "_bucket") {
            return None;
        }
        let mut sorted = reading.labels.clone();
        sorted.sort_unstable();
        self.series.insert((reading.name, sorted)).then_some(())?;
        let Reading { labels, value, timestamp, exemplar, .. } = reading;
        let exemplar = exemplar.and_then(|exemplar| exemplar.0);
        family.samples.push(Sample { suffix, labels, value, timestamp, exemplar });
        Some(())
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
            assert_eq!(families(text).err(), *wrong, "{text:?}");
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
