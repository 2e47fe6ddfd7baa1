//! Clients of statsd: `cadence` 1.8, which writes a line per call, and `metrics` 0.24 with
//! `metrics-exporter-dogstatsd` 0.9, which adds up as this library does.

use crate::row::{Class, Fallible, Row, each, pairs};
use crate::workload::Workload;
use crate::workload::input::{self, Method};
use cadence::{BufferedUdpMetricSink, Counted, Histogrammed, StatsdClient};
use metrics::{counter, histogram, with_local_recorder};
use metrics_exporter_dogstatsd::{DogStatsDBuilder, DogStatsDRecorder};
use std::net::UdpSocket;
use std::sync::{Arc, OnceLock};

const CADENCE: &str = "cadence";
const DOGSTATSD: &str = "metrics + dogstatsd";

pub fn rows(workload: Workload) -> Vec<Row> {
    match workload {
        Workload::ClosedLabel => vec![
            Row::new(CADENCE, "`count_with_tags`, buffered UDP", Class::Ordinary, || {
                let client = Arc::new(client()?);
                Ok(move || {
                    let client = client.clone();
                    each(input::methods(), move |method: Method| {
                        client.count_with_tags("closed", 1).with_tag("method", method.text()).send();
                    })
                })
            }),
            Row::new(DOGSTATSD, "4 handles in an array", Class::Fast, || {
                let recorder = recorder()?;
                let handles = with_local_recorder(&recorder, || {
                    Method::ALL.map(|method| counter!("closed", "method" => method.text()))
                });
                Ok(move || {
                    // Its thread works as long as this is there.
                    let (handles, _) = (handles.clone(), &recorder);
                    each(input::methods(), move |method: Method| {
                        handles[method as usize].increment(1);
                    })
                })
            }),
        ],
        Workload::Histogram => vec![
            Row::new(CADENCE, "`histogram_with_tags`, buffered UDP", Class::Ordinary, || {
                let client = Arc::new(client()?);
                Ok(move || {
                    let client = client.clone();
                    pairs(input::methods(), input::seconds(), move |method: Method, value: f64| {
                        client.histogram_with_tags("took", value).with_tag("method", method.text()).send();
                    })
                })
            }),
            Row::new(DOGSTATSD, "4 handles in an array", Class::Fast, || {
                let recorder = recorder()?;
                let handles = with_local_recorder(&recorder, || {
                    Method::ALL.map(|method| histogram!("took", "method" => method.text()))
                });
                Ok(move || {
                    // Its thread works as long as this is there.
                    let (handles, _) = (handles.clone(), &recorder);
                    pairs(input::methods(), input::seconds(), move |method: Method, value: f64| {
                        handles[method as usize].record(value);
                    })
                })
            }),
        ],
        _ => vec![],
    }
}

/// The address of a server that never reads: the kernel takes what has room and drops the rest.
pub fn address() -> Fallible<String> {
    static SERVER: OnceLock<UdpSocket> = OnceLock::new();
    let server = match SERVER.get() {
        Some(server) => server,
        None => {
            let server = UdpSocket::bind("127.0.0.1:0")?;
            SERVER.get_or_init(|| server)
        }
    };
    Ok(server.local_addr()?.to_string())
}

fn client() -> Fallible<StatsdClient> {
    let sink = BufferedUdpMetricSink::from(address()?, UdpSocket::bind("127.0.0.1:0")?)?;
    Ok(StatsdClient::from_sink("bench", sink))
}

/// Its thread sends each 3 seconds; samples are kept in a reservoir until then.
fn recorder() -> Fallible<DogStatsDRecorder> {
    Ok(DogStatsDBuilder::default().with_remote_address(address()?)?.build()?)
}
