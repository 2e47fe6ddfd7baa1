//! Metrics of other crates: each arrives once, as a difference of what was delivered.

use crate::half_moved::{Shop, alarms, service};
use crate::receiver::Receiver;
use crate::surface::LONG;
use std::sync::{Arc, Mutex};
use telemetry::Registry;
use telemetry::statsd::Dialect;

#[test]
fn a_half_moved_service_misses_nothing_and_has_nothing_twice() {
    let (registry, shop, old) = service();
    let receiver = Receiver::udp();
    let start = || receiver.config().dialect(Dialect::DogStatsd).start(&registry).unwrap();
    let guard = start();
    shop.checkout(0.25);
    guard.flush(LONG).unwrap();
    let expected = [
        "shop.checkout:0.25|h",
        "shop.orders:2|c|#channel:web",
        "shop.stock:5|g",
        "shop_carts:-4.5|g",
        "shop_delivery_seconds_bucket:1|c|#le:1",
        "shop_delivery_seconds_bucket:2|c|#le:2.5",
        "shop_delivery_seconds_bucket:3|c|#le:_Inf",
        "shop_delivery_seconds_count:3|c",
        "shop_delivery_seconds_sum:11.5|c",
        "shop_payments_total:3|c|#method:card__gold_",
        "shop_render_seconds:0.2|g|#quantile:0.5",
        "shop_render_seconds:0.9|g|#quantile:0.99",
        "shop_render_seconds_count:10|c",
        "shop_render_seconds_sum:6.5|c",
        "stock_items:5|g",
    ];
    assert_eq!(receiver.sorted(), expected);

    // The next push has the growth, and so has the next exporter.
    old.payments.with_label_values(&["card \"gold\""]).inc();
    old.carts.set(1.0);
    guard.shutdown(LONG).unwrap();
    let gauges = ["shop.stock:5|g", "shop_carts:1|g"];
    let quantiles = ["shop_render_seconds:0.2|g|#quantile:0.5", "shop_render_seconds:0.9|g|#quantile:0.99"];
    let rest = ["shop_payments_total:1|c|#method:card__gold_", quantiles[0], quantiles[1], "stock_items:5|g"];
    assert_eq!(receiver.sorted(), [&gauges[..], &rest].concat());
    drop(guard);
    old.payments.with_label_values(&["card \"gold\""]).inc();
    old.delivery.observe(2.0);
    let guard = start();
    guard.flush(LONG).unwrap();
    let sums: Vec<String> = receiver.sorted().into_iter().filter(|line| line.contains("|c")).collect();
    let growth = [
        "shop_delivery_seconds_bucket:1|c|#le:2.5",
        "shop_delivery_seconds_bucket:1|c|#le:_Inf",
        "shop_delivery_seconds_count:1|c",
        "shop_delivery_seconds_sum:2|c",
        "shop_payments_total:1|c|#method:card__gold_",
    ];
    assert_eq!(sums, growth);
    assert_eq!(alarms(&registry), 0);
}

/// A registry with a source whose text the test sets; `None` panics.
fn source() -> (Registry, Arc<Mutex<Option<&'static str>>>) {
    let registry = Registry::new();
    let text = Arc::new(Mutex::new(None));
    let given = text.clone();
    registry.join(move || {
        let text: Option<&str> = *given.lock().unwrap();
        text.map_or_else(|| std::panic::resume_unwind(Box::new("no text")), str::to_owned)
    });
    (registry, text)
}

#[test]
fn a_sum_that_begins_again_or_is_away_for_a_time_is_counted_once() {
    let (registry, text) = source();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    let push = |now: Option<&'static str>| {
        *text.lock().unwrap() = now;
        guard.flush(LONG).unwrap();
        receiver.sorted()
    };
    assert_eq!(push(Some("# TYPE a_total counter\na_total{x=\"1\"} 5\n")), ["a_total.1:5|c"]);
    assert_eq!(push(None), [""; 0], "a source that panics");
    assert_eq!(push(Some("no text\n{")), [""; 0], "a source that is wrong");
    assert_eq!(push(Some("# TYPE a_total counter\na_total{x=\"1\"} 7\n")), ["a_total.1:2|c"]);
    assert_eq!(push(Some("# TYPE a_total counter\na_total{x=\"1\"} 3\n")), ["a_total.1:3|c"], "begins again");
    assert_eq!(push(Some("")), [""; 0], "the series is gone");
    assert_eq!(
        push(Some("# TYPE a_total counter\na_total{x=\"1\"} 4\n")),
        ["a_total.1:4|c"],
        "and a new one"
    );
}

#[test]
fn what_no_server_takes_is_counted_once_until_it_can_be_sent() {
    let (registry, text) = source();
    let receiver = Receiver::udp();
    let guard = receiver.config().start(&registry).unwrap();
    *text.lock().unwrap() = Some("# TYPE a gauge\na NaN\nb -2\n");
    for _ in 0..2 {
        guard.flush(LONG).unwrap();
        assert_eq!(receiver.sorted(), ["b:-2|g", "b:0|g"], "a sign alone would be a change");
    }
    assert_eq!(alarms(&registry), 1);
    *text.lock().unwrap() = Some("# TYPE a gauge\na 1\n");
    guard.flush(LONG).unwrap();
    assert_eq!(receiver.sorted(), ["a:1|g"]);
}
