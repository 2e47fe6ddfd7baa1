//! A whole service's alerts and objectives: promtool plays where each fires and where it is silent,
//! over series that appear, are set back, vanish, and are absent.

mod surface;

use crate::promtool;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Value, json};
use surface::Metrics;
use telemetry::catalog;

type Labels = &'static [(&'static str, &'static str)];

/// One series, as promtool writes its samples.
type Input = (&'static str, &'static str);

/// What an alert does at a time. Each row of labels is one alert that fires.
struct Case {
    alert: &'static str,
    at: &'static str,
    series: &'static [Input],
    fires: &'static [Labels],
}

/// A series that is a row of one metric.
macro_rules! case {
    ($alert:literal $at:literal, [$($series:literal = $values:literal),* $(,)?] => [$([$($key:literal $value:literal),*]),*]) => {
        Case {
            alert: $alert,
            at: $at,
            series: &[$(($series, $values)),*],
            fires: &[$(&[("owner", "messaging"), $(($key, $value)),*]),*],
        }
    };
}

const CASES: &[Case] = &[
    // Availability without one route: the health checks fail, and nobody is paged for them.
    case!("MailAvailabilityErrorBudgetBurn" "2h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+980x120",
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "0+20x120",
        r#"mail_http_requests_total{job="m",route="/health",class="2xx"}"# = "0+9999x120",
    ] => [["job" "m", "severity" "page", "slo" "availability"], ["job" "m", "severity" "ticket", "slo" "availability"]]),
    case!("MailAvailabilityErrorBudgetBurn" "2h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+1000x120",
        r#"mail_http_requests_total{job="m",route="/health",class="5xx"}"# = "0+9999x120",
    ] => []),
    // An outage that is over: the long window still has it, the short one has not.
    case!("MailAvailabilityErrorBudgetBurn" "2h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+1000x120",
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "0+100x79 7900x40",
    ] => [["job" "m", "severity" "ticket", "slo" "availability"]]),
    // A short burst, of which the long window has too little.
    case!("MailAvailabilityErrorBudgetBurn" "12h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+1000x720",
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "0x718 50 100",
    ] => []),
    // Slow and steady: a ticket and no page.
    case!("MailAvailabilityErrorBudgetBurn" "80h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+9980x4800",
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "0+20x4800",
    ] => [["job" "m", "severity" "ticket", "slo" "availability"]]),
    case!("MailAvailabilityErrorBudgetBurn" "80h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+9995x4800",
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "0+5x4800",
    ] => []),
    // No traffic, no ratio; and a process that starts again is not an error.
    case!("MailAvailabilityErrorBudgetBurn" "2h", [
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "50x120",
    ] => []),
    case!("MailAvailabilityErrorBudgetBurn" "2h", [
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+1000x60 0+1000x60",
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "70000x60 0x60",
    ] => []),
    case!("MailAvailabilityErrorBudgetBurn" "2h", [] => []),
    // Nothing is good, so that the good ones have no series.
    case!("MailAvailabilityErrorBudgetBurn" "2h", [
        r#"mail_http_requests_total{job="m",route="/",class="5xx"}"# = "0+20x120",
    ] => [["job" "m", "severity" "page", "slo" "availability"], ["job" "m", "severity" "ticket", "slo" "availability"]]),
    // Errors whose process is gone: what it had done counts no more than its windows are long.
    case!("MailAvailabilityErrorBudgetBurn" "9h", [
        r#"mail_http_requests_total{job="m",instance="a",route="/",class="5xx"}"# = "0+20x10 stale",
        r#"mail_http_requests_total{job="m",instance="b",route="/",class="2xx"}"# = "0+1000x540",
    ] => []),
    // Requests up to a bound, 28 of 30 % of which may not be.
    case!("MailLatencyErrorBudgetBurn" "2h", [
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="1.0"}"# = "0+80x120",
        r#"mail_http_duration_seconds_count{job="m",route="/"}"# = "0+100x120",
    ] => [["job" "m", "severity" "page", "slo" "latency"], ["job" "m", "severity" "ticket", "slo" "latency"]]),
    case!("MailLatencyErrorBudgetBurn" "2h", [
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="1.0"}"# = "0+100x120",
        r#"mail_http_duration_seconds_count{job="m",route="/"}"# = "0+100x120",
        r#"mail_http_duration_seconds_bucket{job="m",route="/health",le="1.0"}"# = "0x120",
        r#"mail_http_duration_seconds_count{job="m",route="/health"}"# = "0+100x120",
    ] => []),
    // Acceptance of a part of the outcomes.
    case!("MailAcceptanceErrorBudgetBurn" "2h", [
        r#"mail_smtp_sessions_total{job="m",outcome="accepted"}"# = "0+75x120",
        r#"mail_smtp_sessions_total{job="m",outcome="rejected"}"# = "0+25x120",
    ] => [["job" "m", "severity" "page", "slo" "acceptance"], ["job" "m", "severity" "ticket", "slo" "acceptance"]]),
    case!("MailAcceptanceErrorBudgetBurn" "2h", [
        r#"mail_smtp_sessions_total{job="m",outcome="accepted"}"# = "0+75x120",
        r#"mail_smtp_sessions_total{job="m",outcome="deferred"}"# = "0+900x120",
        r#"mail_smtp_sessions_total{job="m",outcome="dropped"}"# = "0+900x120",
    ] => []),
    // Delivery without two outcomes. With 10 % to lose, errors cannot be 14.4 times as many.
    case!("MailDeliveryErrorBudgetBurn" "8h", [
        r#"mail_deliveries_total{job="m",outcome="sent"}"# = "0+30x480",
        r#"mail_deliveries_total{job="m",outcome="failed"}"# = "0+70x480",
    ] => [["job" "m", "severity" "page", "slo" "delivery"], ["job" "m", "severity" "ticket", "slo" "delivery"]]),
    case!("MailDeliveryErrorBudgetBurn" "8h", [
        r#"mail_deliveries_total{job="m",outcome="sent"}"# = "0+99x480",
        r#"mail_deliveries_total{job="m",outcome="suppressed"}"# = "0+70x480",
        r#"mail_deliveries_total{job="m",outcome="expired"}"# = "0+70x480",
    ] => []),
    // p95 and p99.
    case!("MailHttpDurationP95Above" "30m", [
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="0.25"}"# = "0+90x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="0.5"}"# = "0+100x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="+Inf"}"# = "0+100x30",
    ] => [["job" "m", "route" "/"]]),
    case!("MailHttpDurationP95Above" "30m", [
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="0.25"}"# = "0+96x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="0.5"}"# = "0+100x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="+Inf"}"# = "0+100x30",
    ] => []),
    case!("MailHttpDurationP99Above" "30m", [
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="1.0"}"# = "0+90x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="2.5"}"# = "0+100x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="+Inf"}"# = "0+100x30",
    ] => [["job" "m", "severity" "page"]]),
    case!("MailHttpDurationP99Above" "30m", [
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="1.0"}"# = "0+100x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="2.5"}"# = "0+100x30",
        r#"mail_http_duration_seconds_bucket{job="m",route="/",le="+Inf"}"# = "0+100x30",
    ] => []),
    // Routes by their beginning, whose dot is no joker.
    case!("ApiErrors" "30m", [
        r#"mail_http_requests_total{job="m",route="/api/v1.2/users",class="5xx"}"# = "0+10x30",
        r#"mail_http_requests_total{job="m",route="/login",class="2xx"}"# = "0+90x30",
        r#"mail_http_requests_total{job="m",route="/",class="2xx"}"# = "0+9000x30",
    ] => [["job" "m", "team" "api"]]),
    case!("ApiErrors" "30m", [
        r#"mail_http_requests_total{job="m",route="/api/v12/users",class="5xx"}"# = "0+10x30",
        r#"mail_http_requests_total{job="m",route="/login/again",class="5xx"}"# = "0+10x30",
        r#"mail_http_requests_total{job="m",route="/login",class="2xx"}"# = "0+90x30",
    ] => []),
    // A share of a part.
    case!("MailSmtpSessionsRatioBelow" "30m", [
        r#"mail_smtp_sessions_total{job="m",outcome="accepted"}"# = "0+8x30",
        r#"mail_smtp_sessions_total{job="m",outcome="deferred"}"# = "0+2x30",
    ] => [["job" "m"]]),
    case!("MailSmtpSessionsRatioBelow" "30m", [
        r#"mail_smtp_sessions_total{job="m",outcome="accepted"}"# = "0+8x30",
        r#"mail_smtp_sessions_total{job="m",outcome="rejected"}"# = "0+90x30",
    ] => []),
    // Several counters below the line, one of them without a series.
    case!("MailWebhookFailuresRatioAbove" "30m", [
        r#"mail_webhook_failures_total{job="m",billed="true"}"# = "0+3x30",
        r#"mail_webhook_attempts_total{job="m",billed="true"}"# = "0+10x30",
        r#"mail_webhook_attempts_total{job="m",billed="false"}"# = "0+900x30",
    ] => [["job" "m"]]),
    case!("MailWebhookFailuresRatioAbove" "30m", [
        r#"mail_webhook_failures_total{job="m",billed="true"}"# = "0+3x30",
        r#"mail_webhook_attempts_total{job="m",billed="true"}"# = "0+10x30",
        r#"mail_webhook_retries_total{job="m",billed="true"}"# = "0+10x30",
    ] => []),
    // Several counters above the line: equal labels do not make them one.
    case!("WebhookTrouble" "30m", [
        r#"mail_webhook_failures_total{job="m"}"# = "0+40x30",
        r#"mail_webhook_losses_total{job="m"}"# = "0+40x30",
    ] => [["job" "m"]]),
    case!("WebhookTrouble" "30m", [
        r#"mail_webhook_failures_total{job="m"}"# = "0+40x30",
    ] => []),
    // Averages, which a peak does not move much.
    case!("MailWebsocketConnectionsAverageAbove" "30m", [
        r#"mail_websocket_connections{job="m",instance="a"}"# = "120x30",
        r#"mail_websocket_connections{job="m",instance="b"}"# = "90x29 180",
    ] => [["job" "m", "instance" "a"]]),
    case!("MailWebsocketConnectionsAverageAbove" "30m", [
        r#"mail_websocket_connections{job="m",instance="a"}"# = "120x10 stale",
    ] => []),
    case!("MailQueueDepthAverageAbove" "30m", [
        r#"mail_queue_depth{job="m",instance="a",queue="in"}"# = "0x20 60x10",
        r#"mail_queue_depth{job="m",instance="b",queue="in"}"# = "10x30",
        r#"mail_queue_depth{job="m",instance="a",queue="out"}"# = "40x28 90 90",
    ] => [["job" "m", "queue" "in"]]),
    // An average at the threshold; one series that is gone; a peak of one process that others do not share.
    case!("MailQueueDepthAverageAbove" "30m", [
        r#"mail_queue_depth{job="m",instance="a",queue="in"}"# = "50x30",
        r#"mail_queue_depth{job="m",instance="a",queue="out"}"# = "900x15 stale",
        r#"mail_queue_depth{job="m",instance="b",queue="out"}"# = "0x29 400",
    ] => []),
    case!("MailQueueDepthAverageAbove" "30m", [] => []),
    // Ages: promtool's clock begins at 0.
    case!("MailJanitorRanAgeAbove" "2h", [
        r#"mail_janitor_ran_seconds{job="m",instance="a"}"# = "60x120",
        r#"mail_janitor_ran_seconds{job="m",instance="b"}"# = "0+60x120",
    ] => [["job" "m", "instance" "a", "severity" "ticket"]]),
    case!("MailJanitorRanAgeAbove" "2h", [
        r#"mail_janitor_ran_seconds{job="m",instance="a"}"# = "60x100 stale",
    ] => []),
    case!("MailBackupEndedAgeAbove" "26h", [
        r#"mail_backup_ended_seconds{job="m",instance="a",database="users"}"# = "60x1560",
        r#"mail_backup_ended_seconds{job="m",instance="a",database="mails"}"# = "50000x1560",
    ] => [["job" "m", "database" "users"]]),
    // The last one ended a day ago, and not longer; a database that nobody backs up any more is gone.
    case!("MailBackupEndedAgeAbove" "26h", [
        r#"mail_backup_ended_seconds{job="m",instance="a",database="users"}"# = "7200x1560",
        r#"mail_backup_ended_seconds{job="m",instance="a",database="old"}"# = "60x1500 stale",
    ] => []),
    case!("MailBackupEndedAgeAbove" "26h", [] => []),
    // The age of a queue.
    case!("MailQueueAgeAbove" "30m", [
        r#"mail_queue_age_seconds{job="m",instance="a",queue="in"}"# = "0+60x30",
        r#"mail_queue_age_seconds{job="m",instance="b",queue="in"}"# = "0x30",
        r#"mail_queue_age_seconds{job="m",instance="a",queue="out"}"# = "0+60x28 0 0",
    ] => [["job" "m", "queue" "in", "severity" "page"]]),
    // At the threshold; above it for less than 5 minutes; above it with a pause.
    case!("MailQueueAgeAbove" "30m", [
        r#"mail_queue_age_seconds{job="m",instance="a",queue="in"}"# = "300x30",
        r#"mail_queue_age_seconds{job="m",instance="a",queue="out"}"# = "0x26 301x4",
        r#"mail_queue_age_seconds{job="m",instance="a",queue="bulk"}"# = "900x27 0 900 900",
    ] => []),
    // The first panic of a place, of which no rate sees anything.
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "_x28 1 1",
    ] => [["job" "m", "severity" "page"]]),
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "1x28 2 2",
    ] => [["job" "m", "severity" "page"]]),
    // A new process has fewer than the one before it, which was away for longer than the window.
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "7x10 stale _x16 1 1",
    ] => [["job" "m", "severity" "page"]]),
    // One that is a while ago; a series at 0; scrapes that were missed; a process that is gone; nothing.
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "_x10 1x20",
    ] => []),
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "_x28 0 0",
    ] => []),
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "3x10 stale _x16 3 3",
    ] => []),
    case!("MailPanicsRateAbove" "30m", [
        r#"mail_panics_total{job="m",instance="a",place="x"}"# = "_x5 3x20 stale",
    ] => []),
    case!("MailPanicsRateAbove" "30m", [] => []),
];

