//! The alert rules: promtool checks them and plays each condition, where it fires and where it does not, and
//! a real Prometheus fires the alert of the running outbox.

mod surface;

use crate::outbox::run::{self, Serving};
use crate::promtool;
use crate::server::{Prometheus, Version};
use crate::tool::poll;
use serde_json::{Value, json};
use surface::Metrics;
use telemetry::catalog;

const OUTBOX: &str = include_str!("../../../telemetry/examples/outbox/rules.yml");
const RELAY: &str = include_str!("../../../telemetry/examples/relay/rules.yml");

#[test]
fn promtool_takes_every_file() {
    assert_eq!(promtool::check_rules("outbox", OUTBOX), Ok(1));
    assert_eq!(promtool::check_rules("relay", RELAY), Ok(21));
    assert_eq!(promtool::check_rules("shop", &catalog::prometheus_rules::<dyn Metrics>()), Ok(14));
    assert_eq!(promtool::check_rules("none", &catalog::prometheus_rules::<dyn surface::Silent>()), Ok(0));
    promtool::check_rules("wrong", &OUTBOX.replace(" > 30", " > > 30")).unwrap_err();
}

/// One series, as promtool writes its samples: `0+60x30` is 0, 60, ... a minute apart.
type Input = (&'static str, &'static str);

/// What happens to an alert within 31 minutes.
struct Case {
    alert: &'static str,
    series: &'static [Input],
    /// Nothing, or the labels and the description of the alert that fires.
    fires: Option<(&'static [(&'static str, &'static str)], &'static str)>,
}

