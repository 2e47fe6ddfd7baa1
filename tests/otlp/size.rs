//! A large registry goes in requests that a server's default limits let pass.

use crate::fake::{Fake, OK, Request, answer};
use crate::grpc;
use crate::surface::{config, told};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{slice, thread};
use telemetry::otlp::{Protocol, Temporality};
use telemetry::{Registry, metrics};

const LONG: Duration = Duration::from_mins(1);

/// Some servers look at `Content-Length` alone, refuse a request before they have read it, and hang up: the
/// kernel then resets the connection, and the refusal may never arrive. This one says nothing at all.
#[test]
fn a_request_that_is_cut_off_before_it_is_read_is_halved_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = taken.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::with_capacity(1024, stream.unwrap());
            while let Some(length) = body_length(&mut reader).filter(|length| *length <= 500_000) {
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                kept.lock().unwrap().push(ExportMetricsServiceRequest::decode(&*body).unwrap());
                reader.get_mut().write_all(OK).unwrap();
            }
        }
    });
    let registry = recorded(3_000);
    let guard = config(&url).temporality(Temporality::Delta).start(&registry).unwrap();
    assert_eq!(guard.flush(LONG), Ok(()));
    let requests = taken.lock().unwrap().clone();
    let (texts, points) = texts(&requests);
    assert_eq!((texts.len(), points), (6_000, 6_000), "each once");
}

/// The same kind of server, which says why. Its answer is there, although the connection breaks in the middle
/// of the request: nothing is tried twice, and nothing is a fault of the network.
#[test]
fn a_refusal_that_comes_before_the_request_was_read_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (taken, refused) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
    let (kept, count) = (taken.clone(), refused.clone());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::with_capacity(1024, stream.unwrap());
            while let Some(length) = body_length(&mut reader) {
                if length > 500_000 {
                    *count.lock().unwrap() += 1;
                    let refusal = answer("413 Content Too Large", "connection: close\r\n", b"by its length");
                    reader.get_mut().write_all(&refusal).unwrap();
                    break;
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                kept.lock().unwrap().push(ExportMetricsServiceRequest::decode(&*body).unwrap());
                reader.get_mut().write_all(OK).unwrap();
            }
        }
    });
    let registry = recorded(11_000);
    let guard = config(&url).temporality(Temporality::Delta).start(&registry).unwrap();
    assert_eq!(guard.flush(LONG), Ok(()));
    let requests = taken.lock().unwrap().clone();
    let (texts, points) = texts(&requests);
    assert_eq!((texts.len(), points), (22_000, 22_000), "each once");
    assert_eq!(told(&registry, "export_failures", ""), 0);
    let refused = *refused.lock().unwrap();
    assert!(refused > 1, "{refused}");
    // Other systems may discard the answer with the connection.
    if cfg!(target_os = "linux") {
        assert_eq!(told(&registry, "export_retries", ""), refused, "each refusal is one half");
    }
}

#[test]
fn a_refusal_of_grpc_that_comes_before_the_message_was_read_is_heard() {
    let (url, requests, refused) = grpc::limited(500_000);
    let registry = recorded(11_000);
    let guard = config(&url).protocol(Protocol::Grpc).start(&registry).unwrap();
    assert_eq!(guard.shutdown(LONG), Ok(()));
    let (texts, points) = texts(&requests.lock().unwrap());
    assert_eq!((texts.len(), points), (22_000, 22_000), "each once");
    let refused = refused.load(Ordering::SeqCst);
    assert!(refused > 1, "{refused}");
    assert_eq!(told(&registry, "export_retries", ""), refused);
}

