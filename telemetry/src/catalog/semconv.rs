//! The catalog as an OpenTelemetry semantic-convention registry, which Weaver reads.
//!
//! The format is [version 1 of the definition language][syntax], since version 2 is not finished.
//!
//! [syntax]: https://github.com/open-telemetry/weaver/blob/main/schemas/semconv-syntax.md

use super::model::{Catalog, Former, Metric, MetricLabel, Values};
use super::yaml;
use crate::schema::Kind;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
struct File<'a> {
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    id: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_name: Option<&'a str>,
    brief: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instrument: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stability: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<Deprecated<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute<'a>>,
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    annotations: Annotations,
}

#[derive(Serialize)]
struct Deprecated<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Properties that the language has no field for, under the names of OpenTelemetry's API.
#[derive(Serialize)]
struct Annotations {
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    explicit_bucket_boundaries: &'static [f64],
}

impl Annotations {
    fn is_empty(&self) -> bool {
        self.explicit_bucket_boundaries.is_empty()
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Attribute<'a> {
    Defined {
        id: &'a str,
        r#type: Type,
        brief: String,
        stability: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        examples: Vec<String>,
    },
    Named {
        r#ref: &'a str,
        /// An absent label has a value of its own, or none at all if that is empty.
        requirement_level: &'static str,
    },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Type {
    Name(&'static str),
    Enum { members: Vec<Member> },
}

#[derive(Serialize)]
struct Member {
    id: String,
    value: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    brief: &'static str,
    stability: &'static str,
}

/// Returns the registry file of a surface. It does not define the attributes that another registry has.
pub(super) fn yaml(catalog: &Catalog, imported: &[&str]) -> String {
    let mut groups = Vec::new();
    let attributes = attributes(catalog, imported);
    if !attributes.is_empty() {
        groups.push(Group {
            id: ["registry", catalog.namespace].join(".").trim_end_matches('.').to_owned(),
            brief: format!("The labels of the metrics of `{}`.", catalog.surface),
            attributes,
            ..Group::empty("attribute_group")
        });
    }
    for metric in &catalog.metrics {
        groups.push(of_metric(metric));
        // A former name that differs in suffixes of Prometheus alone is the present name here.
        let former = metric.was.as_ref().filter(|was| was.names.dotted != metric.names.dotted);
        groups.extend(former.map(|was| of_former(metric, was)));
    }
    yaml::text(&File { groups })
}

impl Group<'_> {
    fn empty(kind: &'static str) -> Self {
        Group {
            id: String::new(),
            r#type: kind,
            metric_name: None,
            brief: String::new(),
            note: String::new(),
            instrument: None,
            unit: None,
            stability: None,
            deprecated: None,
            attributes: Vec::new(),
            annotations: Annotations { explicit_bucket_boundaries: &[] },
        }
    }
}

fn of_metric(metric: &Metric) -> Group<'_> {
    let (brief, note) = metric.help.split_once("\n\n").unwrap_or((metric.help, ""));
    Group {
        id: format!("metric.{}", metric.names.dotted),
        metric_name: Some(&metric.names.dotted),
        brief: brief.to_owned(),
        note: note.to_owned(),
        instrument: Some(instrument(metric.declared)),
        unit: Some(metric.ucum),
        stability: Some(metric.stability),
        deprecated: (!metric.deprecated.is_empty()).then(|| Deprecated {
            reason: "obsoleted",
            renamed_to: None,
            note: Some(format!("Exported until version {}.", metric.deprecated)),
        }),
        attributes: metric
            .labels
            .iter()
            .map(|label| Attribute::Named { r#ref: label.key, requirement_level: requirement(label) })
            .collect(),
        annotations: Annotations { explicit_bucket_boundaries: metric.buckets },
        ..Group::empty("metric")
    }
}

fn of_former<'a>(metric: &'a Metric, was: &'a Former) -> Group<'a> {
    let until = (!was.until.is_empty()).then(|| format!("Exported until version {}.", was.until));
    Group {
        id: format!("metric.{}", was.names.dotted),
        metric_name: Some(&was.names.dotted),
        deprecated: Some(Deprecated {
            reason: "renamed",
            renamed_to: Some(&metric.names.dotted),
            note: until,
        }),
        ..of_metric(metric)
    }
}

/// Returns how far a reader can rely on a label.
fn requirement(label: &MetricLabel) -> &'static str {
    if label.none == Some("") { "recommended" } else { "required" }
}

fn instrument(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::UpDownCounter => "updowncounter",
        Kind::Histogram => "histogram",
    }
}

/// Returns each key once. An attribute has one meaning everywhere, so differing sets under one key are
/// joined.
fn attributes<'c>(catalog: &'c Catalog, imported: &[&str]) -> Vec<Attribute<'c>> {
    let mut uses: BTreeMap<&str, Vec<(&Metric, &MetricLabel)>> = BTreeMap::new();
    for metric in &catalog.metrics {
        for label in metric.labels.iter().filter(|label| !imported.contains(&label.key)) {
            uses.entry(label.key).or_default().push((metric, label));
        }
    }
    uses.into_iter().map(|(key, uses)| attribute(key, &uses)).collect()
}