const CASES: &[Case] = &[
    // A level, each series by itself.
    Case {
        alert: "ShopOrderAgeAbove",
        series: &[
            (r#"shop_order_age_seconds{job="shop",instance="a",queue="in"}"#, "0+10x30"),
            (r#"shop_order_age_seconds{job="shop",instance="a",queue="out"}"#, "30x30"),
        ],
        fires: Some((
            &[("job", "shop"), ("instance", "a"), ("queue", "in"), ("severity", "page")],
            "shop_order_age_seconds is 5m 0s, above 30 s for 2m (job shop, instance a, queue in).",
        )),
    },
    Case {
        alert: "ShopOrderAgeAbove",
        series: &[(r#"shop_order_age_seconds{job="shop",instance="a",queue="in"}"#, "31x28 30 31 31")],
        fires: None,
    },
    Case {
        alert: "ShopDiskFreeBelow",
        series: &[
            (r#"shop_disk_free_ratio{job="shop",instance="a",disk="1"}"#, "0.5x30"),
            (r#"shop_disk_free_ratio{job="shop",instance="a",disk="2"}"#, "0.0625x30"),
            (r#"shop_disk_free_ratio{job="shop",instance="b",disk="1"}"#, "0.5x30"),
        ],
        fires: Some((
            &[("job", "shop"), ("instance", "a")],
            "shop_disk_free_ratio is 6.25%, below 10 % (job shop, instance a).",
        )),
    },
    Case {
        alert: "ShopDiskFreeBelow",
        series: &[(r#"shop_disk_free_ratio{job="shop",instance="a",disk="1"}"#, "0.1x30")],
        fires: None,
    },
    // What an up-down counter adds up is added up over processes too.
    Case {
        alert: "ShopCartsAbove",
        series: &[
            (r#"shop_carts{job="shop",instance="a"}"#, "60x30"),
            (r#"shop_carts{job="shop",instance="b"}"#, "41x30"),
        ],
        fires: Some((&[("job", "shop"), ("queue", "")], "shop_carts is 101, above 100 (job shop, queue ).")),
    },
    Case {
        alert: "ShopCartsAbove",
        series: &[
            (r#"shop_carts{job="shop",instance="a",queue="in"}"#, "60x30"),
            (r#"shop_carts{job="shop",instance="b",queue="out"}"#, "41x30"),
        ],
        fires: None,
    },
    // What is in flight, each series by itself.
    Case {
        alert: "ShopCheckoutsWaitingAbove",
        series: &[
            (r#"shop_checkouts_waiting{job="shop",instance="a",queue="in"}"#, "101x30"),
            (r#"shop_checkouts_waiting{job="shop",instance="a",queue="out"}"#, "100x30"),
        ],
        fires: Some((
            &[("job", "shop"), ("instance", "a"), ("queue", "in")],
            "shop_checkouts_waiting is 101, above 100 (job shop, instance a, queue in).",
        )),
    },
    Case {
        alert: "ShopCheckoutsWaitingAbove",
        series: &[(r#"shop_checkouts_waiting{job="shop",instance="a",queue="in"}"#, "60x30")],
        fires: None,
    },
    // A rate, of selected series.
    Case {
        alert: "Guessing",
        series: &[
            (r#"shop_logins_total{job="shop",instance="a",result="wrong password"}"#, "0+60x30"),
            (r#"shop_logins_total{job="shop",instance="b",result="no \"user\" (a|b)\\"}"#, "0+60x30"),
            (r#"shop_logins_total{job="shop",instance="a",result="ok"}"#, "0+600x30"),
        ],
        fires: Some((
            &[("job", "shop"), ("severity", "ticket")],
            "shop_logins with result `wrong password` or `no \"user\" (a|b)\\` grows by 2 a second over 5m, above 1.5 (job shop).",
        )),
    },
    Case {
        alert: "Guessing",
        series: &[
            (r#"shop_logins_total{job="shop",instance="a",result="wrong password"}"#, "0+60x30"),
            (r#"shop_logins_total{job="shop",instance="b",result="no \"user\" a"}"#, "0+60x30"),
            (r#"shop_logins_total{job="shop",instance="a",result="ok"}"#, "0+600x30"),
        ],
        fires: None,
    },
    Case {
        alert: "ShopOrdersRateBelow",
        series: &[(r#"shop_orders_total{job="shop",instance="a"}"#, "0+60x20 1200x10")],
        fires: Some((
            &[("job", "shop"), ("severity", "page"), ("runbook", "")],
            "shop_orders grows by 0 a second over 5m, below 0.1 (job shop).",
        )),
    },
    Case {
        alert: "ShopOrdersRateBelow",
        series: &[(r#"shop_orders_total{job="shop",instance="a"}"#, "0+60x30")],
        fires: None,
    },
    // A share of the counter's own growth.
    Case {
        alert: "ShopRequestsRatioAbove",
        series: &[
            (r#"shop_requests_total{job="shop",instance="a",status="5xx"}"#, "0+6x30"),
            (r#"shop_requests_total{job="shop",instance="a",status="2xx"}"#, "0+54x30"),
        ],
        fires: Some((
            &[("job", "shop")],
            "10% of shop_requests has status `5xx` over 5m, above 5 % (job shop).",
        )),
    },
    Case {
        alert: "ShopRequestsRatioAbove",
        series: &[
            (r#"shop_requests_total{job="shop",instance="a",status="5xx"}"#, "100x30"),
            (r#"shop_requests_total{job="shop",instance="a",status="2xx"}"#, "0+54x30"),
        ],
        fires: None,
    },
    // Nothing happened: there is no share.
    Case {
        alert: "ShopRequestsRatioAbove",
        series: &[(r#"shop_requests_total{job="shop",instance="a",status="5xx"}"#, "100x30")],
        fires: None,
    },
    // A part without a series does not count.
    Case {
        alert: "ShopLookupsRatioBelow",
        series: &[(r#"shop_lookups_total{job="shop",instance="a",cache="dns",result="miss"}"#, "0+60x30")],
        fires: Some((
            &[("job", "shop"), ("cache", "dns")],
            "0% of shop_lookups has result `hit` over 10m, below 80 % (job shop, cache dns).",
        )),
    },
    Case {
        alert: "ShopLookupsRatioBelow",
        series: &[
            (r#"shop_lookups_total{job="shop",instance="a",cache="dns",result="hit"}"#, "0+240x30"),
            (r#"shop_lookups_total{job="shop",instance="a",cache="dns",result="miss"}"#, "0+60x30"),
        ],
        fires: None,
    },
    // A share of another counter's growth.
    // The first event of all: the series was there before it.
    Case {
        alert: "ShopCrashesAllRateAbove",
        series: &[
            (r#"shop_crashes_total{job="shop",instance="a",module="m"}"#, "_x28 1x3"),
            (r#"shop_crashes_all_total{job="shop",instance="a"}"#, "0x28 1x3"),
        ],
        fires: Some((
            &[("job", "shop")],
            "shop_crashes_all grows by 3.333m a second over 5m, above 0 (job shop).",
        )),
    },
    // What a series without a beginning hides, which is why the alert looks at the other counter.
    Case {
        alert: "ShopCrashesAllRateAbove",
        series: &[(r#"shop_crashes_all_total{job="shop",instance="a"}"#, "_x28 1x3")],
        fires: None,
    },
    Case {
        alert: "ShopRefundsRatioAbove",
        series: &[
            (r#"shop_refunds_total{job="shop",instance="a"}"#, "0+12x30"),
            (r#"shop_orders_total{job="shop",instance="b"}"#, "0+60x30"),
        ],
        fires: Some((&[("job", "shop")], "shop_refunds is 20% of orders over 5m, above 10 % (job shop).")),
    },
    Case {
        alert: "ShopRefundsRatioAbove",
        series: &[
            (r#"shop_refunds_total{job="shop",instance="a"}"#, "0+6x30"),
            (r#"shop_orders_total{job="shop",instance="a"}"#, "0+60x30"),
        ],
        fires: None,
    },
    // A quantile: half of the numbers in (0.1, 1.0], so that 99 % are up to 0.982.
    Case {
        alert: "ShopRequestDurationP99Above",
        series: &[
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="0.1"}"#,
                "0+30x30",
            ),
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="1.0"}"#,
                "0+60x30",
            ),
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="+Inf"}"#,
                "0+60x30",
            ),
        ],
        fires: Some((
            &[("job", "shop"), ("route", "/")],
            "99 % of shop_request_duration_seconds is up to 982ms over 5m, above 0.5 s (job shop, route /).",
        )),
    },
    Case {
        alert: "ShopRequestDurationP99Above",
        series: &[
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="0.1"}"#,
                "0+60x30",
            ),
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="1.0"}"#,
                "0+60x30",
            ),
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="+Inf"}"#,
                "0+60x30",
            ),
        ],
        fires: None,
    },
    Case {
        alert: "ShopRequestDurationP50Below",
        series: &[
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="0.1"}"#,
                "0+60x30",
            ),
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="+Inf"}"#,
                "0+60x30",
            ),
        ],
        fires: Some((
            &[("job", "shop")],
            "50 % of shop_request_duration_seconds is up to 50ms over 5m, below 0.0625 s (job shop).",
        )),
    },
    Case {
        alert: "ShopRequestDurationP50Below",
        series: &[
            (r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="0.1"}"#, "0+0x30"),
            (
                r#"shop_request_duration_seconds_bucket{job="shop",instance="a",route="/",le="+Inf"}"#,
                "0+0x30",
            ),
        ],
        fires: None,
    },
    // Bytes, a signed number, and a help text made to break templates.
    Case {
        alert: "ShopMemoryAbove",
        series: &[(r#"shop_memory_bytes{job="shop",instance="a"}"#, "3145728x30")],
        fires: Some((
            &[("job", "shop"), ("instance", "a")],
            "shop_memory_bytes is 3MiB, above 1048576 B (job shop, instance a).",
        )),
    },
    Case {
        alert: "ShopMemoryAbove",
        series: &[(r#"shop_memory_bytes{job="shop",instance="a"}"#, "1048576x30")],
        fires: None,
    },
    Case {
        alert: "ShopBalanceBelow",
        series: &[(r#"shop_balance{job="shop",instance="a"}"#, "-2x30")],
        fires: Some((
            &[("job", "shop"), ("instance", "a")],
            "shop_balance is -2, below -1.5 (job shop, instance a).",
        )),
    },
    Case {
        alert: "ShopBalanceBelow",
        series: &[(r#"shop_balance{job="shop",instance="a"}"#, "-1.5x30")],
        fires: None,
    },
];

impl Case {
    fn test(&self) -> Value {
        let (summary, method, runbook) = surface::DECLARED
            .iter()
            .find_map(|(alert, summary, method, runbook)| {
                (*alert == self.alert).then_some((summary, method, runbook))
            })
            .expect(self.alert);
        let series = self.series.iter().map(|(series, values)| json!({ "series": series, "values": values }));
        let fires = self.fires.iter().map(|(labels, description)| {
            let labels = labels.iter().filter(|(_, value)| !value.is_empty());
            let labels: serde_json::Map<String, Value> =
                labels.map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
            let declared = format!("interop_prometheus::rules::surface::Metrics::{method}");
            let mut annotations =
                json!({ "summary": summary, "description": description, "declared": declared });
            if !runbook.is_empty() {
                annotations["runbook_url"] = json!(runbook);
            }
            json!({ "exp_labels": labels, "exp_annotations": annotations })
        });
        let expected =
            json!({ "eval_time": "30m", "alertname": self.alert, "exp_alerts": fires.collect::<Vec<_>>() });
        json!({ "interval": "1m", "input_series": series.collect::<Vec<_>>(), "alert_rule_test": [expected] })
    }
}

#[test]
fn each_condition_fires_when_it_should_and_not_else() {
    let tests: Vec<Value> = CASES.iter().map(Case::test).collect();
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    if let Err(said) = promtool::test_rules("shop", &rules, &tests) {
        panic!("{said}\n{rules}");
    }
    for (alert, ..) in surface::DECLARED {
        for fires in [true, false] {
            assert!(
                CASES.iter().any(|case| case.alert == *alert && case.fires.is_some() == fires),
                "{alert}: {fires} is played"
            );
        }
    }
    assert_eq!(rules.matches("- alert: ").count(), surface::DECLARED.len());
}

/// That the judge can say no: an alert that is expected and does not fire, and one that fires unexpected.
#[test]
fn promtool_sees_a_wrong_expectation() {
    let rules = catalog::prometheus_rules::<dyn Metrics>();
    for wrong in [
        CASES[0].test().to_string().replace("5m 0s", "6m"),
        CASES[1].test().to_string().replace("28 30", "28 31"),
    ] {
        let test: Value = serde_json::from_str(&wrong).unwrap();
        promtool::test_rules("wrong", &rules, &[test]).unwrap_err();
    }
}

/// The alert's `for` is a minute; a copy with three seconds is evaluated, so that no test waits for the
/// minute. The expression and all else stand as they are checked in.
#[test]
fn a_real_prometheus_fires_the_alert_of_an_outbox_that_is_stuck() {
    let rules = OUTBOX.replace("for: 1m\n", "for: 3s\n");
    assert_ne!(rules, OUTBOX);
    let stuck = Serving::start(&mut run::command(&["--fail=lease=1"]));
    let prometheus = Prometheus::with_rules(Version::Three, "stuck", &[("outbox", stuck.address)], &rules);
    for state in ["pending", "firing"] {
        let rule = poll(
            || prometheus.rules().into_iter().find(|rule| rule.state == state),
            || format!("no alert is {state}: {:?}", prometheus.rules()),
        );
        assert_eq!((rule.name.as_str(), rule.health.as_str()), ("E2aWebhookPublisherLagAbove", "ok"));
        let [alert] = rule.alerts.as_slice() else { panic!("one alert: {rule:?}") };
        assert_eq!((alert.labels["severity"].as_str(), alert.labels["job"].as_str()), ("page", "outbox"));
        assert_eq!(alert.annotations["summary"], "Age of the oldest pending event, or 0 if none is pending.");
        let description = &alert.annotations["description"];
        assert!(description.starts_with("e2a_webhook_publisher_lag_seconds is "), "{description}");
        assert!(
            description.contains(", above 30 s for 1m (job outbox, instance 127.0.0.1:"),
            "{description}"
        );
    }
}

#[test]
fn a_real_prometheus_leaves_an_outbox_alone_that_is_done() {
    let done = Serving::start(&mut run::command(&[]));
    let prometheus = Prometheus::with_rules(Version::Three, "done", &[("outbox", done.address)], OUTBOX);
    prometheus.read("outbox").unwrap();
    // The lag has been there for some evaluations.
    let evaluated = "count_over_time(e2a_webhook_publisher_lag_seconds[1m]) > 5";
    poll(|| (prometheus.series(evaluated) == 1).then_some(()), || "the lag is not scraped".to_owned());
    let rules = prometheus.rules();
    let [rule] = rules.as_slice() else { panic!("one rule: {rules:?}") };
    assert_eq!((rule.state.as_str(), rule.health.as_str()), ("inactive", "ok"));
}
