//! The surface, and the calls of it: any sequence, any text, any number.

use proptest::prelude::*;
use std::time::{Duration, SystemTime};
use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Card,
    Cash,
}

#[metrics(namespace = "shop")]
pub trait Metrics {
    /// Orders taken.
    #[counter(was = "shop_purchases_total")]
    #[counter(name = "order_items", value = items, labels(express), help = "Items ordered.")]
    fn orders(&self, #[label(cap = 64)] customer: &str, express: bool, items: u64);

    /// Money paid.
    #[counter(value = amount)]
    fn payments(&self, #[label(none = "unknown")] method: Option<Method>, amount: f64);

    /// Carts that are open.
    #[up_down_counter(was = "shop_baskets")]
    fn carts(&self, delta: i64);

    /// The cold store's temperature.
    #[gauge(unit = celsius, was = "shop_freezer_celsius")]
    fn set_cold_store(&self, open: bool, degrees: f64);

    /// Parcels delivered.
    #[counter(name = "deliveries")]
    #[histogram(
        name = "delivery",
        labels(priority),
        buckets = [0.5, 2.0, 60.0],
        was = "shop_shipping_seconds",
        help = "Time to the door."
    )]
    fn delivered(
        &self,
        #[label(range = 0..=2)] priority: i32,
        #[label(cap = 64)] region: &str,
        took: Option<Duration>,
    );

    /// Trips driven.
    #[counter]
    #[up_down_counter(
        in_flight,
        name = "trips_out",
        labels(region),
        was = "shop_drives_out",
        help = "On the road."
    )]
    #[guard(start_trip)]
    fn trips(&self, #[label(cap = 64)] region: &str, #[end(default = false)] arrived: bool);

    /// Goods that came back.
    #[counter]
    fn returns(
        &self,
        #[label(values = ["broken", "late"])] reason: &str,
        #[label(cap = 64, none = "")] agent: Option<&str>,
    );

    /// Whether the shop is open, and since when.
    #[gauge(name = "open", value = open)]
    #[gauge(name = "changed.at", value = at, labels())]
    fn set_open(&self, #[value] open: bool, at: SystemTime, door: bool);

    /// By how much prices change.
    #[histogram(signed, buckets = [-1.0, 0.0, 1.0])]
    fn price_change(&self, change: f64);
}

/// An instrument's name with namespace and unit, and with a dot.
pub const INSTRUMENTS: &[(&str, &str)] = &[
    ("shop_orders", "shop.orders"),
    ("shop_order_items", "shop.order_items"),
    ("shop_payments", "shop.payments"),
    ("shop_carts", "shop.carts"),
    ("shop_cold_store_celsius", "shop.cold_store"),
    ("shop_deliveries", "shop.deliveries"),
    ("shop_delivery_seconds", "shop.delivery"),
    ("shop_trips", "shop.trips"),
    ("shop_trips_out", "shop.trips_out"),
    ("shop_returns", "shop.returns"),
    ("shop_open", "shop.open"),
    ("shop_changed_at_seconds", "shop.changed.at"),
    ("shop_price_change", "shop.price_change"),
    ("shop_purchases", "shop.purchases"),
    ("shop_baskets", "shop.baskets"),
    ("shop_freezer_celsius", "shop.freezer"),
    ("shop_shipping_seconds", "shop.shipping"),
    ("shop_drives_out", "shop.drives_out"),
];

/// Names of instruments, and those that they had before.
pub const RENAMED: &[(&str, &str)] = &[
    ("shop_orders", "shop_purchases"),
    ("shop_carts", "shop_baskets"),
    ("shop_cold_store_celsius", "shop_freezer_celsius"),
    ("shop_delivery_seconds", "shop_shipping_seconds"),
    ("shop_trips_out", "shop_drives_out"),
];

/// Up-down counters, which some formats write as gauges.
pub const UP_DOWN: &[&str] = &["shop_carts", "shop_baskets", "shop_trips_out", "shop_drives_out"];

/// What is in flight, which no call and no line tells.
pub const IN_FLIGHT: &str = "shop_trips_out";

/// One call.
#[derive(Clone, Debug)]
pub enum Call {
    Order { customer: String, express: bool, items: u64 },
    Payment { method: Option<Method>, amount: f64 },
    Carts(i64),
    ColdStore { open: bool, degrees: f64 },
    Delivered { priority: i32, region: String, took: Option<Duration> },
    Trip { region: String, end: End },
    Return { reason: String, agent: Option<String> },
    Open { open: bool, at: SystemTime, door: bool },
    PriceChange(f64),
}

/// How a guard ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not before the back ends are read.
    Never,
    Told(bool),
    Dropped,
    Discarded,
}

