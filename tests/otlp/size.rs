//! A large registry goes in requests that a server's default limits let pass.

use crate::fake::{Fake, OK, answer};
use crate::surface::{config, told};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;
use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;
use telemetry::otlp::Temporality;
use telemetry::{Registry, metrics};

const LONG: Duration = Duration::from_mins(1);

#[metrics(namespace = "large")]
trait Large {
    /// Long texts.
    #[counter]
    fn long(&self, #[label(cap = 30_000)] text: &str);

    /// Short texts.
    #[counter]
    fn short(&self, #[label(cap = 30_000)] id: &str);
}

/// Each label of each point of these metrics, and how often it came.
fn texts(requests: &[ExportMetricsServiceRequest]) -> (BTreeSet<String>, usize) {
    let scopes = requests.iter().flat_map(|request| &request.resource_metrics[0].scope_metrics);
    let metrics = scopes.flat_map(|scope| &scope.metrics).filter(|metric| metric.name.starts_with("large."));
    let mut points = 0;
    let mut texts = BTreeSet::new();
    for metric in metrics {
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        points += sum.data_points.len();
        texts.extend(sum.data_points.iter().map(|point| format!("{:?}", point.attributes)));
    }
    (texts, points)
}

fn recorded(texts: u32) -> Registry {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Large>().unwrap();
    for n in 0..texts {
        metrics.long(&format!("{n:0>250}"));
        metrics.short(&n.to_string());
    }
    registry
}

#[test]
fn a_request_has_10_000_points_and_4_mib_at_the_most_and_no_point_is_lost_or_sent_twice() {
    let registry = recorded(11_000);
    let fake = Fake::answering(vec![OK]);
    let guard = config(&fake.url()).start(&registry).unwrap();
    assert_eq!(guard.flush(LONG), Ok(()));
    let requests: Vec<_> = fake.requests().into_iter().map(|request| request.message).collect();
    assert!((3..=5).contains(&requests.len()), "{} requests", requests.len());
    for request in &requests {
        assert!(request.encoded_len() <= 4 << 20, "{} bytes", request.encoded_len());
        assert!(texts(std::slice::from_ref(request)).1 <= 10_000);
        assert_eq!(request.resource_metrics[0].resource, requests[0].resource_metrics[0].resource);
    }
    let (texts, points) = texts(&requests);
    assert_eq!((texts.len(), points), (22_000, 22_000));
    assert_eq!(told(&registry, "exports", ""), 1, "they are one export");
}

#[test]
fn a_request_that_is_refused_does_not_keep_the_others_from_being_sent_and_its_deltas_come_again() {
    let registry = recorded(8_000);
    let refusal = answer("413 Content Too Large", "", b"");
    let fake =
        Fake::start(move |number, stream| stream.write_all(if number == 0 { &refusal } else { OK }).unwrap());
    let guard = config(&fake.url()).temporality(Temporality::Delta).start(&registry).unwrap();
    let error = guard.flush(LONG).unwrap_err().to_string();
    assert!(error.contains("413"), "{error}");
    let first = fake.requests();
    assert_eq!(first.len(), 2);
    assert_eq!(guard.flush(LONG), Ok(()));
    let taken: Vec<_> = fake.requests()[1..].iter().map(|request| request.message.clone()).collect();
    let (texts, points) = texts(&taken);
    assert_eq!((texts.len(), points), (16_000, 16_000), "each delta once");
}