/// Reads the head of a request. `None` at the end.
fn body_length(reader: &mut impl BufRead) -> Option<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        if line.is_empty() {
            return Some(length);
        }
    }
}

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
        metrics.long(&format!("long-{n}-{:0>240}", ""));
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
    // The one that cannot be tried again, and those that can: a batch that fails again and again has its
    // share of the push's time.
    for status in ["400 Bad Request", "500 Internal Server Error", "503 Service Unavailable"] {
        let registry = recorded(30);
        let refusal = answer(status, "", b"");
        let is_healed = Arc::new(AtomicBool::new(false));
        let healed = is_healed.clone();
        let fake = Fake::judging(move |request| {
            if has_seven(&request.message) && !healed.load(Ordering::SeqCst) {
                refusal.clone()
            } else {
                OK.to_vec()
            }
        });
        let config = config(&fake.url()).batch_points(10).export_timeout(Duration::from_secs(6));
        let guard = config.temporality(Temporality::Delta).start(&registry).unwrap();
        let error = guard.flush(LONG).unwrap_err().to_string();
        assert!(error.contains(status), "{error}");
        let taken = |requests: &[Request]| {
            let messages = requests.iter().map(|request| request.message.clone());
            texts(&messages.filter(|message| !has_seven(message)).collect::<Vec<_>>())
        };
        let first = fake.requests();
        assert!((50..60).contains(&taken(&first).1), "{status}: all but one request");
        is_healed.store(true, Ordering::SeqCst);
        assert_eq!(guard.flush(LONG), Ok(()));
        let (texts, points) = {
            let last = fake.requests().split_off(first.len());
            let mut messages: Vec<_> = last.into_iter().map(|request| request.message).collect();
            messages.extend(
                first.into_iter().map(|request| request.message).filter(|message| !has_seven(message)),
            );
            texts(&messages)
        };
        assert_eq!((texts.len(), points), (60, 60), "{status}: each delta once");
    }
}

/// Whether it is the request that a test's server refuses.
fn has_seven(message: &ExportMetricsServiceRequest) -> bool {
    texts(slice::from_ref(message)).0.iter().any(|text| text.contains("long-7-"))
}

#[test]
fn a_request_has_no_more_points_than_are_configured() {
    let registry = recorded(20);
    for points in [1, 7] {
        let fake = Fake::answering(vec![OK]);
        let guard = config(&fake.url()).batch_points(points).start(&registry).unwrap();
        assert_eq!(guard.shutdown(LONG), Ok(()));
        let requests: Vec<_> = fake.requests().into_iter().map(|request| request.message).collect();
        for request in &requests {
            assert!(texts(slice::from_ref(request)).1 <= points as usize);
        }
        assert_eq!(texts(&requests).1, 40);
    }
}

/// The error of a server of HTTP for requests above a limit, in bytes.
fn limited(limit: usize, status: &'static str, words: &'static str) -> Fake {
    Fake::judging(move |request| {
        let is_too_large = request.message.encoded_len() > limit;
        if is_too_large { answer(status, "", words.as_bytes()) } else { OK.to_vec() }
    })
}

#[test]
fn a_request_that_is_too_large_for_the_server_is_halved_until_it_fits() {
    const LIMIT: usize = 100_000;
    for (status, words) in
        [("413 Content Too Large", ""), ("400 Bad Request", "http: request body too large")]
    {
        for temporality in [Temporality::Cumulative, Temporality::Delta] {
            let registry = recorded(1_500);
            let fake = limited(LIMIT, status, words);
            let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
            assert_eq!(guard.flush(LONG), Ok(()));
            let fits = |request: &Request| request.message.encoded_len() <= LIMIT;
            let first = fake.requests();
            let taken: Vec<_> = first.iter().filter(|request| fits(request)).collect();
            let taken: Vec<_> = taken.into_iter().map(|request| request.message.clone()).collect();
            let (texts, points) = texts(&taken);
            assert_eq!((texts.len(), points), (3_000, 3_000), "each once");
            assert!(first.len() > taken.len());
            // Nothing was lost on the way, and the limit is known now.
            assert_eq!(told(&registry, "export_failures", ""), 0);
            assert_eq!(told(&registry, "export_dropped", ""), 0);
            assert_eq!(told(&registry, "export_retries", ""), (first.len() - taken.len()) as u64);
            assert_eq!(guard.shutdown(LONG), Ok(()));
            assert!(fake.requests()[first.len()..].iter().all(fits));
        }
    }
}

#[test]
fn a_message_that_is_too_large_for_a_server_of_grpc_is_halved_until_it_fits() {
    let registry = recorded(1_500);
    let (url, requests) = grpc::judging(|message| {
        if message.encoded_len() <= 100_000 {
            return grpc::answer(grpc::EMPTY, &[("grpc-status", "0")]);
        }
        let words = "grpc: received message larger than max (5000000 vs. 4194304)";
        grpc::answer(b"", &[("grpc-status", "8"), ("grpc-message", words)])
    });
    let guard = config(&url).protocol(Protocol::Grpc).start(&registry).unwrap();
    assert_eq!(guard.shutdown(LONG), Ok(()));
    let mut taken = requests.lock().unwrap().clone();
    taken.retain(|message| message.encoded_len() <= 100_000);
    let (texts, points) = texts(&taken);
    assert_eq!((texts.len(), points), (3_000, 3_000), "each once");
}