#[allow(clippy::mem_forget, reason = "a guard that never ends is one of the cases")]
pub fn play(call: &Call, metrics: &dyn Metrics) {
    match call {
        Call::Order { customer, express, items } => metrics.orders(customer, *express, *items),
        Call::Payment { method, amount } => metrics.payments(*method, *amount),
        Call::Carts(delta) => metrics.carts(*delta),
        Call::ColdStore { open, degrees } => metrics.set_cold_store(*open, *degrees),
        Call::Delivered { priority, region, took } => metrics.delivered(*priority, region, *took),
        Call::Trip { region, end } => {
            let trip = metrics.start_trip(region.clone());
            match end {
                // It stays in flight, as documented.
                End::Never => std::mem::forget(trip),
                End::Told(arrived) => trip.end(*arrived),
                End::Dropped => drop(trip),
                End::Discarded => trip.discard(),
            }
        }
        Call::Return { reason, agent } => metrics.returns(reason, agent.as_deref()),
        Call::Open { open, at, door } => metrics.set_open(*open, *at, *door),
        Call::PriceChange(change) => metrics.price_change(*change),
    }
}

/// Any call, with text of any kind; few enough values to stay below the caps.
pub fn call() -> impl Strategy<Value = Call> {
    call_with(text())
}

/// Calls whose texts are many more than the caps.
pub fn crowded_call() -> impl Strategy<Value = Call> {
    call_with((0..400_u32).prop_map(|n| format!("customer {n}")))
}

/// At least one number for each instrument.
pub fn one_of_each() -> Vec<Call> {
    vec![
        Call::Order { customer: "a".to_owned(), express: true, items: 3 },
        Call::Payment { method: Some(Method::Cash), amount: 2.5 },
        Call::Carts(-2),
        Call::ColdStore { open: false, degrees: -18.5 },
        Call::Delivered { priority: 1, region: "b".to_owned(), took: Some(Duration::from_millis(750)) },
        Call::Trip { region: "c".to_owned(), end: End::Told(true) },
        Call::Trip { region: "c".to_owned(), end: End::Never },
        Call::Return { reason: "late".to_owned(), agent: None },
        Call::Open { open: true, at: SystemTime::UNIX_EPOCH + Duration::from_millis(500), door: false },
        Call::PriceChange(-0.5),
    ]
}

fn call_with(text: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = Call> {
    prop_oneof![
        (text.clone(), any::<bool>(), 0..1_u64 << 40).prop_map(|(customer, express, items)| Call::Order {
            customer,
            express,
            items
        }),
        (method(), number()).prop_map(|(method, amount)| Call::Payment { method, amount }),
        (-1_000_000_i64..1_000_000).prop_map(Call::Carts),
        (any::<bool>(), level()).prop_map(|(open, degrees)| Call::ColdStore { open, degrees }),
        (text.clone(), end()).prop_map(|(region, end)| Call::Trip { region, end }),
        (-1..4, text.clone(), proptest::option::of(took()))
            .prop_map(|(priority, region, took)| Call::Delivered { priority, region, took }),
        (reason(), proptest::option::of(text.clone()))
            .prop_map(|(reason, agent)| Call::Return { reason, agent }),
        (any::<bool>(), time(), any::<bool>()).prop_map(|(open, at, door)| Call::Open { open, at, door }),
        number().prop_map(Call::PriceChange),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Never), any::<bool>().prop_map(End::Told), Just(End::Dropped), Just(End::Discarded)]
}

fn method() -> impl Strategy<Value = Option<Method>> {
    prop_oneof![Just(None), Just(Some(Method::Card)), Just(Some(Method::Cash))]
}

/// Text that people send, and text that attackers send. At most 32 distinct ones fit in a case's calls.
fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[a-z]{1,3}",
        any::<String>().prop_map(|text| text.chars().take(40).collect()),
        Just(String::new()),
        Just("other".to_owned()),
        Just("a b=c \"d\" \\e".to_owned()),
        Just("x\n[metrics] event=orders customer=forged express=true items=1".to_owned()),
        Just("tab\tcr\rnul\0esc\u{1b}[2J\u{85}\u{2028}\u{202e}".to_owned()),
        Just("a,b|c:d#e@f".to_owned()),
        Just("ä".repeat(200)),
    ]
}

/// Numbers whose sums are exact, and numbers that are refused where they make no sense.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-8_000..80_000_i32).prop_map(|eighths| f64::from(eighths) / 8.0),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-0.0)],
    ]
}

/// Texts that the list has, and some that it does not have.
fn reason() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["broken", "late", "other", "", "Late", "broken "]).prop_map(str::to_owned)
}

/// Times before the epoch too, whose seconds are exact as floats.
fn time() -> impl Strategy<Value = SystemTime> {
    (-8_000..8_000_i64).prop_map(|eighths| {
        let distance = Duration::from_millis(eighths.unsigned_abs() * 125);
        if eighths < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
    })
}

fn level() -> impl Strategy<Value = f64> {
    (-8_000..8_000_i32).prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn took() -> impl Strategy<Value = Duration> {
    (0..1_000_u64).prop_map(|eighths| Duration::from_millis(eighths * 125))
}
