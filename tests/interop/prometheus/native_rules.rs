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
    let rules = crate::service::bare(&catalog::prometheus_rules::<dyn Metrics>());
    promtool::test_native_rules(name, &rules, tests)
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
    play("native-fleets", &tests).unwrap();
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
