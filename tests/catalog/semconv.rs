//! The semantic-convention registry: as it was reviewed, and as a reader of YAML that is not the writer's
//! sees it.
//!
//! No registry of packages has OpenTelemetry Weaver, so that it cannot judge here. The rules below are those
//! of its definition language; the golden file was read and resolved by Weaver 0.25.1 once, by hand, without
//! a remark.

use crate::surface::Metrics;
use saphyr::{LoadableYamlNode, Yaml};
use std::collections::{BTreeMap, BTreeSet};
use telemetry::catalog::{self, Catalog};

fn text<'y>(node: &'y Yaml<'_>, key: &str) -> Option<&'y str> {
    node.as_mapping_get(key).and_then(Yaml::as_str)
}

fn list<'y>(node: &'y Yaml<'_>, key: &str) -> &'y [Yaml<'y>] {
    node.as_mapping_get(key).and_then(|list| list.as_sequence()).map_or(&[], |list| list.as_slice())
}

fn groups(yaml: &str) -> Vec<Yaml<'_>> {
    let documents = Yaml::load_from_str(yaml).unwrap();
    assert_eq!(documents.len(), 1);
    documents[0].as_mapping_get("groups").unwrap().as_sequence().unwrap().clone()
}

#[test]
fn the_registry_is_the_one_that_was_reviewed() {
    catalog::assert_fresh("catalog/golden/semconv.yaml", &catalog::semconv::<dyn Metrics>());
}

#[test]
fn every_group_has_what_the_definition_language_asks_for() {
    let yaml = catalog::semconv::<dyn Metrics>();
    let groups = groups(&yaml);
    let mut ids = BTreeSet::new();
    let mut defined = BTreeSet::new();
    for group in &groups {
        assert!(ids.insert(text(group, "id").unwrap()), "an id twice");
        assert!(!text(group, "brief").unwrap().is_empty());
        for attribute in list(group, "attributes") {
            match text(attribute, "id") {
                Some(id) => assert!(defined.insert(id), "`{id}` is defined twice"),
                None => assert!(defined.contains(text(attribute, "ref").unwrap()), "a reference to nothing"),
            }
        }
        if text(group, "type") == Some("metric") {
            let instrument = text(group, "instrument").unwrap();
            assert!(["counter", "gauge", "updowncounter", "histogram"].contains(&instrument));
            assert!(["stable", "beta"].contains(&text(group, "stability").unwrap()));
            assert_eq!(text(group, "id").unwrap(), format!("metric.{}", text(group, "metric_name").unwrap()));
            assert!(text(group, "unit").is_some());
        } else {
            assert_eq!(text(group, "type"), Some("attribute_group"));
        }
    }
}

#[test]
fn every_metric_and_every_value_is_in_it_as_it_is_exported() {
    let yaml = catalog::semconv::<dyn Metrics>();
    let groups = groups(&yaml);
    let catalog = Catalog::of::<dyn Metrics>();
    let named = |name: &str| groups.iter().find(|group| text(group, "metric_name") == Some(name)).unwrap();
    for metric in &catalog.metrics {
        let group = named(&metric.names.dotted);
        assert_eq!(text(group, "unit"), Some(metric.ucum));
        let labels: Vec<_> =
            list(group, "attributes").iter().filter_map(|label| text(label, "ref")).collect();
        assert_eq!(labels, metric.labels.iter().map(|label| label.key).collect::<Vec<_>>());
    }
    let attributes: BTreeMap<_, _> =
        list(&groups[0], "attributes").iter().map(|label| (text(label, "id").unwrap(), label)).collect();
    for label in catalog.metrics.iter().flat_map(|metric| &metric.labels) {
        let attribute = attributes[label.key];
        let members = attribute.as_mapping_get("type").map_or(&[][..], |ty| list(ty, "members"));
        let values: Vec<_> = members.iter().map(|member| text(member, "value").unwrap()).collect();
        let examples = list(attribute, "examples").iter().map(|example| example.as_str().unwrap());
        let told: Vec<_> = values.into_iter().chain(examples).collect();
        assert_eq!(told, label.known_values(), "{}", label.key);
        let ids: BTreeSet<_> = members.iter().map(|member| text(member, "id").unwrap()).collect();
        assert_eq!(ids.len(), members.len(), "an id twice");
    }
    let former = named("app.http_hits").as_mapping_get("deprecated").unwrap();
    assert_eq!((text(former, "reason"), text(former, "renamed_to")), (Some("renamed"), Some("app.requests")));
}

/// Sets that differ under one key, and texts that YAML takes for something else.
#[telemetry::metrics]
pub trait Clashing {
    /// Starts.
    ///
    /// - a list: of sorts
    #[counter(labels(state = "on", code = "null"))]
    fn starts(&self);

    /// Stops.
    #[counter(labels(state = "off", code = "0x1F"))]
    fn stops(&self);

    /// Waits: "quoted", # not a comment.
    #[counter(labels(state, code = "1_000"))]
    fn waits(&self, #[label(cap = 2, known = ["~", "12:30:45"])] state: &str);
}

#[test]
fn one_key_is_one_attribute() {
    let yaml = catalog::semconv::<dyn Clashing>();
    let groups = groups(&yaml);
    assert_eq!(text(&groups[0], "id"), Some("registry"));
    let [code, state] = list(&groups[0], "attributes") else { panic!("{yaml}") };
    let values =
        list(code.as_mapping_get("type").unwrap(), "members").iter().map(|member| text(member, "value"));
    assert_eq!(values.collect::<Vec<_>>(), [Some("null"), Some("0x1F"), Some("1_000")]);
    assert_eq!(text(state, "type"), Some("string"));
    let examples = list(state, "examples").iter().map(|example| example.as_str());
    assert_eq!(examples.collect::<Vec<_>>(), ["on", "off", "~", "12:30:45", "other"].map(Some));
    assert_eq!(text(&groups[1], "note"), Some("- a list: of sorts"));
    assert_eq!(text(&groups[3], "brief"), Some("Waits: \"quoted\", # not a comment."));
}

#[telemetry::metrics(namespace = "shop")]
trait Shop {
    /// Requests.
    #[counter]
    #[histogram(name = "request.duration", labels(method))]
    fn requests(
        &self,
        #[label(name = "http.request.method", values = ["GET", "POST"])] method: &str,
        #[label(name = "error.type", cap = 8, none = "")] error: Option<&str>,
        #[label(cap = 8)] tenant: &str,
        took: std::time::Duration,
    );
}

#[test]
fn attributes_of_another_registry_are_named_and_not_defined() {
    let yaml = catalog::semconv_importing::<dyn Shop>(&["http.request.method", "error.type"]);
    let groups = groups(&yaml);
    let all = || groups.iter().flat_map(|group| list(group, "attributes"));
    let defined: Vec<&str> = all().filter_map(|attribute| text(attribute, "id")).collect();
    let named: Vec<&str> = all().filter_map(|attribute| text(attribute, "ref")).collect();
    assert_eq!(defined, ["tenant"]);
    assert_eq!(named, ["http.request.method", "error.type", "tenant", "http.request.method"]);
    // With all of them imported there is no group of attributes.
    let all = ["http.request.method", "error.type", "tenant"];
    assert!(!catalog::semconv_importing::<dyn Shop>(&all).contains("attribute_group"));
}