fn attribute<'a>(key: &'a str, uses: &[(&Metric, &MetricLabel)]) -> Attribute<'a> {
    // A label of a stable metric is stable too.
    let stability =
        if uses.iter().any(|(metric, _)| metric.stability == "stable") { "stable" } else { "beta" };
    let mut texts = Vec::new();
    for text in uses.iter().flat_map(|(_, label)| label.known_values()) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let is_closed = uses.iter().all(|(_, label)| matches!(label.values, Values::Closed { .. }));
    let briefs: BTreeSet<String> = uses.iter().map(|(_, label)| brief(label)).collect();
    let brief = described(uses, briefs.into_iter().collect::<Vec<_>>().join(" Elsewhere: "));
    if is_closed {
        let members = members(texts, uses, stability);
        return Attribute::Defined {
            id: key,
            brief: described(uses, format!("One of {} values.", members.len())),
            r#type: Type::Enum { members },
            stability,
            examples: Vec::new(),
        };
    }
    Attribute::Defined { id: key, r#type: Type::Name("string"), brief, stability, examples: texts }
}

/// Returns what the label means, if its declaration says so, and what its values are.
fn described(uses: &[(&Metric, &MetricLabel)], values: String) -> String {
    let helps = uses.iter().map(|(_, label)| label.help).filter(|help| !help.is_empty());
    match helps.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" Elsewhere: ") {
        help if help.is_empty() => values,
        help => format!("{help} {values}"),
    }
}

fn brief(label: &MetricLabel) -> String {
    match &label.values {
        Values::Closed { values } => format!("One of {} values.", values.len()),
        Values::Range { start, end, other } => {
            format!("A whole number from {start} to {end}; `{other}` stands for all others.")
        }
        Values::Open { cap, other, max_len, .. } => format!(
            "Any text of up to {max_len} bytes, of which {cap} are kept apart; `{other}` stands for all others."
        ),
    }
}

fn members(values: Vec<String>, uses: &[(&Metric, &MetricLabel)], stability: &'static str) -> Vec<Member> {
    let mut ids = BTreeSet::new();
    let brief = |value: &str| uses.iter().find_map(|(_, label)| label.value_help.get(value).copied());
    let member = |value: String| {
        let plain = id(&value);
        // Two values may differ only in characters that an identifier cannot have.
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let id =
            std::iter::once(plain.clone()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or_default();
        ids.insert(id.clone());
        let brief = brief(&value).unwrap_or_default();
        Member { id, value, brief, stability }
    };
    values.into_iter().map(member).collect()
}

/// Returns a text as an identifier: in lower case, with `_` for everything but letters and digits.
fn id(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let id = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
    if id.starts_with(|first: char| first.is_ascii_lowercase()) {
        id
    } else {
        format!("value_{id}").trim_end_matches('_').to_owned()
    }
}
