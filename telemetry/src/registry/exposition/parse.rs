//! Parses a whole source: assigns its lines to families.

use super::error::{ExpositionError, LineError};
use super::family::{Family, Kind, SUFFIXES, Sample};
use super::line::{self, Dialect, Label, Line, SampleLine};
use std::collections::{HashMap, HashSet};

/// The most samples of a source: some 100 bytes each are held while it is read.
const SAMPLES_MAX: usize = 500_000;

/// The reason of the error for a source with more samples.
pub(crate) const TOO_MANY_SAMPLES: &str = "text has more than 500,000 samples";

/// Returns the families of a source, each with all its samples, in the order in which they begin.
///
/// # Errors
///
/// Returns the first line that is wrong.
pub(crate) fn families(text: &str) -> Result<Vec<Family<'_>>, ExpositionError> {
    let (dialect, body) = dialect(text);
    let mut source =
        Source { dialect, families: Vec::new(), indices: HashMap::new(), series: HashSet::new(), line: 0 };
    for line in body.split_inclusive('\n') {
        source.line += 1;
        source.line(line).map_err(|error| error.at(source.line, line, line::subject(line)))?;
    }
    source.families.iter_mut().for_each(Family::finish);
    Ok(source.families)
}

/// Returns the format of a source, and all lines except the one that marks the format.
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
    /// The index of each family, by its name in the source's format.
    indices: HashMap<&'a str, usize>,
    series: HashSet<(&'a str, Vec<Label<'a>>)>,
    /// The number of the current line.
    line: usize,
}

impl<'a> Source<'a> {
    /// Adds a line with its line break. Fails if it is wrong or contradicts an earlier one.
    fn line(&mut self, line: &'a str) -> Result<(), LineError> {
        let Some(whole) = line.strip_suffix('\n') else {
            return Err(LineError { index: Some(line.len()), reason: "text ends in the middle of a line" });
        };
        match line::parse(whole, self.dialect)? {
            Line::Nothing => Ok(()),
            Line::Type { name, of } => {
                let kind = kind(self.dialect, of).ok_or(LineError::contradiction("unknown metric type"))?;
                let family = self.family(name);
                let is_first = !family.typed && family.samples.is_empty();
                (family.kind, family.typed) = (kind, true);
                ensure(is_first, "`# TYPE` line is repeated, or follows a sample of the family")
            }
            Line::Help { name, text } => {
                let earlier = self.family(name).help.replace(text.into_owned());
                ensure(earlier.is_none(), "`# HELP` line is repeated")
            }
            Line::Unit { name, unit } => {
                let earlier = std::mem::replace(&mut self.family(name).unit, unit);
                ensure(earlier.is_empty(), "`# UNIT` line is repeated")
            }
            Line::Sample(sample) => self.sample(sample).map_err(LineError::contradiction),
        }
    }

    fn family_index(&mut self, name: &'a str) -> usize {
        *self.indices.entry(name).or_insert_with(|| {
            self.families.push(Family::new(name));
            self.families.len() - 1
        })
    }

    fn family(&mut self, name: &'a str) -> &mut Family<'a> {
        let index = self.family_index(name);
        &mut self.families[index]
    }

    fn sample(&mut self, mut sample: SampleLine<'a>) -> Result<(), &'static str> {
        let Some((index, suffix)) = self.family_of_sample(sample.name) else {
            return Err("the family's type has no samples of this name");
        };
        let family = &mut self.families[index];
        let line = self.line;
        if let Some(needed) = family.kind.needs(suffix) {
            let label = sample.labels.iter_mut().find(|label| label.name == needed);
            let label = label.ok_or("sample lacks its label `le` or `quantile`")?;
            label.value = line::number(label.value).ok_or("label `le` or `quantile` is not a number")?;
        }
        if sample.exemplar.is_some() && !matches!(suffix, "_total" | "_bucket") {
            return Err("exemplar on a sample that is neither a counter nor a bucket");
        }
        let mut sorted = sample.labels.clone();
        sorted.sort_unstable();
        if !self.series.insert((sample.name, sorted)) {
            return Err("series occurs twice");
        }
        if self.series.len() > SAMPLES_MAX {
            return Err(TOO_MANY_SAMPLES);
        }
        let SampleLine { labels, value, timestamp, exemplar, .. } = sample;
        let exemplar = exemplar.and_then(|exemplar| exemplar.0);
        let bound = labels.iter().find(|label| suffix == "_bucket" && label.name == "le");
        let bound = bound.and_then(|label| label.value.parse().ok());
        let series = 0;
        let only_text = false;
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

    /// Finds or creates the family of a sample name, and returns its index and the sample's suffix. Returns
    /// `None` if the name belongs to a family whose type has no such samples.
    fn family_of_sample(&mut self, name: &'a str) -> Option<(usize, &'static str)> {
        if let Some(index) = self.indices.get(name) {
            return self.families[*index].kind.has_samples("").then_some((*index, ""));
        }
        for suffix in SUFFIXES {
            let index = name.strip_suffix(suffix).and_then(|family| self.indices.get(family));
            if let Some(index) = index.filter(|index| self.families[**index].kind.has_samples(suffix)) {
                return Some((*index, suffix));
            }
        }
        Some((self.family_index(name), ""))
    }
}

fn ensure(condition: bool, reason: &'static str) -> Result<(), LineError> {
    if condition { Ok(()) } else { Err(LineError::contradiction(reason)) }
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
            assert_eq!(families(text).err().map(|error| error.line), *wrong, "{text:?}");
        }
    }

    /// A wrong line breaks the whole source, and so does a cut at any place.
    #[test]
    fn a_source_that_is_cut_is_wrong() {
        let text = "# TYPE a counter\na_total{x=\"1\"} 12\na_total{x=\"2\"} 1\n# EOF\n";
        for end in (1..text.len() - 1).filter(|end| !text[..*end].ends_with('\n')) {
            assert_eq!(families(&text[..end]).is_ok(), text[..end].ends_with("# EOF"), "{:?}", &text[..end]);
        }
    }
}
