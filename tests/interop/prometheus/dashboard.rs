//! The dashboards: held to the types that Grafana publishes, and every query asked of a real Prometheus.

use crate::outbox::run::{self, Serving};
use crate::server::{Prometheus, Version};
use crate::tool::{self, Scratch, poll};
use crate::{native_rules, promtool};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use telemetry::catalog;

const OUTBOX: &str = include_str!("../../../telemetry/examples/outbox/dashboard.json");
const RELAY: &str = include_str!("../../../telemetry/examples/relay/dashboard.json");

/// As JSON has them, Grafana's enums are their texts and numbers.
const TYPES: &str = r#"
import type { Dashboard, GraphFieldConfig } from "@grafana/schema";
import type { Options as TimeSeries } from "./node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen";
import type { Options as Heatmap, FieldConfig as HeatmapField } from "./node_modules/@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen";

type Plain<T> = T extends string ? `${T}` : T extends number ? (`${T}` extends `${infer N extends number}` ? N : number)
    : T extends (...args: never[]) => unknown ? T : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"#;

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row")
}

/// What the types say against the dashboard, and the options of its panels, which the dashboard's type leaves
/// open.
fn typed(name: &str, dashboard: &Value) -> Result<(), String> {
    let mut source = vec![format!("{TYPES}\nexport const dashboard: Plain<Dashboard> = {dashboard:#};")];
    for (at, panel) in panels(dashboard).enumerate() {
        let (options, field) = match panel["type"].as_str().unwrap() {
            "timeseries" => ("TimeSeries", "GraphFieldConfig"),
            "heatmap" => ("Heatmap", "HeatmapField"),
            other => panic!("no types for {other}"),
        };
        let (own, custom) = (&panel["options"], &panel["fieldConfig"]["defaults"]["custom"]);
        source.push(format!("export const options{at}: Plain<{options}> = {own:#};"));
        source.push(format!("export const custom{at}: Plain<{field}> = {custom:#};"));
    }
    let scratch = Scratch::new(&format!("types-{name}")).unwrap();
    fs::write(scratch.file("dashboard.ts"), source.join("\n")).unwrap();
    let modules = tool::path("npm/node_modules");
    std::os::unix::fs::symlink(modules, scratch.file("node_modules")).unwrap();
    let mut tsc: Command = tool::program("npm/node_modules/.bin/tsc");
    tsc.args(["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", ""]);
    let compiled = tsc.arg(scratch.file("dashboard.ts")).output().unwrap();
    let said = String::from_utf8(compiled.stdout).unwrap() + &String::from_utf8(compiled.stderr).unwrap();
    if compiled.status.success() { Ok(()) } else { Err(said) }
}

#[test]
fn grafanas_types_take_the_dashboards() {
    let native = catalog::grafana_dashboard::<dyn native_rules::Metrics>();
    for (name, text) in [("outbox", OUTBOX), ("relay", RELAY), ("native", &native)] {
        let dashboard: Value = serde_json::from_str(text).unwrap();
        if let Err(said) = typed(name, &dashboard) {
            panic!("{name}: {said}");
        }
    }
}

/// That the judge can say no, at every depth.
#[test]
fn grafanas_types_refuse_what_is_wrong() {
    let outbox: Value = serde_json::from_str(OUTBOX).unwrap();
    let wrong: &[(&str, Value)] = &[
        ("/schemaVersion", json!("42")),
        ("/graphTooltip", json!(7)),
        ("/templating/list/1/refresh", json!("always")),
        ("/panels/1/gridPos/h", json!("8")),
        ("/panels/1/options/legend/placement", json!("below")),
        ("/panels/1/fieldConfig/defaults/custom/showPoints", json!("sometimes")),
    ];
    for (at, (path, value)) in wrong.iter().enumerate() {
        let mut dashboard = outbox.clone();
        *dashboard.pointer_mut(path).expect(path) = value.clone();
        let said = typed(&format!("wrong-{at}"), &dashboard).expect_err(path);
        // Each line is of this, and none of a module that was not found.
        assert!(
            said.lines().filter(|line| line.contains("error TS")).all(|line| line.contains("error TS2322")),
            "{path}: {said}"
        );
        assert!(said.contains("error TS2322"), "{path}: {said}");
    }
}

