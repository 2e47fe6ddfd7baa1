//! Alerts and objectives of a native histogram: promtool plays them over series of the native form, of the
//! buckets, of both, and of a fleet that has some of each.

use crate::promtool;
use serde_json::{Value, json};
use std::time::Duration;
use telemetry::{catalog, metrics};

#[metrics(namespace = "shop", mock(cfg(any())))]
pub trait Metrics {
    /// Time to answer.
    #[histogram(native, buckets = [0.25, 1.0, 4.0])]
    #[slo(objective = 0.99, below = 1.0, of(route != "/health"), name = "latency")]
    #[alert(quantile = 0.9, above = 1.0, by(route), name = "Slow")]
    #[alert(quantile = 0.5, below = 0.2, name = "Fast")]
    #[log(off)]
    fn answered(&self, #[label(cap = 8)] route: &str, took: Duration);
}

/// The form in which a server keeps the numbers of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Native,
    Buckets,
    Both,
}

/// One process: its numbers of a minute, all of them below 0.25, 1.0, 4.0 or above, under a route.
#[derive(Clone, Copy)]
struct Process {
    name: &'static str,
    route: &'static str,
    form: Form,
    counts: [u64; 4],
}

const FORMS: [Form; 3] = [Form::Native, Form::Buckets, Form::Both];

fn process(form: Form, counts: [u64; 4]) -> Process {
    Process { name: "a", route: "/", form, counts }
}

impl Process {
    /// Its series over two hours, as promtool writes them. Schema -1 has the bounds 0.25, 1, 4 and 16: a
    /// native bucket for each of the others.
    fn series(self) -> Vec<Value> {
        let Process { name, route, form, counts } = self;
        let labels = format!("job=\"shop\",instance=\"{name}\",route=\"{route}\"");
        let mut series = Vec::new();
        let mut add = |name: &str, labels: &str, values: String| {
            series.push(json!({ "series": format!("{name}{{{labels}}}"), "values": values }));
        };
        let total: u64 = counts.iter().sum();
        if form != Form::Buckets {
            let [a, b, c, d] = counts;
            let minute = format!("{{{{schema:-1 sum:1 count:{total} offset:-1 buckets:[{a} {b} {c} {d}]}}}}");
            add("shop_answered_seconds", &labels, format!("{minute}+{minute}x120"));
        }
        if form != Form::Native {
            let mut upto = 0;
            for (le, count) in ["0.25", "1.0", "4.0", "+Inf"].into_iter().zip(counts) {
                upto += count;
                let labels = format!("{labels},le=\"{le}\"");
                add("shop_answered_seconds_bucket", &labels, format!("{upto}+{upto}x120"));
            }
            add("shop_answered_seconds_count", &labels, format!("{total}+{total}x120"));
            add("shop_answered_seconds_sum", &labels, "1+1x120".to_owned());
        }
        series
    }
}

/// What fires after two hours, as names and labels without the job.
fn test(processes: &[Process], fires: &[(&str, Value)]) -> Value {
    let series: Vec<Value> = processes.iter().flat_map(|process| process.series()).collect();
    let expected = ["Slow", "Fast", "ShopLatencyErrorBudgetBurn"].map(|alert| {
        let of_it = fires.iter().filter(|(name, _)| *name == alert);
        let alerts = of_it.map(|(_, labels)| {
            let mut labels = labels.clone();
            labels["job"] = json!("shop");
            json!({ "exp_labels": labels })
        });
        json!({ "eval_time": "2h", "alertname": alert, "exp_alerts": alerts.collect::<Vec<_>>() })
    });
    json!({ "interval": "1m", "input_series": series, "alert_rule_test": expected })
}

fn slow(route: &str) -> (&'static str, Value) {
    ("Slow", json!({ "route": route }))
}

