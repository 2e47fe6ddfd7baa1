//! A service's metrics through the facade `metrics`.

use super::{Http, Worker};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};
use std::time::Duration;

const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const BYTES: &[f64] = &[256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0];
const ATTEMPTS: &[f64] = &[1.0, 2.0, 3.0, 5.0];

pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("duration_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("latency".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("payload_bytes".to_owned()), BYTES)?
        .set_buckets_for_metric(Matcher::Suffix("attempts".to_owned()), ATTEMPTS)?;
    Ok(builder.build_recorder())
}

pub fn describe() {
    describe_counter!("axum_http_requests_total", "Requests served.");
    describe_histogram!("axum_http_requests_duration_seconds", "Time to serve a request.");
    describe_gauge!("axum_http_requests_pending", "Requests that are under way.");
    describe_counter!("http_auth_failures", "Requests refused, by reason.");
    describe_gauge!("build_info", "Version of the program. Its value is 1.");
    describe_gauge!("start_time_seconds", "When the program started.");
    describe_counter!("worker_jobs_enqueued", "Jobs put into a queue.");
    describe_histogram!("worker_job_payload_bytes", "Bytes of a job.");
    describe_counter!("worker_jobs_processed", "Jobs that ended, by outcome.");
    describe_histogram!("worker_job_latency", "Time that a job took.");
    describe_histogram!("worker_job_attempts", "Attempts that a job took.");
    describe_gauge!("worker_jobs_running", "Jobs that run now.");
    describe_gauge!("worker_jobs_waiting", "Jobs in the queue.");
    describe_gauge!("worker_queue_age_seconds", "Age of the oldest job in the queue.");
    describe_counter!("worker_panics", "Jobs that panicked.");
    describe_histogram!("db_pool_wait", "Time until a connection was there.");
    describe_gauge!("db_pool_connections", "Connections by state.");
    describe_histogram!("db_query_duration_seconds", "Time that a statement took.");
    describe_counter!("db_rows_total", "Rows read.");
    describe_counter!("db_errors_total", "Statements that failed, by code.");
    describe_counter!("cache_hits", "Look-ups that the cache answered.");
    describe_counter!("cache_misses", "Look-ups that the cache could not answer.");
    describe_counter!("cache_evictions", "Entries that made room for others.");
    describe_gauge!("cache_entries", "Entries in the cache.");
    describe_gauge!("cache_bytes", "Bytes in the cache.");
    describe_counter!("client_requests", "Calls of other services, by status.");
    describe_histogram!("client_latency", "Time that a call of another service took.");
    describe_counter!("config_reloads", "Attempts to read the configuration again.");
    describe_gauge!("config_last_reload_success", "Whether the last attempt succeeded.");
    describe_counter!("net_sent_bytes", "Bytes that the kernel says it sent.");
}

pub struct Metrics;

impl Http for Metrics {
    fn request_started(&self, method: &'static str, endpoint: &'static str) {
        gauge!("axum_http_requests_pending", "method" => method, "endpoint" => endpoint).increment(1);
    }

    fn request_ended(&self, method: &'static str, endpoint: &'static str, status: u16, took: Duration) {
        let labels = [
            ("method", method.to_owned()),
            ("endpoint", endpoint.to_owned()),
            ("status", status.to_string()),
        ];
        counter!("axum_http_requests_total", &labels).increment(1);
        histogram!("axum_http_requests_duration_seconds", &labels).record(took);
        gauge!("axum_http_requests_pending", "method" => method, "endpoint" => endpoint).decrement(1);
    }

    fn refused(&self, reason: &'static str) {
        counter!("http_auth_failures", "reason" => reason).increment(1);
    }
}

impl Worker for Metrics {
    fn started(&self, version: &'static str, at: f64) {
        gauge!("build_info", "version" => version).set(1);
        gauge!("start_time_seconds").set(at);
    }

    fn enqueued(&self, queue: &str, bytes: u32) {
        counter!("worker_jobs_enqueued", "queue" => queue.to_owned()).increment(1);
        histogram!("worker_job_payload_bytes").record(bytes);
    }

    fn job_started(&self, queue: &str) {
        gauge!("worker_jobs_running", "queue" => queue.to_owned()).increment(1);
    }

    fn job_ended(&self, queue: &str, outcome: &'static str, attempts: u32, took: Duration) {
        gauge!("worker_jobs_running", "queue" => queue.to_owned()).decrement(1);
        counter!("worker_jobs_processed", "queue" => queue.to_owned(), "outcome" => outcome).increment(1);
        histogram!("worker_job_latency", "queue" => queue.to_owned()).record(took);
        histogram!("worker_job_attempts").record(attempts);
    }

    fn waiting(&self, queue: &str, jobs: u32, oldest: Duration) {
        gauge!("worker_jobs_waiting", "queue" => queue.to_owned()).set(jobs);
        gauge!("worker_queue_age_seconds", "queue" => queue.to_owned()).set(oldest.as_secs_f64());
    }

    fn panicked(&self) {
        counter!("worker_panics").increment(1);
    }

    fn connected(&self, waited: Duration) {
        histogram!("db_pool_wait").record(waited);
    }

    fn connections(&self, idle: u32, busy: u32) {
        gauge!("db_pool_connections", "state" => "idle").set(idle);
        gauge!("db_pool_connections", "state" => "busy").set(busy);
    }

    fn queried(&self, statement: &'static str, rows: u64, took: Duration) {
        counter!("db_rows_total", "statement" => statement).increment(rows);
        histogram!("db_query_duration_seconds", "statement" => statement).record(took);
    }

    fn query_failed(&self, statement: &'static str, code: &'static str) {
        counter!("db_errors_total", "statement" => statement, "code" => code).increment(1);
    }

    fn looked_up(&self, hit: bool) {
        if hit {
            counter!("cache_hits").increment(1);
        } else {
            counter!("cache_misses").increment(1);
        }
    }

    fn cached(&self, entries: u32, bytes: u64, evicted: u64) {
        gauge!("cache_entries").set(entries);
        gauge!("cache_bytes").set(bytes as f64);
        counter!("cache_evictions").increment(evicted);
    }

    fn called(&self, peer: &str, status: Option<u16>, took: Duration) {
        match status {
            Some(status) => {
                counter!("client_requests", "peer" => peer.to_owned(), "status" => status.to_string())
                    .increment(1);
            }
            None => counter!("client_requests", "peer" => peer.to_owned()).increment(1),
        }
        histogram!("client_latency", "peer" => peer.to_owned()).record(took);
    }

    fn reloaded(&self, succeeded: bool) {
        counter!("config_reloads").increment(1);
        gauge!("config_last_reload_success").set(if succeeded { 1.0 } else { 0.0 });
    }

    fn kernel_says(&self, sent_bytes: u64) {
        counter!("net_sent_bytes").absolute(sent_bytes);
    }
}
