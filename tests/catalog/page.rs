//! The page in Markdown and the catalog in JSON: complete, and read back by other readers.

use crate::surface::{EventType, Metrics};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::time::Duration;
use telemetry::catalog::{self, Catalog};
use telemetry::{Registry, prometheus};

/// The cells of all tables, as a reader of Markdown sees them.
fn rows(page: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut cell = None;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableRow | Tag::TableHead) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => cell = Some(String::new()),
            Event::End(TagEnd::TableCell) => rows.last_mut().unwrap().extend(cell.take()),
            Event::Text(text) => cell.iter_mut().for_each(|cell| cell.push_str(&text)),
            // In brackets, to tell code from text.
            Event::Code(text) => cell.iter_mut().for_each(|cell| cell.extend(["⟨", &text, "⟩"])),
            _ => {}
        }
    }
    rows
}

#[test]
fn the_page_is_the_one_that_was_reviewed() {
    catalog::assert_fresh("catalog/golden/METRICS.md", &catalog::markdown::<dyn Metrics>());
}

#[test]
fn a_reader_of_markdown_sees_every_label_value_as_it_is() {
    let rows = rows(&catalog::markdown::<dyn Metrics>());
    let hostile = rows.iter().find(|row| row[0] == "⟨hostile⟩").unwrap();
    let catalog = Catalog::of::<dyn Metrics>();
    let label = catalog.metrics.iter().flat_map(|metric| &metric.labels).find(|label| label.key == "hostile");
    let values: Vec<String> =
        label.unwrap().known_values().iter().map(|value| format!("⟨{value}⟩")).collect();
    assert_eq!(values.len(), 8);
    assert_eq!(hostile[1], values.join(", "));
    assert!(rows.iter().all(|row| [2, 4, 7].contains(&row.len())), "a bar made a cell");
}

#[test]
fn the_page_says_what_is_observed() {
    #[telemetry::metrics]
    pub trait Pool {
        /// Connections by state.
        #[gauge(observed)]
        fn set_connections(&self, #[label(cap = 16)] state: &str, n: u64);
    }
    let rows = rows(&catalog::markdown::<dyn Pool>());
    let find = |name: &str| rows.iter().find(|row| row[0] == name).unwrap()[1].clone();
    assert_eq!(find("observed"), "each collection sets it anew, and a series that it does not set is absent");
    assert!(find("⟨state⟩").contains("16 kept apart in a collection, then refused"), "{}", find("⟨state⟩"));
    assert!(catalog::json::<dyn Pool>().contains("\"observed\": true"));
}

#[test]
fn the_page_has_no_line_number_and_no_version() {
    let page = catalog::markdown::<dyn Metrics>();
    assert!(page.contains("`tests/catalog/surface.rs`") && !page.contains(".rs:"), "{page}");
    assert!(!page.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_json_has_all_of_it() {
    let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn Metrics>()).unwrap();
    let named = |name: &str| {
        json["metrics"].as_array().unwrap().iter().find(|metric| metric["name"] == name).unwrap().clone()
    };
    assert_eq!(json["package"], "telemetry-tests");
    assert_eq!(json["help"], "What these tests count.\n\nA second paragraph.");
    assert_eq!(named("lookups")["methods"].as_array().unwrap().len(), 2);
    assert_eq!(named("lookups")["methods"][1]["constants"]["result"], "miss");
    assert_eq!(named("published")["stability"], "stable");
    assert_eq!(named("published")["labels"][0]["known"][1], "email.sent");
    assert_eq!(named("requests")["was"]["names"]["prometheus"][0], "app_http_hits_total");
    assert_eq!(named("request_duration")["methods"][0]["optional"], true);
    assert_eq!(named("connections")["methods"][1]["value"], "-1");
    assert_eq!(named("lag")["alerts"][0]["severity"], "page");
    assert_eq!(json["lines"].as_array().unwrap().len(), 6);
}

/// The numbers of the catalog against a registry in which everything has happened.
#[test]
fn time_series_are_those_that_a_scrape_has_at_the_most() {
    let catalog = Catalog::of::<dyn Metrics>();
    let summed: u64 = catalog.metrics.iter().map(|metric| metric.series).sum();
    assert_eq!(summed, catalog.series);
    let registry = Registry::new();
    let metrics = registry.register::<dyn Metrics>().unwrap();
    let routes: Vec<String> = (0..20).map(|route| format!("/{route}")).collect();
    for route in routes.iter().map(|route| Some(route.as_str())).chain([None]) {
        for status in 99..=600 {
            metrics.requests(route, status, Some(Duration::ZERO));
        }
    }
    for event in ["email.received", "email.sent"] {
        metrics.published(EventType(event), 1);
    }
    for event in 0..200 {
        metrics.published(EventType(&event.to_string()), 1);
    }
    metrics.set_lag(1.0);
    let text = prometheus::render(&registry, prometheus::Format::Text);
    for metric in &catalog.metrics {
        let names =
            || metric.names.prometheus.iter().chain(metric.was.iter().flat_map(|was| &was.names.prometheus));
        let is_of = |line: &&str| names().any(|name| line.split(['{', ' ']).next() == Some(name));
        let found = text.lines().filter(is_of).count();
        assert_eq!(found as u64, metric.time_series, "{}", metric.name);
    }
}
