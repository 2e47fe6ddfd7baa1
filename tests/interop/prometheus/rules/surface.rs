//! A surface with an alert of every condition, and with text that was made to break rules.

use telemetry::{Label, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    In,
    Out,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(name = "result")]
pub enum Login {
    Ok,
    #[label(rename = "wrong password")]
    WrongPassword,
    #[label(rename = "no \"user\" (a|b)\\")]
    NoUser,
}

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    #[label(rename = "2xx")]
    Success,
    #[label(rename = "5xx")]
    Failure,
}

/// What a shop counts.
#[metrics(namespace = "shop")]
pub trait Metrics {
    /// Age of the oldest order.
    ///
    /// Only the first paragraph is the summary.
    #[gauge(unit = seconds)]
    #[alert(above = 30, for = "2m", severity = "page")]
    fn set_order_age(&self, queue: Queue, seconds: f64);

    /// Free part of a disk.
    #[gauge(unit = ratio)]
    #[alert(below = 0.1, by(instance))]
    fn set_disk_free(&self, #[label(range = 1..=4)] disk: u8, share: f64);

    /// Open carts.
    #[up_down_counter(value = delta)]
    #[alert(above = 100, by(queue))]
    fn carts(&self, queue: Queue, delta: i64);

    /// Checkouts.
    #[counter]
    #[up_down_counter(in_flight, name = "checkouts_waiting", labels(queue), help = "Checkouts that wait.")]
    #[alert(above = 100, on = checkouts_waiting)]
    #[guard(start_checkout)]
    fn checkouts(&self, queue: Queue, #[end(default = false)] paid: bool);

    /// Logins.
    #[counter]
    #[alert(rate_above = 1.5, matching(result = ["wrong password", "no \"user\" (a|b)\\"]), severity = "ticket", name = "Guessing")]
    fn logins(&self, result: Login);

    /// Orders: "{{ $value }}" of them, {{{ 'so' }}} # said.
    #[counter]
    #[alert(rate_below = 0.1, severity = "page", runbook = "https://shop.example/{{orders}}?a=b#c")]
    fn orders(&self);

    /// Requests.
    #[counter]
    #[histogram(name = "request_duration", unit = seconds, value = seconds, labels(route), buckets = [0.1, 1.0])]
    #[alert(ratio_above = 0.05, matching(status = "5xx"))]
    #[alert(quantile = 0.99, above = 0.5, by(route))]
    #[alert(quantile = 0.5, below = 0.0625)]
    fn requests(&self, status: Status, #[label(cap = 64)] route: &str, seconds: f64);

    /// Lookups.
    #[counter(name = "lookups", labels(cache, result = "hit"))]
    #[alert(ratio_below = 0.8, matching(result = "hit"), by(cache), over = "10m")]
    fn hit(&self, #[label(cap = 8)] cache: &str);

    /// Lookups.
    #[counter(name = "lookups", labels(cache, result = "miss"))]
    fn miss(&self, #[label(cap = 8)] cache: &str);

    /// Crashes.
    #[counter]
    #[counter(name = "crashes_all", labels(), help = "Crashes, wherever.")]
    #[alert(rate_above = 0, on = crashes_all)]
    fn crashes(&self, #[label(cap = 8)] module: &str);

    /// Refunds.
    #[counter]
    #[alert(ratio_above = 0.1, to = orders)]
    fn refunds(&self);

    /// Memory.
    #[gauge(unit = bytes)]
    #[alert(above = 1_048_576)]
    fn set_memory(&self, bytes: u64);

    /// Balance.
    #[gauge]
    #[alert(below = -1.5)]
    fn set_balance(&self, balance: f64);
}

/// Each alert, its summary, the method that declares it, and its runbook.
pub const DECLARED: &[(&str, &str, &str, &str)] = &[
    ("ShopOrderAgeAbove", "Age of the oldest order.", "set_order_age", ""),
    ("ShopDiskFreeBelow", "Free part of a disk.", "set_disk_free", ""),
    ("ShopCartsAbove", "Open carts.", "carts", ""),
    ("ShopCheckoutsWaitingAbove", "Checkouts that wait.", "checkouts", ""),
    ("Guessing", "Logins.", "logins", ""),
    (
        "ShopOrdersRateBelow",
        "Orders: \"{{ $value }}\" of them, {{{ 'so' }}} # said.",
        "orders",
        "https://shop.example/{{orders}}?a=b#c",
    ),
    ("ShopRequestsRatioAbove", "Requests.", "requests", ""),
    ("ShopRequestDurationP99Above", "Requests.", "requests", ""),
    ("ShopRequestDurationP50Below", "Requests.", "requests", ""),
    ("ShopLookupsRatioBelow", "Lookups.", "hit", ""),
    ("ShopCrashesAllRateAbove", "Crashes, wherever.", "crashes", ""),
    ("ShopRefundsRatioAbove", "Refunds.", "refunds", ""),
    ("ShopMemoryAbove", "Memory.", "set_memory", ""),
    ("ShopBalanceBelow", "Balance.", "set_balance", ""),
];

/// A surface without an alert.
#[metrics]
pub trait Silent {
    /// Nothing of note.
    #[counter]
    fn nothings(&self);
}
