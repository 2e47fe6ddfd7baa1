//! The metrics of a direction, whose names begin with it.

use super::super::{MESSAGE_SIZES, REQUEST_LATENCIES, Routes};
use prometheus::{
    HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Registry, register_histogram_vec_with_registry,
    register_int_counter_vec_with_registry, register_int_gauge_vec_with_registry,
};
use std::time::Duration;

pub struct RouteMetrics {
    requests: IntCounterVec,
    request_latency: HistogramVec,
    request_size: HistogramVec,
    response_size: HistogramVec,
    excessive_size_requests: IntCounterVec,
    excessive_size_responses: IntCounterVec,
    inflight_requests: IntGaugeVec,
    request_errors: IntCounterVec,
}

impl RouteMetrics {
    pub fn new(direction: &str, registry: &Registry) -> Self {
        Self {
            requests: register_int_counter_vec_with_registry!(
                format!("{direction}_requests"),
                "Requests.",
                &["route"],
                registry
            )
            .unwrap(),
            request_latency: register_histogram_vec_with_registry!(
                format!("{direction}_request_latency"),
                "Time to answer a request.",
                &["route"],
                REQUEST_LATENCIES.to_vec(),
                registry
            )
            .unwrap(),
            request_size: register_histogram_vec_with_registry!(
                format!("{direction}_request_size"),
                "Bytes of a request.",
                &["route"],
                MESSAGE_SIZES.to_vec(),
                registry
            )
            .unwrap(),
            response_size: register_histogram_vec_with_registry!(
                format!("{direction}_response_size"),
                "Bytes of a response.",
                &["route"],
                MESSAGE_SIZES.to_vec(),
                registry
            )
            .unwrap(),
            excessive_size_requests: register_int_counter_vec_with_registry!(
                format!("{direction}_excessive_size_requests"),
                "Requests that were too large.",
                &["route"],
                registry
            )
            .unwrap(),
            excessive_size_responses: register_int_counter_vec_with_registry!(
                format!("{direction}_excessive_size_responses"),
                "Responses that were too large.",
                &["route"],
                registry
            )
            .unwrap(),
            inflight_requests: register_int_gauge_vec_with_registry!(
                format!("{direction}_inflight_requests"),
                "Requests that are under way.",
                &["route"],
                registry
            )
            .unwrap(),
            request_errors: register_int_counter_vec_with_registry!(
                format!("{direction}_request_errors"),
                "Requests that failed.",
                &["route", "status"],
                registry
            )
            .unwrap(),
        }
    }
}

/// A request that is under way until it is dropped.
pub struct Request(IntGauge);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Routes for RouteMetrics {
    type Request = Request;

    fn start(&self, route: &'static str) -> Request {
        self.requests.with_label_values(&[route]).inc();
        let inflight = self.inflight_requests.with_label_values(&[route]);
        inflight.inc();
        Request(inflight)
    }

    fn answered(&self, route: &str, request_bytes: u32, response_bytes: u32, took: Duration) {
        self.request_latency.with_label_values(&[route]).observe(took.as_secs_f64());
        self.request_size.with_label_values(&[route]).observe(f64::from(request_bytes));
        self.response_size.with_label_values(&[route]).observe(f64::from(response_bytes));
    }

    fn failed(&self, route: &str, status: &str) {
        self.request_errors.with_label_values(&[route, status]).inc();
    }

    fn request_too_large(&self, route: &str) {
        self.excessive_size_requests.with_label_values(&[route]).inc();
    }

    fn response_too_large(&self, route: &str) {
        self.excessive_size_responses.with_label_values(&[route]).inc();
    }
}