#[test]
fn ids_are_unique_and_panels_do_not_overlap() {
    for text in [OUTBOX, RELAY] {
        let dashboard: Value = serde_json::from_str(text).unwrap();
        let all = dashboard["panels"].as_array().unwrap();
        let ids: BTreeSet<u64> = all.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), all.len());
        let mut taken = BTreeSet::new();
        for panel in all {
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(x < 24 && taken.insert((x, y)), "{x}, {y} is taken twice");
                }
            }
        }
    }
}

/// The thresholds of all alerts are drawn, each on a panel that says so.
#[test]
fn thresholds_are_drawn() {
    let dashboard: Value = serde_json::from_str(RELAY).unwrap();
    let steps = |title: &str| {
        let panel = panels(&dashboard).find(|panel| panel["title"] == title).expect(title);
        assert_eq!(panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"], "dashed");
        panel["fieldConfig"]["defaults"]["thresholds"]["steps"].clone()
    };
    let step = |color: &str, value: Option<f64>| json!({ "color": color, "value": value });
    assert_eq!(
        steps("Tls certificate expiry"),
        json!([step("red", None), step("orange", Some(172_800.0)), step("green", Some(1_209_600.0))])
    );
    // Two alerts that compare one thing share a panel.
    assert_eq!(
        steps("RelayQueueDepthAbove: alert"),
        json!([step("green", None), step("orange", Some(1_000.0)), step("red", Some(10_000.0))])
    );
    assert_eq!(
        steps("RelayHttpRequestsRatioAbove: ratio over 10m"),
        json!([step("green", None), step("red", Some(0.05))])
    );
    let rules = include_str!("../../../telemetry/examples/relay/rules.yml");
    let described: Vec<&str> =
        panels(&dashboard).map(|panel| panel["description"].as_str().unwrap()).collect();
    for name in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        let said = format!("`{name}` fires ");
        assert!(described.iter().any(|text| text.contains(&said)), "{name} is drawn nowhere");
    }
}

/// Each unit there is, as a value and as a rate.
#[telemetry::metrics]
trait Units {
    /// A level in seconds, and its growth.
    #[gauge(name = "seconds_level", unit = seconds)]
    #[counter(name = "seconds_growth", value = value, unit = seconds)]
    fn seconds(&self, value: f64);

    /// A level in bytes, and its growth.
    #[gauge(name = "bytes_level", unit = bytes)]
    #[counter(name = "bytes_growth", value = value, unit = bytes)]
    fn bytes(&self, value: f64);

    /// A level in ratio, and its growth.
    #[gauge(name = "ratio_level", unit = ratio)]
    #[counter(name = "ratio_growth", value = value, unit = ratio)]
    fn ratio(&self, value: f64);

    /// A level in celsius, and its growth.
    #[gauge(name = "celsius_level", unit = celsius)]
    #[counter(name = "celsius_growth", value = value, unit = celsius)]
    fn celsius(&self, value: f64);

    /// A level in meters, and its growth.
    #[gauge(name = "meters_level", unit = meters)]
    #[counter(name = "meters_growth", value = value, unit = meters)]
    fn meters(&self, value: f64);

    /// A level in grams, and its growth.
    #[gauge(name = "grams_level", unit = grams)]
    #[counter(name = "grams_growth", value = value, unit = grams)]
    fn grams(&self, value: f64);

    /// A level in joules, and its growth.
    #[gauge(name = "joules_level", unit = joules)]
    #[counter(name = "joules_growth", value = value, unit = joules)]
    fn joules(&self, value: f64);

    /// A level in watts, and its growth.
    #[gauge(name = "watts_level", unit = watts)]
    #[counter(name = "watts_growth", value = value, unit = watts)]
    fn watts(&self, value: f64);

    /// A level in volts, and its growth.
    #[gauge(name = "volts_level", unit = volts)]
    #[counter(name = "volts_growth", value = value, unit = volts)]
    fn volts(&self, value: f64);