impl Case {
    fn test(&self) -> Value {
        let series: Vec<Value> = self
            .series
            .iter()
            .map(|(series, values)| json!({ "series": series, "values": values }))
            .collect();
        let fires = self.fires.iter().map(|labels| {
            let labels: serde_json::Map<String, Value> =
                labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
            json!({ "exp_labels": labels })
        });
        let expected =
            json!({ "eval_time": self.at, "alertname": self.alert, "exp_alerts": fires.collect::<Vec<_>>() });
        json!({ "interval": "1m", "input_series": series, "alert_rule_test": [expected] })
    }
}

/// The rules without their annotations, which promtool would compare too.
pub fn bare(rules: &str) -> String {
    let mut bare = String::new();
    let mut inside = None;
    for line in rules.lines() {
        let depth = line.len() - line.trim_start().len();
        if inside.is_some_and(|of| depth > of) {
            continue;
        }
        inside = line.trim_start().starts_with("annotations:").then_some(depth);
        if inside.is_none() {
            bare.extend([line, "\n"]);
        }
    }
    bare
}

#[test]
fn promtool_takes_the_rules_of_a_service() {
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    // 12 alerts; of 4 objectives 8 ratios and 2 alerts each.
    assert_eq!(promtool::check_rules("mail", &rules), Ok(12 + 4 * (8 + 2)), "{rules}");
}

