//! The names that an instrument takes. The library decides them in `schema/name.rs`, which a macro cannot
//! call: a test compares both.

use std::collections::BTreeSet;

/// The parts of an instrument's names.
#[derive(Clone, Copy)]
pub struct Spelling<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub unit: &'a str,
    /// The suffixes that samples of the kind have in OpenMetrics.
    pub samples: &'static [&'static str],
    pub suffixes: bool,
    pub was: Option<&'a str>,
}

/// The names of an instrument in Prometheus, and the one in OTLP and statsd.
pub struct Family {
    name: String,
    samples: &'static [&'static str],
    pub dotted: String,
}

impl Family {
    /// Returns all names that it takes in Prometheus and OpenMetrics, its own included.
    pub fn taken(&self) -> BTreeSet<String> {
        self.samples.iter().chain(&[""]).map(|suffix| format!("{}{suffix}", self.name)).collect()
    }

    /// Returns the name in the text format: for a counter, that of its samples.
    pub fn text_name(&self) -> String {
        if self.is_counter() { format!("{}_total", self.name) } else { self.name.clone() }
    }

    fn is_counter(&self) -> bool {
        self.samples.contains(&"_total")
    }

    /// Returns the family that has the name in the text format in OpenMetrics too.
    fn verbatim(self) -> Self {
        let samples = if self.is_counter() { &[""] } else { self.samples };
        Family { name: self.text_name(), samples, ..self }
    }
}

impl Spelling<'_> {
    /// Returns the names that the instrument has.
    pub fn present(&self) -> Family {
        let family = self.present_alone();
        match self.former_alone() {
            Some(former) if former.name == family.name => family.verbatim(),
            _ => family,
        }
    }

    /// Returns the names that it had.
    pub fn former(&self) -> Option<Family> {
        let former = self.former_alone()?;
        let is_double = former.name == self.present_alone().name;
        Some(if is_double { former.verbatim() } else { former })
    }

    fn present_alone(&self) -> Family {
        let unit = if self.suffixes { self.unit } else { "" };
        let is_bare = !self.suffixes && self.samples.contains(&"_total");
        Family {
            name: in_prometheus(&join("_", [self.namespace, self.name, unit])),
            samples: if is_bare { &[""] } else { self.samples },
            dotted: join(".", [self.namespace, self.name, ""]),
        }
    }

    fn former_alone(&self) -> Option<Family> {
        let sample = self.was?;
        let is_counter = self.samples.contains(&"_total");
        let counted = if is_counter { ends_in(sample, "total") } else { None };
        let is_bare = is_counter && counted.is_none();
        let name = counted.unwrap_or(sample).to_owned();
        let dotted = self.former_dotted(&name);
        Some(Family { name, samples: if is_bare { &[""] } else { self.samples }, dotted })
    }

    fn former_dotted(&self, family: &str) -> String {
        let name = ends_in(family, self.unit).unwrap_or(family);
        if name == in_prometheus(&join("_", [self.namespace, self.name, ""])) {
            return join(".", [self.namespace, self.name, ""]);
        }
        let own = name.strip_prefix(&in_prometheus(self.namespace)).and_then(|rest| rest.strip_prefix('_'));
        match own.filter(|own| !own.is_empty() && !self.namespace.is_empty()) {
            Some(own) => join(".", [self.namespace, own, ""]),
            None => name.to_owned(),
        }
    }
}

fn join(with: &str, parts: [&str; 3]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(with)
}

/// Returns what comes before a last word of a name, if the name ends in it and has others.
fn ends_in<'n>(name: &'n str, word: &str) -> Option<&'n str> {
    let before = name.strip_suffix(word).filter(|_| !word.is_empty())?;
    before.strip_suffix('_').filter(|before| !before.is_empty())
}

/// Returns a name as Prometheus has it. It is here again since a test includes this file alone.
fn in_prometheus(text: &str) -> String {
    text.replace('.', "_")
}