#[test]
fn a_series_that_is_too_large_alone_is_left_out_and_counted_once() {
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let registry = recorded(30);
        let refusal = answer("413 Content Too Large", "", b"");
        let fake = Fake::judging(
            move |request| {
                if has_seven(&request.message) { refusal.clone() } else { OK.to_vec() }
            },
        );
        let guard = config(&fake.url()).temporality(temporality).start(&registry).unwrap();
        let error = guard.flush(LONG).unwrap_err().to_string();
        assert!(
            error.contains("1 series") && error.contains("large.long") && error.contains("413"),
            "{error}"
        );
        let taken = fake.requests().into_iter().map(|request| request.message);
        let (texts, points) = texts(&taken.filter(|message| !has_seven(message)).collect::<Vec<_>>());
        assert_eq!((texts.len(), points), (59, 59));
        let before = fake.requests().len();
        assert_eq!(guard.flush(LONG), Ok(()));
        assert_eq!(guard.shutdown(LONG), Ok(()));
        assert!(!fake.requests()[before..].iter().any(|request| has_seven(&request.message)));
        assert_eq!(told(&registry, "export_dropped", "oversize"), 1);
        assert_eq!(told(&registry, "export_failures", ""), 1);
    }
}

#[test]
fn a_server_that_takes_no_request_at_all_is_not_asked_for_each_series_and_loses_nothing() {
    let registry = recorded(500);
    let is_healed = Arc::new(AtomicBool::new(false));
    let healed = is_healed.clone();
    let refusal = answer("413 Content Too Large", "", b"");
    let fake =
        Fake::judging(move |_| if healed.load(Ordering::SeqCst) { OK.to_vec() } else { refusal.clone() });
    let guard = config(&fake.url()).temporality(Temporality::Delta).start(&registry).unwrap();
    for push in 1..=3 {
        guard.flush(LONG).unwrap_err();
        assert!(fake.requests().len() < push * 30, "{}", fake.requests().len());
    }
    assert_eq!(told(&registry, "export_dropped", ""), 0);
    is_healed.store(true, Ordering::SeqCst);
    let before = fake.requests().len();
    assert_eq!(guard.shutdown(LONG), Ok(()));
    let taken = fake.requests().split_off(before);
    let taken: Vec<_> = taken.into_iter().map(|request| request.message).collect();
    assert!(taken.len() < 20, "{}", taken.len());
    let (texts, points) = texts(&taken);
    assert_eq!((texts.len(), points), (1_000, 1_000));
}

#[test]
fn a_server_that_is_too_slow_for_a_whole_push_gets_every_series_all_the_same() {
    let registry = recorded(30);
    let fake = Fake::start(|_, stream| {
        thread::sleep(Duration::from_millis(300));
        let _ = stream.write_all(OK);
    });
    let config = config(&fake.url()).batch_points(10).temporality(Temporality::Delta);
    let guard = config.export_timeout(Duration::from_secs(1)).start(&registry).unwrap();
    let deadline = Instant::now() + LONG;
    let mut seen = BTreeSet::new();
    while seen.len() < 60 {
        assert!(Instant::now() < deadline, "{} of 60", seen.len());
        let _ = guard.flush(LONG);
        let messages: Vec<_> = fake.requests().into_iter().map(|request| request.message).collect();
        seen = texts(&messages).0;
    }
}

/// A server that takes its time: there is time for one request of two in each push.
#[test]
fn the_last_request_of_a_push_is_the_first_of_the_next_one_if_it_had_no_time() {
    let (taken, kept) = mpsc::channel();
    let fake = Fake::start(move |number, stream| {
        thread::sleep(Duration::from_millis(700));
        stream.set_nonblocking(true).unwrap();
        // Not of a client that has hung up since.
        let is_waiting = stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        stream.set_nonblocking(false).unwrap();
        if is_waiting && stream.write_all(OK).is_ok() {
            taken.send(number).unwrap();
        }
    });
    let registry = recorded(30);
    let config = config(&fake.url()).batch_points(40).export_timeout(Duration::from_secs(1));
    let guard = config.start(&registry).unwrap();
    let mut messages = Vec::new();
    // Two pushes are enough if the machine has nothing else to do.
    for _ in 0..10 {
        let _ = guard.flush(LONG);
        let requests = fake.requests();
        messages.extend(kept.try_iter().map(|number| requests[number].message.clone()));
        if texts(&messages).0.len() == 60 {
            return;
        }
    }
    panic!("{} of 60 series", texts(&messages).0.len());
}