#[test]
fn the_alerts_and_objectives_of_a_service_fire_when_they_should_and_not_else() {
    let rules = bare(&catalog::prometheus_rules::<dyn Metrics>());
    for (interval, unit) in [("1m", 'm'), ("10m", 'h')] {
        let cases = CASES.iter().filter(|case| case.at.ends_with(unit));
        let tests: Vec<Value> = cases.map(Case::test).collect();
        if let Err(said) = promtool::test_rules_each(interval, "mail", &rules, &tests) {
            panic!("{said}\n{rules}");
        }
    }
    let wrong = CASES[0].test().to_string().replace("0+20x120", "0+1x120");
    promtool::test_rules_each("10m", "wrong", &rules, &[serde_json::from_str(&wrong).unwrap()]).unwrap_err();
}

/// An alert of the rules as they are generated. An objective has two of one name, and two severities.
#[derive(Debug, PartialEq)]
struct Generated {
    name: String,
    severity: Option<String>,
}

impl Generated {
    fn all_of(rules: &str) -> Vec<Self> {
        let file = Yaml::load_from_str(rules).unwrap().remove(0);
        let groups = file["groups"].as_sequence().unwrap().iter();
        groups.flat_map(|group| group["rules"].as_sequence().unwrap()).filter_map(Self::of).collect()
    }

