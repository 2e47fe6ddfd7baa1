//! `Layer::with_span_fields`: fields of the spans around a metric call, on its line.

use crate::capture::{Written, with_default};
use crate::events::{hostile, mapped, parse};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use telemetry::log::{Format, Layer, Queue, is_metric};
use telemetry::{Log, metrics};
use tracing::field::Empty;
use tracing::{Span, info_span, trace_span};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

const FORMATS: [Format; 4] = [Format::Prefixed, Format::Logfmt, Format::Json, Format::Emf];

#[metrics(namespace = "app")]
trait Metrics {
    /// Orders received.
    #[counter]
    #[counter(name = "items", value = items, labels(shop = "main"), help = "Items.")]
    #[log("order.received", level = info)]
    fn orders(&self, #[label(cap = 8)] route: &str, items: u64);

    /// Look-ups, of which few have a line.
    #[counter]
    #[log("lookup", every = 1_000)]
    fn lookups(&self);
}

/// What the closure logs, with these fields of spans.
fn lines(format: Format, names: &[&str], run: impl FnOnce(&Log)) -> Vec<String> {
    let written = Written::default();
    let layer = Layer::new(format, written.clone()).with_span_fields(names.iter().copied());
    let filter = filter_fn(layer.filter());
    with_default(registry().with(layer.with_filter(filter)), || run(&Log::with_summary()));
    written.text().split_terminator('\n').map(str::to_owned).collect()
}

fn prefixed(names: &[&str], run: impl FnOnce(&Log)) -> Vec<String> {
    lines(Format::Prefixed, names, run)
}

fn json_of(line: &str) -> Value {
    let mut value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    value.as_object_mut().unwrap().remove("time");
    value
}

#[test]
fn the_innermost_span_wins_and_the_order_is_that_of_the_names() {
    let lines = prefixed(&["user", "request_id", "shard"], |log| {
        log.orders("/", 1);
        let _outer = info_span!("outer", request_id = "outer", user = "ada", password = "s3cret").entered();
        log.orders("/", 2);
        {
            let _inner = info_span!("inner", shard = 7_u64, request_id = "inner").entered();
            let _bare = info_span!("bare").entered();
            log.orders("/", 3);
        }
        log.orders("/", 4);
    });
    assert_eq!(
        lines,
        [
            "[metrics] event=order.received route=/ items=1",
            "[metrics] event=order.received route=/ items=2 user=ada request_id=outer",
            "[metrics] event=order.received route=/ items=3 user=ada request_id=inner shard=7",
            "[metrics] event=order.received route=/ items=4 user=ada request_id=outer",
        ],
    );
}

#[test]
fn every_format_has_them_behind_its_own_fields_with_their_types() {
    let of = |format| {
        let lines = lines(format, &["id", "shard", "left", "ratio", "retried", "peer"], |log| {
            let (shard, left, peer) = (u64::MAX, -1_i64, std::net::Ipv4Addr::LOCALHOST);
            let span = info_span!("s", id = "a b", shard, left, ratio = 0.5, retried = true, %peer);
            span.in_scope(|| log.orders("/", 5));
        });
        assert_eq!(lines.len(), 1);
        lines[0].clone()
    };
    let pairs = r#"event=order.received route=/ items=5 id="a b" shard=18446744073709551615 left=-1 ratio=0.5 retried=true peer=127.0.0.1"#;
    assert_eq!(of(Format::Prefixed), format!("[metrics] {pairs}"));
    assert!(of(Format::Logfmt).ends_with(&format!(" level=info {pairs}")), "{}", of(Format::Logfmt));
    let fields =
        r#""id":"a b","shard":18446744073709551615,"left":-1,"ratio":0.5,"retried":true,"peer":"127.0.0.1""#;
    let json = of(Format::Json);
    assert!(json.ends_with(&format!(r#""route":"/","items":5,{fields}}}"#)), "{json}");
    let emf = of(Format::Emf);
    assert!(emf.contains(&format!(r#""orders":1,"items":5,{fields},"_aws":{{"#)), "{emf}");
    let dimensions = |at: usize| json_of(&emf)["_aws"]["CloudWatchMetrics"][at]["Dimensions"].clone();
    assert_eq!([dimensions(0), dimensions(1)], [json!([["route"]]), json!([["route", "shop"]])]);
}

#[test]
fn a_value_that_is_recorded_later_is_on_the_lines_that_follow() {
    let lines = prefixed(&["user", "status"], |log| {
        let span = info_span!("request", user = Empty, status = 1);
        let _entered = span.enter();
        log.orders("/", 1);
        span.record("user", "ada");
        log.orders("/", 2);
        span.record("user", "bob");
        Span::current().record("status", "done");
        log.orders("/", 3);
    });
    assert_eq!(
        lines,
        [
            "[metrics] event=order.received route=/ items=1 status=1",
            "[metrics] event=order.received route=/ items=2 user=ada status=1",
            "[metrics] event=order.received route=/ items=3 user=bob status=done",
        ],
    );
}

#[test]
fn a_key_that_the_line_has_is_not_added() {
    let names = ["route", "items", "orders", "app_orders", "shop", "level", "time", "event", "_aws", "other"];
    let run = |log: &Log| {
        let span = info_span!(
            "s",
            route = "x",
            items = "x",
            orders = "x",
            app_orders = "x",
            shop = "x",
            level = "x",
            time = "x",
            event = "x",
            _aws = "x",
            other = "x"
        );
        span.in_scope(|| log.orders("/", 5));
    };
    // Constants and instruments are members of CloudWatch's objects alone.
    let pairs = "event=order.received route=/ items=5 orders=x app_orders=x shop=x other=x";
    assert_eq!(lines(Format::Prefixed, &names, run), [format!("[metrics] {pairs}")]);
    let json = lines(Format::Json, &names, run).remove(0);
    assert_eq!(json.matches("\"x\"").count(), 4, "{json}");
    let emf = lines(Format::Emf, &names, run).remove(0);
    assert_eq!(emf.matches("\"x\"").count(), 1, "{emf}");
    assert_eq!(json_of(&emf)["other"], "x");
}

#[test]
fn a_name_that_is_no_word_becomes_one() {
    let lines = prefixed(&["http.method", "a \"b\"=c\nd"], |log| {
        let span = info_span!("s", http.method = "GET", "a \"b\"=c\nd" = 1);
        span.in_scope(|| log.orders("/", 5));
    });
    assert_eq!(lines, ["[metrics] event=order.received route=/ items=5 http.method=GET a__b__c_d=1"]);
}

#[test]
fn a_summary_has_no_field_of_the_span_that_asked_for_it() {
    let lines = prefixed(&["id"], |log| {
        let _span = info_span!("s", id = "x").entered();
        log.lookups();
        log.orders("/", 1);
        log.summarize();
    });
    assert_eq!(
        lines,
        ["[metrics] event=order.received route=/ items=1 id=x", "[metrics] summary=lookup silent=1"],
    );
}

#[test]
fn long_text_is_cut() {
    let long = "ü".repeat(100_000);
    let lines = prefixed(&["text", "debug"], |log| {
        let span = info_span!("s", text = &*long, debug = ?long);
        span.in_scope(|| log.orders("/", 1));
    });
    let pairs = parse(&lines[0]);
    for (_, text) in &pairs[3..] {
        assert!(text.len() <= 1_024 && text.len() > 1_000 && text.ends_with('…'), "{}", text.len());
    }
    assert_eq!(pairs.len(), 5);
}

#[test]
fn the_layer_s_filter_accepts_its_spans_and_that_for_metrics_alone_accepts_none() {
    let written = Written::default();
    let layer = Layer::new(Format::Prefixed, written.clone()).with_span_fields(["id"]);
    let filter = layer.filter();
    let accepts = |span: &Span| filter(span.metadata().unwrap());
    let run = || {
        let with_id = trace_span!("with", id = "x");
        let without = info_span!("without", other = "x");
        assert_eq!((accepts(&with_id), accepts(&without)), (true, false));
        with_id.in_scope(|| without.in_scope(|| Log::default().orders("/", 1)));
    };
    let all = || tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    with_default(registry().with(all()).with(layer.clone().with_filter(filter_fn(filter.clone()))), run);
    with_default(registry().with(all()).with(layer.clone().with_filter(filter_fn(is_metric))), run);
    let line = "[metrics] event=order.received route=/ items=1";
    assert_eq!(written.text(), format!("{line} id=x\n{line}\n"));
}

#[test]
fn layers_of_one_subscriber_have_fields_of_their_own() {
    let (one, other, none) = (Written::default(), Written::default(), Written::default());
    let subscriber = registry()
        .with(Layer::new(Format::Prefixed, one.clone()).with_span_fields(["a", "b"]))
        .with(Layer::new(Format::Prefixed, other.clone()).with_span_fields(["b", "c"]))
        .with(Layer::new(Format::Prefixed, none.clone()));
    with_default(subscriber, || {
        let span = info_span!("s", a = 1, b = 2, c = Empty);
        span.record("c", 3);
        span.in_scope(|| Log::default().orders("/", 1));
    });
    let line = "[metrics] event=order.received route=/ items=1";
    let texts = [&one, &other, &none].map(Written::text);
    assert_eq!(texts, [format!("{line} a=1 b=2\n"), format!("{line} b=2 c=3\n"), format!("{line}\n")]);
}

#[test]
fn a_queue_writes_them_too() {
    let written = Written::default();
    let (queue, guard) = Queue::start(written.clone()).unwrap();
    with_default(registry().with(Layer::new(Format::Json, queue).with_span_fields(["id"])), || {
        let span = info_span!("s", id = "x");
        span.in_scope(|| Log::default().orders("/", 1));
        // The line was made in the span: what comes later is not on it.
        span.record("id", "y");
    });
    assert!(guard.shutdown(Duration::from_mins(1)));
    assert_eq!(json_of(written.text().trim_end())["id"], "x");
}

/// A text that is made by code which logs a metric.
struct Logs(Arc<Log>);

impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.orders("/inside", 1);
        f.write_str("made")
    }
}

#[test]
fn a_value_whose_text_logs_in_the_span_itself_waits_for_nobody() {
    let written = Written::default();
    with_default(
        registry().with(Layer::new(Format::Prefixed, written.clone()).with_span_fields(["id"])),
        || {
            let log = Arc::new(Log::default());
            let span = info_span!("s", id = "before");
            span.in_scope(|| {
                span.record("id", tracing::field::display(Logs(log.clone())));
                log.orders("/", 2);
            });
        },
    );
    assert_eq!(
        written.text(),
        "[metrics] event=order.received route=/inside items=1 id=before\n\
         [metrics] event=order.received route=/ items=2 id=made\n",
    );
}

#[test]
fn a_value_whose_text_panics_is_cut_there() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("so far")?;
            panic!("in a test");
        }
    }
    let lines = prefixed(&["id"], |log| info_span!("s", id = %Panics).in_scope(|| log.orders("/", 1)));
    assert_eq!(lines, ["[metrics] event=order.received route=/ items=1 id=\"so far…\""]);
}

proptest! {
    #[test]
    fn no_value_forges_a_line_or_a_key(text in hostile()) {
        for format in FORMATS {
            let lines = lines(format, &["id"], |log| {
                info_span!("s", id = &*text).in_scope(|| log.orders("/", 1));
            });
            prop_assert_eq!(lines.len(), 1);
            let safe = lines[0].chars().all(|c| mapped(&c.to_string()) == c.to_string() && c != '\n');
            prop_assert!(safe, "{}", lines[0]);
            if matches!(format, Format::Json | Format::Emf) {
                prop_assert_eq!(&json_of(&lines[0])["id"], &json!(text));
            } else {
                let line = lines[0].strip_prefix("[metrics] ").unwrap_or(&lines[0]);
                let pairs = parse(&format!("[metrics] {line}"));
                let shown = mapped(&text);
                let expected = if shown.is_empty() { None } else { Some(&shown) };
                prop_assert_eq!(pairs.iter().find(|(key, _)| key == "id").map(|(_, text)| text), expected);
            }
        }
    }
}