fn burns() -> [(&'static str, Value); 2] {
    ["page", "ticket"]
        .map(|severity| ("ShopLatencyErrorBudgetBurn", json!({ "severity": severity, "slo": "latency" })))
}

/// Why promtool 3 fails the tests. Version 2.42 cannot write native histograms in them.
fn play(name: &str, tests: &[Value]) -> Result<(), String> {
    promtool::test_native_rules(name, &rules(), tests)
}

fn rules() -> String {
    crate::service::bare(&catalog::prometheus_rules::<dyn Metrics>())
}

#[test]
fn promtool_takes_the_rules_of_a_native_histogram() {
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    assert_eq!(promtool::check_rules("native", &rules), Ok(2 + 8 + 2), "{rules}");
}

#[test]
fn each_form_fires_and_is_silent() {
    let mut tests = Vec::new();
    for form in FORMS {
        // A quarter is slower than 1 s, and half of all than 0.25 s.
        let all = [vec![slow("/")], burns().to_vec()].concat();
        tests.push(test(&[process(form, [50, 25, 20, 5])], &all));
        tests.push(test(&[process(form, [100, 900, 0, 0])], &[]));
        tests.push(test(&[process(form, [990, 5, 5, 0])], &[("Fast", json!({}))]));
        // Nothing happens, and what happens is not about the objective.
        tests.push(test(&[process(form, [0, 0, 0, 0])], &[]));
        let health = Process { route: "/health", ..process(form, [0, 0, 0, 90]) };
        tests.push(test(&[health, process(form, [0, 90, 0, 0])], &[slow("/health")]));
        // None is good.
        tests.push(test(&[process(form, [0, 0, 0, 90])], &all));
    }
    play("native-forms", &tests).unwrap();
}

/// A form that one process has hides no other process, whether it has events or none.
#[test]
fn processes_of_different_forms_are_all_seen() {
    play("native-fleets", &fleets()).unwrap();
}

fn fleets() -> Vec<Value> {
    let mut tests = Vec::new();
    for ill in FORMS {
        for well in FORMS {
            for counts in [[0, 0, 0, 0], [0, 100, 0, 0]] {
                let well = Process { name: "well", ..process(well, counts) };
                let ill = Process { name: "ill", ..process(ill, [0, 70, 30, 0]) };
                let all = [vec![slow("/")], burns().to_vec()].concat();
                tests.push(test(&[well, ill], &all));
            }
        }
    }
    tests
}

/// A server that begins to keep another form sees what happens since, in long windows too.
#[test]
fn a_change_of_the_form_silences_nothing() {
    play("native-change", &changes()).unwrap();
}

fn changes() -> Vec<Value> {
    let mut tests = Vec::new();
    for (before, after) in
        [(Form::Buckets, Form::Native), (Form::Native, Form::Buckets), (Form::Both, Form::Native)]
    {
        let before = process(before, [0, 100, 0, 0]);
        let after = process(after, [0, 70, 30, 0]);
        let all = [vec![slow("/")], burns().to_vec()].concat();
        let mut test = test(&[], &all);
        let ended = before
            .series()
            .into_iter()
            .map(|series| with_values(series, |values| values.replace("x120", "x90 stale")));
        let begun = after
            .series()
            .into_iter()
            .map(|series| with_values(series, |values| format!("_x90 {}", values.replace("x120", "x29"))));
        test["input_series"] = joined(ended.chain(begun));
        tests.push(test);
    }
    tests
}

fn with_values(mut series: Value, change: impl Fn(&str) -> String) -> Value {
    series["values"] = json!(change(series["values"].as_str().unwrap()));
    series
}

/// A series that goes on in the other form too is one.
fn joined(series: impl Iterator<Item = Value>) -> Value {
    let mut joined: Vec<Value> = Vec::new();
    for next in series {
        match joined.iter_mut().find(|other| other["series"] == next["series"]) {
            Some(other) => {
                let begun = next["values"].as_str().unwrap().replace("_x90 ", "");
                let before = other["values"].as_str().unwrap().replace(" stale", "");
                other["values"] = json!(format!("{before} {begun}"));
            }
            None => joined.push(next),
        }
    }
    json!(joined)
}

/// Each part of the expressions is needed: without it, a test above fails.
#[test]
fn no_part_of_the_expressions_is_idle() {
    // The share of no events is no number, nor is a sum with it.
    assert_misjudged("events", &[(") > 0) or 0 * ", ")) or 0 * ")], &fleets());
    // In one comparison of both forms, a native one without events hides the buckets.
    let quantile = "histogram_quantile(0.9, sum by (job, route) (rate(shop_answered_seconds[5m])))";
    let compared = format!("{quantile} > 1 or");
    let opened = format!("({quantile} or");
    let closed = "unless ignoring (le) shop_answered_seconds))) > 1";
    let one = [(compared.as_str(), opened.as_str()), (&closed.replacen(")))", "))", 1), closed)];
    assert_misjudged("each", &one, &fleets());
    // What is from before a change hides what is after it.
    let route = "{route!=\"/health\"}";
    let only_native = format!("(shop_answered_seconds{route} unless shop_answered_seconds_count{route})");
    assert_misjudged("change", &[(&format!(" unless ignoring (le) {only_native}"), "")], &changes());
}

/// With these replacements, the rules fail the tests, and are still rules.
fn assert_misjudged(name: &str, replacements: &[(&str, &str)], tests: &[Value]) {
    let mut rules = rules();
    for (part, other) in replacements {
        assert!(rules.contains(part), "{name}: no {part}");
        rules = rules.replace(part, other);
    }
    let said = promtool::test_native_rules(&format!("native-{name}"), &rules, tests).expect_err(name);
    assert!(said.contains("alertname: "), "{name}: {said}");
}

/// The recorded share of errors is that of all processes, once each.
#[test]
fn each_number_counts_once() {
    let mut tests = Vec::new();
    for (first, second) in
        [(Form::Native, Form::Buckets), (Form::Both, Form::Both), (Form::Both, Form::Native)]
    {
        let first = Process { name: "one", ..process(first, [0, 90, 10, 0]) };
        let second = Process { name: "two", ..process(second, [0, 100, 200, 0]) };
        let mut test = test(&[first, second], &[vec![slow("/")], burns().to_vec()].concat());
        let expected = json!([{ "labels": "{job=\"shop\"}", "value": 0.525 }]);
        let query = json!({ "expr": "round(job:shop_latency_errors:ratio_rate5m, 1e-9)", "eval_time": "2h" });
        test["promql_expr_test"] = json!([query]);
        test["promql_expr_test"][0]["exp_samples"] = expected;
        tests.push(test);
    }
    play("native-once", &tests).unwrap();
}
