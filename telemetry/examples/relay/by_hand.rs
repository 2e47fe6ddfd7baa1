//! Every fifth of the relay's methods for Prometheus, as a team writes it by hand: with the crate
//! `prometheus`.
//!
//! `lines` counts it, to say what the whole surface takes by hand. It has the derived labels, which is less
//! to write than by hand; a test holds it to the same samples as the declaration.

mod capped;

use crate::labels::{Cache, Domain, Method, Outcome, Queue, Route, StatusClass, Verb, Verdict};
use crate::surface::Metrics;
use capped::Capped;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, Result, TextEncoder,
};
use std::time::Duration;
use telemetry::Event;
use telemetry::label::Closed;

const FAST: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
const SLOW: &[f64] = &[0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0];

const ROUTES: &[&str] = &["/v1/messages", "/v1/messages/{id}", "/v1/domains"];
const DOMAINS: &[&str] = &["gmail.com", "outlook.com", "yahoo.com", "icloud.com"];

pub(crate) struct Prometheus {
    registry: Registry,
    routes: Capped,
    domains: Capped,
    http_requests: IntCounterVec,
    http_request_duration: HistogramVec,
    http_panics: IntCounterVec,
    smtp_timeouts: IntCounterVec,
    dkim_checks: IntCounterVec,
    queue_popped: IntCounterVec,
    queue_wait: HistogramVec,
    delivery_attempts: IntCounterVec,
    delivery_duration: HistogramVec,
    delivery_sent: IntCounterVec,
    cache_lookups: IntCounterVec,
    auth_locked: IntCounter,
    pool_waited: Histogram,
}

impl Prometheus {
    pub(crate) fn new() -> Result<Self> {
        let http_requests = IntCounterVec::new(
            Opts::new("relay_http_requests_total", "HTTP requests served."),
            &["method", "route", "status"],
        )?;
        let http_request_duration = HistogramVec::new(
            HistogramOpts::new("relay_http_request_duration_seconds", "Time to serve an HTTP request.")
                .buckets(FAST.to_vec()),
            &["method", "route"],
        )?;
        let http_panics = IntCounterVec::new(
            Opts::new("relay_http_panics_total", "Handlers of HTTP requests that panicked."),
            &["route"],
        )?;
        let smtp_timeouts = IntCounterVec::new(
            Opts::new("relay_smtp_timeouts_total", "Clients that did not finish a command in time."),
            &["verb"],
        )?;
        let dkim_checks = IntCounterVec::new(
            Opts::new("relay_dkim_checks_total", "Checks of signatures by DKIM."),
            &["verdict"],
        )?;
        let queue_popped = IntCounterVec::new(
            Opts::new("relay_queue_popped_total", "Messages taken from a queue."),
            &["queue"],
        )?;
        let queue_wait = HistogramVec::new(
            HistogramOpts::new("relay_queue_wait_seconds", "How long a message was in its queue.")
                .buckets(SLOW.to_vec()),
            &["queue"],
        )?;
        let delivery_attempts = IntCounterVec::new(
            Opts::new("relay_delivery_attempts_total", "Attempts to deliver a message."),
            &["domain", "outcome", "status"],
        )?;
        let delivery_duration = HistogramVec::new(
            HistogramOpts::new("relay_delivery_duration_seconds", "Time of an attempt.")
                .buckets(SLOW.to_vec()),
            &["outcome"],
        )?;
        let delivery_sent = IntCounterVec::new(
            Opts::new("relay_delivery_sent_bytes_total", "Bytes sent to other servers."),
            &["domain"],
        )?;
        let cache_lookups = IntCounterVec::new(
            Opts::new("relay_cache_lookups_total", "Lookups in a cache."),
            &["cache", "result"],
        )?;
        let auth_locked =
            IntCounter::new("relay_auth_locked_total", "Accounts locked after too many attempts.")?;
        let pool_waited = Histogram::with_opts(
            HistogramOpts::new(
                "relay_pool_waited_seconds",
                "Time that a query waited for a connection to the database.",
            )
            .buckets(FAST.to_vec()),
        )?;
        let registry = Registry::new();
        registry.register(Box::new(http_requests.clone()))?;
        registry.register(Box::new(http_request_duration.clone()))?;
        registry.register(Box::new(http_panics.clone()))?;
        registry.register(Box::new(smtp_timeouts.clone()))?;
        registry.register(Box::new(dkim_checks.clone()))?;
        registry.register(Box::new(queue_popped.clone()))?;
        registry.register(Box::new(queue_wait.clone()))?;
        registry.register(Box::new(delivery_attempts.clone()))?;
        registry.register(Box::new(delivery_duration.clone()))?;
        registry.register(Box::new(delivery_sent.clone()))?;
        registry.register(Box::new(cache_lookups.clone()))?;
        registry.register(Box::new(auth_locked.clone()))?;
        registry.register(Box::new(pool_waited.clone()))?;
        let metrics = Prometheus {
            registry,
            routes: Capped::new(32, ROUTES, "unrouted"),
            domains: Capped::new(100, DOMAINS, "other"),
            http_requests,
            http_request_duration,
            http_panics,
            smtp_timeouts,
            dkim_checks,
            queue_popped,
            queue_wait,
            delivery_attempts,
            delivery_duration,
            delivery_sent,
            cache_lookups,
            auth_locked,
            pool_waited,
        };
        metrics.begin_at_zero();
        Ok(metrics)
    }

