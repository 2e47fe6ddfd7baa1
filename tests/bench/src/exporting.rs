//! Recording while an exporter is at work, ten times a second: ours with OTLP to a server that takes all, and
//! OpenTelemetry's with a reader whose exporter does nothing, so without encoding and without a network.

use crate::ours::{Metrics, instruments_in};
use crate::row::{Class, Fallible, Loop, Row, each, repeat};
use crate::workload::Workload;
use crate::workload::input;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, MeterProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use telemetry::Registry;
use telemetry::otlp::Config;
use telemetry::registry::Instruments;

const INTERVAL: Duration = Duration::from_millis(100);

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::Counter => vec![
            ours(|metrics| repeat(move || metrics.plain())),
            theirs(|counter| repeat(move || counter.add(1, &[]))),
        ],
        Workload::CappedText => vec![
            ours(|metrics| each(input::paths(), move |path| metrics.by_path(path))),
            theirs(|counter| {
                each(input::paths(), move |path| counter.add(1, &[KeyValue::new("path", path.to_owned())]))
            }),
        ],
        _ => Vec::new(),
    }
}

fn ours(make: fn(Instruments<dyn Metrics>) -> Loop) -> Row {
    Row::new("telemetry", "while OTLP is pushed, 10/s", Class::Ours, move || {
        let registry = Registry::new();
        let metrics = instruments_in(&registry)?;
        let guard = Config::default()
            .endpoint(format!("http://{}", server()?))
            .interval(INTERVAL)
            .start(&registry)?;
        let guard = Arc::new(guard);
        Ok(move || {
            let _exporting = &guard;
            make(metrics.clone())
        })
    })
}

fn theirs(make: fn(Counter<u64>) -> Loop) -> Row {
    Row::new("opentelemetry", "`add`, while it is collected, 10/s", Class::Ordinary, move || {
        let reader = PeriodicReader::builder(Nowhere).with_interval(INTERVAL).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let counter = provider.meter("bench").u64_counter("exported").build();
        Ok(move || {
            // An instrument whose provider is gone does nothing.
            let _exporting = &provider;
            make(counter.clone())
        })
    })
}

/// Takes all, and sends nothing.
#[derive(Debug)]
struct Nowhere;

impl PushMetricExporter for Nowhere {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

/// A server that takes each request, as long as the process lives.
fn server() -> Fallible<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // It ends with the connection.
            let _ = serve(&stream);
        }
    });
    Ok(address)
}

fn serve(mut stream: &TcpStream) -> Fallible<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse()?;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}