    /// A level in amperes, and its growth.
    #[gauge(name = "amperes_level", unit = amperes)]
    #[counter(name = "amperes_growth", value = value, unit = amperes)]
    fn amperes(&self, value: f64);

    /// A level in hertz, and its growth.
    #[gauge(name = "hertz_level", unit = hertz)]
    #[counter(name = "hertz_growth", value = value, unit = hertz)]
    fn hertz(&self, value: f64);
}

#[test]
fn grafana_knows_the_units() {
    let known = fs::read_to_string(tool::path("npm/units.mjs")).unwrap();
    let known = |unit: &str| known.contains(&format!("id: \"{unit}\""));
    let made = catalog::grafana_dashboard::<dyn Units>();
    for text in [OUTBOX, RELAY, &made] {
        let dashboard: Value = serde_json::from_str(text).unwrap();
        for panel in panels(&dashboard) {
            let unit = panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap();
            assert!(known(unit) || unit.starts_with("suffix:"), "{unit}");
        }
    }
    assert!(known("short") && !known("shorts"));
}

/// All queries, with Grafana's variables as it fills them in.
fn queries(text: &str) -> Vec<String> {
    let dashboard: Value = serde_json::from_str(text).unwrap();
    let targets = panels(&dashboard).flat_map(|panel| panel["targets"].as_array().unwrap());
    let filled = targets.map(|target| {
        let expression = target["expr"].as_str().unwrap();
        expression.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*")
    });
    filled.collect()
}

#[test]
fn promtool_takes_every_query() {
    let native = catalog::grafana_dashboard::<dyn native_rules::Metrics>();
    for (name, text) in [("outbox-queries", OUTBOX), ("relay-queries", RELAY), ("native-queries", &native)] {
        let queries = queries(text);
        assert!(queries.iter().all(|query| !query.contains('$')), "{queries:?}");
        let rule = |(at, query)| json!({ "record": format!("query:{at}"), "expr": query });
        let rules: Vec<Value> = queries.iter().enumerate().map(rule).collect();
        let file = json!({ "groups": [{ "name": "queries", "rules": rules }] });
        assert_eq!(promtool::check_rules(name, &file.to_string()), Ok(queries.len()));
    }
}

#[test]
fn a_real_prometheus_answers_every_query() {
    let outbox = Serving::start(&mut run::command(&["--fail=lease=0.05"]));
    let relay = Serving::start(&mut run::relay(&[]));
    let targets = [("outbox", outbox.address), ("relay", relay.address)];
    let rules = include_str!("../../../telemetry/examples/relay/rules.yml");
    let prometheus = Prometheus::with_rules(Version::Two, "dashboards", &targets, rules);
    for ((job, address), text) in targets.into_iter().zip([OUTBOX, RELAY]) {
        // No campaign is open when the relay has run, and its series are gone.
        for query in queries(text).into_iter().filter(|query| !query.contains("relay_campaign")) {
            poll(|| (prometheus.series(&query) > 0).then_some(()), || format!("nothing answers {query}"));
        }
        offers(&prometheus, text, "job", job);
        offers(&prometheus, text, "instance", &address.to_string());
    }
    let count = rules.matches("- alert: ").count();
    let evaluated = || Some(prometheus.rules()).filter(|rules| rules.len() == count);
    let evaluated = poll(evaluated, || "the rules are not evaluated".to_owned());
    assert!(evaluated.iter().all(|rule| rule.health == "ok"), "{evaluated:?}");
}

/// A variable offers what exports the surface, and nothing else.
fn offers(prometheus: &Prometheus, text: &str, label: &str, expected: &str) {
    let dashboard: Value = serde_json::from_str(text).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let variable = variables.iter().find(|variable| variable["name"] == label).unwrap();
    let query = variable["query"]["query"].as_str().unwrap().replace("$job", ".*");
    let matching = query.strip_prefix("label_values(").unwrap().strip_suffix(&format!(", {label})")).unwrap();
    assert_eq!(prometheus.label_values(label, matching), [expected]);
}