    /// A rate needs a first value: what is known from the start begins at zero.
    fn begin_at_zero(&self) {
        for route in ROUTES {
            self.http_panics.with_label_values(&[route]);
            for method in Method::values() {
                for status in StatusClass::values() {
                    self.http_requests.with_label_values(&[method, route, status]);
                }
            }
        }
        for domain in DOMAINS {
            self.delivery_sent.with_label_values(&[domain]);
            for outcome in Outcome::values() {
                for status in StatusClass::values().iter().chain(&["none"]) {
                    self.delivery_attempts.with_label_values(&[domain, outcome, status]);
                }
            }
        }
        for verb in Verb::values() {
            self.smtp_timeouts.with_label_values(&[verb]);
        }
        for verdict in Verdict::values() {
            self.dkim_checks.with_label_values(&[verdict]);
        }
        for queue in Queue::values() {
            self.queue_popped.with_label_values(&[queue]);
            self.queue_wait.with_label_values(&[queue]);
        }
        for outcome in Outcome::values() {
            self.delivery_duration.with_label_values(&[outcome]);
        }
        for cache in Cache::values() {
            self.cache_lookups.with_label_values(&[cache, "hit"]);
        }
    }

    pub(crate) fn render(&self) -> Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

impl Metrics for Prometheus {
    fn http_requests(&self, method: Method, route: Route<'_>, status: StatusClass, took: Option<Duration>) {
        let route = self.routes.bounded(route.0);
        self.http_requests.with_label_values(&[method.as_str(), &route, status.as_str()]).inc();
        if let Some(took) = took {
            self.http_request_duration
                .with_label_values(&[method.as_str(), &*route])
                .observe(took.as_secs_f64());
        }
    }

    fn http_panics(&self, route: Route<'_>) {
        self.http_panics.with_label_values(&[&self.routes.bounded(route.0)]).inc();
    }

    fn smtp_timeouts(&self, verb: Verb) {
        self.smtp_timeouts.with_label_values(&[verb.as_str()]).inc();
    }

    fn dkim_checks(&self, verdict: Verdict) {
        self.dkim_checks.with_label_values(&[verdict.as_str()]).inc();
    }

    fn queue_popped(&self, queue: Queue, waited: Duration) {
        self.queue_popped.with_label_values(&[queue.as_str()]).inc();
        self.queue_wait.with_label_values(&[queue.as_str()]).observe(waited.as_secs_f64());
    }

    fn delivery_attempts(
        &self,
        domain: Domain<'_>,
        outcome: Outcome,
        status: Option<StatusClass>,
        took: Option<Duration>,
    ) {
        let domain = self.domains.bounded(domain.0);
        let status = status.map_or("none", |status| status.as_str());
        self.delivery_attempts.with_label_values(&[&domain, outcome.as_str(), status]).inc();
        if let Some(took) = took {
            self.delivery_duration.with_label_values(&[outcome.as_str()]).observe(took.as_secs_f64());
        }
    }

    fn delivery_sent(&self, domain: Domain<'_>, bytes: u64) {
        self.delivery_sent.with_label_values(&[&self.domains.bounded(domain.0)]).inc_by(bytes);
    }

    fn cache_hit(&self, cache: Cache) {
        self.cache_lookups.with_label_values(&[cache.as_str(), "hit"]).inc();
    }

    fn auth_locked(&self) {
        self.auth_locked.inc();
    }

    fn pool_waited(&self, waited: Duration) {
        self.pool_waited.observe(waited.as_secs_f64());
    }

    fn event(&self, _: &Event<'_>) {}
}
