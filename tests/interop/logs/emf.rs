//! Amazon's own library and `Format::Emf`: it accepts each metric and each dimension, and writes the same
//! document.

use crate::outbox::Run;
use crate::python;
use crate::samples::{Samples, Series};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn every_line_is_the_document_that_amazon_s_library_writes() {
    let run = Run::of("emf");
    let answers: Vec<Vec<Value>> = python::ask("emf", &run.text());
    assert_eq!(answers.len(), run.lines.len());
    let mut found: BTreeMap<Series, f64> = BTreeMap::new();
    for (line, documents) in run.lines.iter().zip(answers) {
        let mut ours: Value = serde_json::from_str(line).unwrap();
        note(&ours, &mut found);
        // It has one directive a document, and ours has one here, since all instruments of an event have its
        // labels.
        let [theirs] = documents.as_slice() else { panic!("{line}") };
        let dimensions = &mut ours["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        if *dimensions == json!([[]]) {
            *dimensions = json!([]);
        }
        assert_eq!(ours, *theirs);
    }
    let mut samples = Samples::default();
    for (series, value) in found {
        samples.add(series, value);
    }
    run.scrape.mapped(dimension).without_empty_labels().assert_same(&samples, "CloudWatch's rules");
}

/// Adds up what CloudWatch would: a metric's numbers, by its dimensions.
fn note(line: &Value, found: &mut BTreeMap<Series, f64>) {
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        let dimensions =
            directive["Dimensions"][0].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
        let labels: BTreeMap<String, String> =
            dimensions.map(|key| (key.to_owned(), line[key].as_str().unwrap().to_owned())).collect();
        for metric in directive["Metrics"].as_array().unwrap() {
            let (name, value) =
                (metric["Name"].as_str().unwrap(), line[metric["Name"].as_str().unwrap()].as_f64().unwrap());
            let namespace = directive["Namespace"].as_str().unwrap();
            match metric["Unit"].as_str().unwrap() {
                "Count" => {
                    let series = Series { name: format!("{namespace}_{name}_total"), labels: labels.clone() };
                    *found.entry(series).or_default() += value;
                }
                "Seconds" => {
                    let series =
                        Series { name: format!("{namespace}_{name}_seconds"), labels: labels.clone() };
                    found.insert(series, value);
                }
                unit => panic!("{unit}"),
            }
        }
    }
}

/// A label's text as a dimension, as the documentation has it.
fn dimension(text: &str) -> String {
    let text = if text.trim().is_empty() { "" } else { text };
    let ascii = |(index, c): (usize, char)| match c {
        ':' if index == 0 => '?',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().enumerate().map(ascii).collect()
}
