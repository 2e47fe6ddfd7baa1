//! The same metrics, declared.

use super::{Http, Worker};
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Label, metrics};

const BYTES: [f64; 5] = [256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0];
const ATTEMPTS: [f64; 4] = [1.0, 2.0, 3.0, 5.0];

#[metrics(initial = none)]
pub trait HttpMetrics {
    /// Requests served.
    #[counter(name = "axum_http_requests")]
    #[histogram(name = "axum_http_requests_duration", help = "Time to serve a request.")]
    #[up_down_counter(
        name = "axum_http_requests_pending",
        value = -1,
        labels(method, endpoint),
        help = "Requests that are under way."
    )]
    fn request_ended(
        &self,
        #[label(values = ["GET", "POST"])] method: &str,
        #[label(cap = 256)] endpoint: &str,
        #[label(range = 100..=599)] status: u16,
        took: Duration,
    );

    /// Requests that are under way.
    #[up_down_counter(name = "axum_http_requests_pending", value = 1)]
    fn request_started(
        &self,
        #[label(values = ["GET", "POST"])] method: &str,
        #[label(cap = 256)] endpoint: &str,
    );

    /// Requests refused, by reason.
    #[counter(suffixes = off)]
    fn http_auth_failures(&self, #[label(cap = 16)] reason: &str);
}

#[derive(Clone, Copy, Debug, Eq, Label, PartialEq)]
pub enum State {
    Idle,
    Busy,
}

