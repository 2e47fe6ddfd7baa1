//! A service of which half has moved: some metrics are declared here, the others are still in the crate
//! `prometheus`, and those that moved are still registered there too.

use prometheus::core::Collector;
use prometheus::{CounterVec, Gauge, Histogram, HistogramOpts, IntCounter, Opts, TextEncoder};
use telemetry::registry::{Instruments, Point};
use telemetry::value::Number;
use telemetry::{Registry, metrics};

#[metrics(namespace = "shop")]
pub trait Shop {
    /// Orders.
    #[counter]
    #[log(off)]
    fn orders(&self, #[label(cap = 8)] channel: &str);

    /// Items in stock.
    #[gauge(was = "stock_items")]
    #[log(off)]
    fn set_stock(&self, items: u64);

    /// Time of a checkout.
    #[histogram(buckets = [0.5, 1.0], unit = seconds)]
    #[log(off)]
    fn checkout(&self, seconds: f64);

    /// Time of a search.
    #[histogram(buckets = [0.5, 1.0], unit = seconds)]
    #[log(off)]
    fn search(&self, seconds: f64);
}

/// What is still in the old crate alone.
pub struct Old {
    pub payments: CounterVec,
    pub carts: Gauge,
    pub delivery: Histogram,
}

/// The service after the same calls in both crates: a registry whose every exporter has both halves.
pub fn service() -> (Registry, Instruments<dyn Shop>, Old) {
    let registry = Registry::new();
    let shop = registry.register::<dyn Shop>().unwrap();
    shop.orders("web");
    shop.orders("web");
    shop.set_stock(5);
    shop.checkout(0.25);
    shop.search(0.75);

    let old = prometheus::Registry::new();
    let orders = CounterVec::new(Opts::new("shop_orders_total", "Orders."), &["channel"]).unwrap();
    orders.with_label_values(&["web"]).inc_by(1_000.0);
    let stock = Gauge::new("stock_items", "Items in stock.").unwrap();
    stock.set(1_000.0);
    let checkout = HistogramOpts::new("shop_checkout_seconds", "Time.").buckets(vec![0.5, 1.0]);
    let checkout = Histogram::with_opts(checkout).unwrap();
    checkout.observe(1_000.0);
    let moved: [Box<dyn Collector>; 3] = [Box::new(orders), Box::new(stock), Box::new(checkout)];

    let payments = CounterVec::new(Opts::new("shop_payments_total", "Payments."), &["method"]).unwrap();
    payments.with_label_values(&["card \"gold\""]).inc_by(3.0);
    let carts = Gauge::new("shop_carts", "Open carts.").unwrap();
    carts.set(-4.5);
    let delivery = HistogramOpts::new("shop_delivery_seconds", "Delivery.").buckets(vec![1.0, 2.5]);
    let delivery = Histogram::with_opts(delivery).unwrap();
    for seconds in [0.5, 2.0, 9.0] {
        delivery.observe(seconds);
    }
    let empty = IntCounter::new("shop_returns_total", "Returns.").unwrap();
    let kept: [Box<dyn Collector>; 4] =
        [Box::new(payments.clone()), Box::new(carts.clone()), Box::new(delivery.clone()), Box::new(empty)];
    moved.into_iter().chain(kept).for_each(|collector| old.register(collector).unwrap());
    registry.join(move || TextEncoder::new().encode_to_string(&old.gather()).unwrap());
    // As the crate `metrics-exporter-prometheus` writes histograms; one has moved to a histogram.
    registry.join(|| {
        let summary = |name| {
            format!(
                "# HELP {name} Time.\n# TYPE {name} summary\n{name}{{quantile=\"0.5\"}} 0.2\n{name}{{quantile=\"0.99\"}} 0.9\n\
                 {name}_sum 6.5\n{name}_count 10\n"
            )
        };
        summary("shop_render_seconds") + &summary("shop_search_seconds")
    });
    (registry, shop, Old { payments, carts, delivery })
}

/// The sum of all that the registry counts as lost, rejected or wrong.
pub fn alarms(registry: &Registry) -> u64 {
    const ALARMS: [&str; 5] =
        ["dropped", "rejected_expositions", "collect_panics", "export_dropped", "export_failures"];
    let snapshot = registry.snapshot();
    let own = snapshot.families().filter(|family| ALARMS.contains(&family.name()));
    let series = own.flat_map(|family| family.series().collect::<Vec<_>>());
    let numbers = series.map(|series| match series.point() {
        Point::Sum(Number::U64(count)) => count,
        other => panic!("{other:?}"),
    });
    numbers.sum()
}
