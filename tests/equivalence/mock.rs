//! What the mock recorded, and what series that makes by the rules of the documentation.

use super::readings::Readings;
use super::scenario::{Call, End, IN_FLIGHT, Method, RecordingMetrics};
use std::time::SystemTime;
use telemetry::label::Text;

/// The mock counts what is in flight, and keeps no labels of it: these are those of the calls.
pub fn read_with_in_flight(mock: &RecordingMetrics, calls: &[Call]) -> Readings {
    let mut readings = read(mock);
    let mut in_flight = 0;
    for call in calls {
        if let Call::Trip { region, end: End::Never } = call {
            readings.sum(IN_FLIGHT, &[("region", &cut(region))], 1.0);
            in_flight += 1;
        }
    }
    assert_eq!(mock.in_flight(), in_flight);
    readings
}

fn read(mock: &RecordingMetrics) -> Readings {
    let mut readings = Readings::default();
    for call in mock.orders_calls().calls() {
        let express = call.express.to_string();
        readings.sum("shop_orders", &[("customer", &cut(&call.customer)), ("express", &express)], 1.0);
        readings.sum("shop_order_items", &[("express", &express)], float(call.items));
    }
    for call in mock.payments_calls().calls() {
        if is_sum(call.amount) {
            readings.sum("shop_payments", &[("method", method(call.method))], call.amount);
        }
    }
    for call in mock.carts_calls().calls() {
        #[allow(clippy::cast_precision_loss, reason = "small")]
        readings.sum("shop_carts", &[], call.delta as f64);
    }
    for call in mock.set_cold_store_calls().calls() {
        readings.gauge("shop_cold_store_celsius", &[("open", &call.open.to_string())], call.degrees);
    }
    for call in mock.delivered_calls().calls() {
        let priority = match call.priority {
            0..=2 => call.priority.to_string(),
            _ => "other".to_owned(),
        };
        readings.sum("shop_deliveries", &[("priority", &priority), ("region", &cut(&call.region))], 1.0);
        if let Some(took) = call.took {
            readings.sample("shop_delivery_seconds", &[("priority", &priority)], took.as_secs_f64());
        }
    }
    for call in mock.trips_calls().calls() {
        let arrived = call.arrived.to_string();
        readings.sum("shop_trips", &[("region", &cut(&call.region)), ("arrived", &arrived)], 1.0);
    }
    for call in mock.returns_calls().calls() {
        let agent = call.agent.as_deref().map(cut).unwrap_or_default();
        let agent = Some(("agent", agent.as_str())).filter(|(_, text)| !text.is_empty());
        let labels: Vec<_> = [("reason", call.reason.as_str())].into_iter().chain(agent).collect();
        readings.sum("shop_returns", &labels, 1.0);
    }
    for call in mock.set_open_calls().calls() {
        readings.gauge("shop_open", &[("door", &call.door.to_string())], f64::from(u8::from(call.open)));
        readings.gauge("shop_changed_at_seconds", &[], since_epoch(call.at));
    }
    for call in mock.price_change_calls().calls() {
        if call.change.is_finite() {
            readings.sample("shop_price_change", &[], call.change);
        }
    }
    readings
}

fn since_epoch(time: SystemTime) -> f64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

/// The mock keeps full text, back ends keep 256 bytes.
fn cut(text: &str) -> String {
    Text::cut(text, 256).to_string()
}

fn method(method: Option<Method>) -> &'static str {
    match method {
        None => "unknown",
        Some(Method::Card) => "card",
        Some(Method::Cash) => "cash",
    }
}

/// What a counter of floats takes.
pub fn is_sum(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

#[allow(clippy::cast_precision_loss, reason = "below 2⁵³")]
fn float(number: u64) -> f64 {
    number as f64
}