#[metrics(suffixes = off, initial = none)]
pub trait WorkerMetrics {
    /// Version of the program. Its value is 1.
    #[gauge(name = "build_info", value = 1)]
    #[gauge(name = "start_time_seconds", value = at, labels(), help = "When the program started.")]
    fn started(&self, #[label(cap = 1)] version: &str, at: f64);

    /// Jobs put into a queue.
    #[counter(name = "worker_jobs_enqueued")]
    #[histogram(name = "worker_job_payload_bytes", buckets = BYTES, labels(), help = "Bytes of a job.")]
    fn enqueued(&self, #[label(cap = 32)] queue: &str, bytes: u32);

    /// Jobs that run now.
    #[up_down_counter(name = "worker_jobs_running", value = 1)]
    fn job_started(&self, #[label(cap = 32)] queue: &str);

    /// Jobs that ended, by outcome.
    #[counter(name = "worker_jobs_processed")]
    #[histogram(name = "worker_job_latency", value = took, labels(queue), help = "Time that a job took.")]
    #[histogram(
        name = "worker_job_attempts",
        value = attempts,
        buckets = ATTEMPTS,
        labels(),
        help = "Attempts that a job took."
    )]
    #[up_down_counter(name = "worker_jobs_running", value = -1, labels(queue), help = "Jobs that run now.")]
    fn job_ended(
        &self,
        #[label(cap = 32)] queue: &str,
        #[label(values = ["done", "failed"])] outcome: &str,
        attempts: u32,
        took: Duration,
    );

    /// Jobs in the queue.
    #[gauge(name = "worker_jobs_waiting", value = jobs)]
    #[gauge(name = "worker_queue_age_seconds", value = oldest, help = "Age of the oldest job in the queue.")]
    fn set_waiting(&self, #[label(cap = 32)] queue: &str, jobs: u32, oldest: Duration);

    /// Jobs that panicked.
    #[counter]
    fn worker_panics(&self);

    /// Time until a connection was there.
    #[histogram]
    fn db_pool_wait(&self, waited: Duration);

    /// Connections by state.
    #[gauge]
    fn set_db_pool_connections(&self, state: State, connections: u32);

    /// Rows read.
    #[counter(name = "db_rows_total", value = rows)]
    #[histogram(name = "db_query_duration_seconds", value = took, help = "Time that a statement took.")]
    fn queried(&self, #[label(cap = 64)] statement: &str, rows: u64, took: Duration);

    /// Statements that failed, by code.
    #[counter]
    fn db_errors_total(&self, #[label(cap = 64)] statement: &str, #[label(cap = 32)] code: &str);

    /// Look-ups that the cache answered.
    #[counter]
    fn cache_hits(&self);

    /// Look-ups that the cache could not answer.
    #[counter]
    fn cache_misses(&self);

    /// Entries in the cache.
    #[gauge(name = "cache_entries", value = entries)]
    #[gauge(name = "cache_bytes", value = bytes, unit = bytes, help = "Bytes in the cache.")]
    #[counter(name = "cache_evictions", value = evicted, help = "Entries that made room for others.")]
    fn cached(&self, entries: u32, bytes: u64, evicted: u64);

    /// Calls of other services, by status.
    #[counter(name = "client_requests")]
    #[histogram(name = "client_latency", labels(peer), help = "Time that a call of another service took.")]
    fn called(
        &self,
        #[label(cap = 32)] peer: &str,
        #[label(range = 100..=599, none = "")] status: Option<u16>,
        took: Duration,
    );

    /// Attempts to read the configuration again.
    #[counter(name = "config_reloads")]
    #[gauge(name = "config_last_reload_success", value = succeeded, help = "Whether the last attempt succeeded.")]
    fn reloaded(&self, #[value] succeeded: bool);

    /// Bytes that the kernel says it sent.
    #[counter(total = sent_bytes, unit = bytes)]
    fn net_sent_bytes(&self, sent_bytes: u64);
}

impl Http for Arc<dyn HttpMetrics> {
    fn request_started(&self, method: &'static str, endpoint: &'static str) {
        self.as_ref().request_started(method, endpoint);
    }

    fn request_ended(&self, method: &'static str, endpoint: &'static str, status: u16, took: Duration) {
        self.as_ref().request_ended(method, endpoint, status, took);
    }

    fn refused(&self, reason: &'static str) {
        self.http_auth_failures(reason);
    }
}

impl Worker for Arc<dyn WorkerMetrics> {
    fn started(&self, version: &'static str, at: f64) {
        self.as_ref().started(version, at);
    }

    fn enqueued(&self, queue: &str, bytes: u32) {
        self.as_ref().enqueued(queue, bytes);
    }

    fn job_started(&self, queue: &str) {
        self.as_ref().job_started(queue);
    }

    fn job_ended(&self, queue: &str, outcome: &'static str, attempts: u32, took: Duration) {
        self.as_ref().job_ended(queue, outcome, attempts, took);
    }

    fn waiting(&self, queue: &str, jobs: u32, oldest: Duration) {
        self.set_waiting(queue, jobs, oldest);
    }

    fn panicked(&self) {
        self.worker_panics();
    }

    fn connected(&self, waited: Duration) {
        self.db_pool_wait(waited);
    }

    fn connections(&self, idle: u32, busy: u32) {
        self.set_db_pool_connections(State::Idle, idle);
        self.set_db_pool_connections(State::Busy, busy);
    }

    fn queried(&self, statement: &'static str, rows: u64, took: Duration) {
        self.as_ref().queried(statement, rows, took);
    }

    fn query_failed(&self, statement: &'static str, code: &'static str) {
        self.db_errors_total(statement, code);
    }

    fn looked_up(&self, hit: bool) {
        if hit {
            self.cache_hits();
        } else {
            self.cache_misses();
        }
    }

    fn cached(&self, entries: u32, bytes: u64, evicted: u64) {
        self.as_ref().cached(entries, bytes, evicted);
    }

    fn called(&self, peer: &str, status: Option<u16>, took: Duration) {
        self.as_ref().called(peer, status, took);
    }

    fn reloaded(&self, succeeded: bool) {
        self.as_ref().reloaded(succeeded);
    }

    fn kernel_says(&self, sent_bytes: u64) {
        self.net_sent_bytes(sent_bytes);
    }
}
