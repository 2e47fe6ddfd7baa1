//! A real store behind OTLP: what is removed is gone from `VictoriaMetrics` with the next push.

use crate::fake::free_address;
use crate::surface::config;
use crate::tool::{Process, Scratch, poll, program};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use telemetry::otlp::Protocol;
use telemetry::{Registry, metrics};

#[metrics(namespace = "tenants", mock(cfg(any())))]
trait Metrics {
    /// Age of the oldest job of a tenant.
    #[gauge(unit = seconds)]
    #[log(off)]
    fn set_oldest(&self, #[label(cap = 8)] tenant: &str, seconds: f64);

    /// The tenant was deleted.
    #[remove(oldest)]
    #[log(off)]
    fn tenant_deleted(&self, tenant: &str);
}

#[metrics(namespace = "pools", labels(#[label(cap = 8)] pool: &str), mock(cfg(any())))]
trait PoolMetrics {
    /// Connections that are idle.
    #[gauge]
    #[log(off)]
    fn set_idle(&self, connections: u64);
}

/// A `VictoriaMetrics` that answers with what it was sent a moment ago.
struct VictoriaMetrics {
    address: SocketAddr,
    scratch: Scratch,
    _process: Process,
}

impl VictoriaMetrics {
    fn start(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        let address = free_address();
        let output = File::create(scratch.file("output")).unwrap();
        let mut command = program("bin/victoria-metrics");
        command.arg(format!("-httpListenAddr={address}"));
        command.arg(format!("-storageDataPath={}", scratch.file("data").display()));
        // Its usual answers leave out the last half minute.
        command.arg("-search.latencyOffset=1ms");
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let server = VictoriaMetrics { address, scratch, _process: Process::start(&mut command) };
        poll(|| server.get("/health").ok(), || server.output());
        server
    }

    fn output(&self) -> String {
        fs::read_to_string(self.scratch.file("output")).unwrap_or_default()
    }

    /// The body of an answer with status 200, by HTTP 1.0.
    fn get(&self, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        let is_ok = head.split(' ').nth(1) == Some("200");
        if is_ok { Ok(body.to_owned()) } else { Err(io::Error::other(answer)) }
    }

    /// The values of a label in the series of a metric that have a value now.
    fn now(&self, metric: &str, label: &str) -> Vec<String> {
        self.get("/internal/force_flush").unwrap();
        let body = self.get(&format!("/api/v1/query?query=%7B__name__=%22{metric}%22%7D")).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
        let series = answer["data"]["result"].as_array().unwrap_or_else(|| panic!("{body}"));
        let mut values: Vec<_> = series
            .iter()
            .map(|series| series["metric"][label].as_str().unwrap_or_default().to_owned())
            .collect();
        values.sort();
        values
    }
}

#[metrics(namespace = "sizes", mock(cfg(any())))]
trait SizeMetrics {
    /// Sizes of responses.
    #[histogram(unit = bytes, buckets = [10], native)]
    #[log(off)]
    fn size(&self, bytes: f64);
}

/// The bounds of `buckets` are far away, so only exponential ones can show this quantile.
#[test]
fn a_quantile_is_that_of_exponential_buckets() {
    let server = VictoriaMetrics::start("victoria-metrics-native");
    let registry = Registry::new();
    let sizes = registry.register::<dyn SizeMetrics>().unwrap();
    for size in 1..=99 {
        sizes.size(f64::from(size) * 100.0);
    }
    let endpoint = format!("http://{}/opentelemetry", server.address);
    let exporter = config(&endpoint).protocol(Protocol::HttpProtobuf).start(&registry).unwrap();
    exporter.flush(Duration::from_secs(30)).unwrap();
    let median = || {
        server.get("/internal/force_flush").unwrap();
        let query = "histogram_quantile(0.5,%7B__name__=%22sizes.size_bucket%22%7D)";
        let body = server.get(&format!("/api/v1/query?query={query}")).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
        answer["data"]["result"][0]["value"][1].as_str().map(|median| median.parse::<f64>().unwrap())
    };
    let median = poll(median, || server.output());
    // The scale is 4 for numbers from 100 to 9,900: two adjacent bounds differ by 4.4 %.
    assert!((median / 5_000.0 - 1.0).abs() < 0.045, "{median}");
}

#[test]
fn what_is_removed_has_no_value_after_the_next_push() {
    let server = VictoriaMetrics::start("victoria-metrics");
    let registry = Registry::new();
    let tenants = registry.register::<dyn Metrics>().unwrap();
    let pool = |pool| registry.register_with::<dyn PoolMetrics>(PoolMetricsLabels { pool }).unwrap();
    let (orders, billing) = (pool("orders"), pool("billing"));
    tenants.set_oldest("acme", 31.0);
    tenants.set_oldest("umbrella", 40.0);
    orders.set_idle(3);
    billing.set_idle(4);

    let endpoint = format!("http://{}/opentelemetry", server.address);
    let exporter = config(&endpoint).protocol(Protocol::HttpProtobuf).start(&registry).unwrap();
    let push = || exporter.flush(Duration::from_secs(30)).unwrap();
    push();
    let (oldest, idle) = ("tenants.oldest", "pools.idle");
    poll(|| (server.now(oldest, "tenant").len() == 2).then_some(()), || server.output());
    assert_eq!(server.now(idle, "pool"), ["billing", "orders"]);

    tenants.tenant_deleted("acme");
    drop(orders);
    push();
    // The store looks back five minutes for a value, so without the mark that a series has none it would
    // answer with the old ones.
    poll(
        || (server.now(oldest, "tenant").len() == 1).then_some(()),
        || format!("{:?}\n{}", server.now(oldest, "tenant"), server.output()),
    );
    assert_eq!(server.now(oldest, "tenant"), ["umbrella"]);
    assert_eq!(server.now(idle, "pool"), ["billing"]);

    tenants.set_oldest("acme", 1.0);
    let _orders = pool("orders");
    push();
    poll(|| (server.now(oldest, "tenant").len() == 2).then_some(()), || server.output());
    assert_eq!(server.now(idle, "pool"), ["billing"], "it is registered, and was not set");
}