    /// Nothing for a rule that records.
    fn of(rule: &Yaml<'_>) -> Option<Self> {
        let name = rule.as_mapping_get("alert")?.as_str()?.to_owned();
        let severity = rule.as_mapping_get("labels").and_then(|labels| labels.as_mapping_get("severity"));
        Some(Generated { name, severity: severity.map(|severity| severity.as_str().unwrap().to_owned()) })
    }

    fn fires_in(&self, case: &Case) -> bool {
        let severity = |labels: &Labels| {
            labels.iter().find_map(|(key, value)| (*key == "severity").then(|| (*value).to_owned()))
        };
        case.alert == self.name && case.fires.iter().any(|labels| severity(labels) == self.severity)
    }

    /// A case without a series says nothing about a threshold.
    fn is_silent_in(&self, case: &Case) -> bool {
        case.alert == self.name && !case.series.is_empty() && !self.fires_in(case)
    }
}

#[test]
fn each_alert_of_a_service_is_played_where_it_fires_and_where_it_is_silent() {
    let generated = Generated::all_of(&catalog::prometheus_rules::<dyn Metrics>());
    // 12 alerts, and 2 of each of 4 objectives.
    assert_eq!(generated.len(), 12 + 4 * 2, "{generated:?}");
    for alert in &generated {
        assert!(CASES.iter().any(|case| alert.fires_in(case)), "{alert:?} never fires");
        assert!(CASES.iter().any(|case| alert.is_silent_in(case)), "{alert:?} is never silent");
    }
    for case in CASES {
        assert!(generated.iter().any(|alert| alert.name == case.alert), "no rule is called {}", case.alert);
    }
}

/// The object has what the file has, under the keys of the Prometheus operator.
#[test]
fn the_rules_are_an_object_of_the_prometheus_operator_too() {
    let labels = [("release", "prom: \"x\""), ("team", "no")];
    let object = catalog::prometheus_rule_object::<dyn Metrics>("mail", "prod", &labels);
    let object = Yaml::load_from_str(&object).unwrap().remove(0);
    let file = Yaml::load_from_str(&catalog::prometheus_rules::<dyn Metrics>()).unwrap().remove(0);
    assert_eq!(object["apiVersion"].as_str(), Some("monitoring.coreos.com/v1"));
    assert_eq!(object["kind"].as_str(), Some("PrometheusRule"));
    assert_eq!(object["metadata"]["name"].as_str(), Some("mail"));
    assert_eq!(object["metadata"]["namespace"].as_str(), Some("prod"));
    for (key, value) in labels {
        assert_eq!(object["metadata"]["labels"][key].as_str(), Some(value));
    }
    assert_eq!(object["spec"]["groups"], file["groups"]);
    assert_eq!(file["groups"].as_sequence().unwrap().len(), 3);
}
