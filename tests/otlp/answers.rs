//! Servers that take the data and answer strangely: a success status is a delivery, whatever comes behind it.

use crate::every_kind::Metrics;
use crate::fake::{self, Request};
use crate::grpc;
use crate::surface::{config, registered, told};
use crate::totals::{of_registry, of_requests};
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use http::HeaderValue;
use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;
use telemetry::otlp::{Config, Protocol, Temporality};
use tokio::runtime;

/// Longer than all of a test.
const LONG: Duration = Duration::from_mins(10);

/// What a server answers behind the status line. False: then it closes the connection.
type Rest = Box<dyn Fn(&mut TcpStream) -> bool + Send + Sync>;

/// Text, with which the connection goes on.
fn text(rest: impl Into<Vec<u8>>) -> Rest {
    let rest = rest.into();
    Box::new(move |stream| stream.write_all(&rest).is_ok())
}

fn body(headers: &str, body: &[u8]) -> Rest {
    let head = format!("{headers}content-length: {}\r\n\r\n", body.len());
    text([head.as_bytes(), body].concat())
}

/// The beginning of a body that is longer, and then what becomes of it.
fn beginning(then: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Rest {
    Box::new(move |stream| {
        let _ =
            stream.write_all(b"content-type: application/x-protobuf\r\ncontent-length: 100000\r\n\r\n\n\x05");
        then(stream);
        false
    })
}

/// Closing it later resets the connection.
fn reset(stream: &mut TcpStream) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _context = runtime.enter();
    let same = stream.try_clone().unwrap();
    same.set_nonblocking(true).unwrap();
    tokio::net::TcpStream::from_std(same).unwrap().set_zero_linger().unwrap();
}

/// Until the exporter hangs up.
fn wait(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0]);
}

fn trickle(stream: &mut TcpStream) {
    while stream.write_all(b"\0").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Made once, which takes a while.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bomb = GzEncoder::new(Vec::new(), Level::fast());
    bomb.write_all(&vec![0; 8 << 20]).unwrap();
    bomb.finish().unwrap()
});

fn bomb() -> Rest {
    body("content-type: application/x-protobuf\r\ncontent-encoding: gzip\r\n", &BOMB)
}

fn endless() -> Rest {
    Box::new(|stream| {
        let _ = stream.write_all(b"transfer-encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n", &*vec![0; 0x1_0000], b"\r\n"].concat();
        while stream.write_all(&chunk).is_ok() {}
        false
    })
}

/// Each kind of answer.
fn answers() -> Vec<(&'static str, Rest)> {
    const PROTOBUF: &str = "content-type: application/x-protobuf\r\n";
    const JSON: &str = "content-type: application/json\r\n";
    vec![
        ("empty", body("", b"")),
        ("empty, of its type", body(PROTOBUF, b"")),
        ("empty, compressed", body("content-encoding: br\r\n", b"")),
        ("junk", body("", b"\xff\xfe\0junk")),
        ("junk, of its type", body(PROTOBUF, b"\n\x7f")),
        ("JSON", body(JSON, b"{}")),
        ("JSON with all", body(JSON, b"{\"partialSuccess\":{\"rejectedDataPoints\":\"0\"}}")),
        ("JSON without a type", body("", b"{}")),
        ("OK", body("content-type: text/plain\r\n", b"OK")),
        ("HTML", body("content-type: text/html\r\n", b"<html>It works!</html>")),
        // As a message, it would refuse seven points.
        ("another type", body("content-type: text/plain\r\n", b"\n\x02\x08\x07")),
        ("an unknown encoding", body("content-encoding: br\r\n", b"\x0b\x01\x80OK\x03")),
        ("no gzip", body("content-encoding: gzip\r\n", b"OK")),
        ("a gzip bomb", bomb()),
        ("cut", beginning(|stream| stream.shutdown(Shutdown::Both).unwrap())),
        ("reset", beginning(reset)),
        ("hanging", beginning(wait)),
        ("slow", beginning(trickle)),
        ("endless", endless()),
        ("no chunks", text("transfer-encoding: chunked\r\n\r\nZZ\r\n")),
        ("without an end", Box::new(|stream| stream.write_all(b"\r\n\n\x05").is_err())),
    ]
}

/// A server that answers each request so; what it was sent.
fn serve(status: &'static str, rest: Rest) -> (String, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (requests, rest) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(rest));
    let kept = requests.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, kept, rest) = (stream.unwrap(), kept.clone(), rest.clone());
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while let Some(request) = fake::read(&mut reader) {
                    kept.lock().unwrap().push(request);
                    let status = format!("HTTP/1.1 {status}\r\n");
                    if stream.write_all(status.as_bytes()).is_err() || !rest(&mut stream) {
                        break;
                    }
                }
            });
        }
    });
    (url, requests)
}

/// Pushes twice, with calls before each. Both pushes are deliveries.
fn push(case: &str, config: Config) -> telemetry::Registry {
    let (registry, metrics) = registered();
    let guard = config.start(&registry).unwrap();
    for round in 1..=2_u64 {
        metrics.received(round);
        metrics.size(1.0);
        metrics.opened();
        (0..round * 4).for_each(|n| metrics.texts(&n.to_string(), None));
        let pushed = if round < 2 { guard.flush(LONG) } else { guard.shutdown(LONG) };
        assert_eq!(pushed, Ok(()), "{case}");
    }
    assert_eq!(told(&registry, "exports", ""), 2, "{case}");
    for (metric, why) in
        [("export_failures", "failed"), ("export_retries", "again"), ("export_dropped", "lost")]
    {
        assert_eq!(told(&registry, metric, ""), 0, "{case}: {why}");
    }
    registry
}

/// Cumulative and delta, in one request a push and in many.
fn ways(url: &str) -> Vec<(String, Config, bool)> {
    let mut ways = Vec::new();
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        for points in [10_000, 4] {
            let name = format!("{temporality:?}, {points} points a request");
            let config = config(url).temporality(temporality).batch_points(points);
            ways.push((name, config.timeout(LONG).export_timeout(LONG), points == 4));
        }
    }
    ways
}

#[test]
fn a_success_of_http_is_a_delivery_whatever_its_body_is() {
    thread::scope(|scope| {
        for status in ["200 OK", "202 Accepted"] {
            for (name, _) in answers() {
                scope.spawn(move || {
                    let rest = || answers().into_iter().find(|(known, _)| *known == name).unwrap().1;
                    for (number, (way, _, _)) in ways("").into_iter().enumerate() {
                        let (url, requests) = serve(status, rest());
                        let case = format!("{status}, {name}, {way}");
                        let (_, config, is_many) = ways(&url).swap_remove(number);
                        if number > 0 && ["a gzip bomb", "endless"].contains(&name) {
                            // Megabytes for each request.
                            continue;
                        }
                        let registry = push(&case, config);
                        let requests = requests.lock().unwrap();
                        let sent = of_requests(requests.iter().map(|request| &request.message));
                        assert_eq!(sent, of_registry(&registry), "{case}");
                        assert!(if is_many { requests.len() > 6 } else { requests.len() == 2 }, "{case}");
                    }
                });
            }
        }
    });
}

#[test]
fn no_content_is_a_delivery() {
    let (url, requests) = serve("204 No Content", text("\r\n"));
    let registry = push("204", config(&url));
    let sent = of_requests(requests.lock().unwrap().iter().map(|request| &request.message));
    assert_eq!(sent, of_registry(&registry));
}

/// Makes an answer.
type Make = fn() -> grpc::Answer;

/// Answers of gRPC with status 0.
fn grpc_answers() -> Vec<(&'static str, Make)> {
    const FINE: &[(&str, &str)] = &[("grpc-status", "0")];
    fn in_headers(mut answer: grpc::Answer) -> grpc::Answer {
        answer.headers_mut().insert("grpc-status", HeaderValue::from_static("0"));
        answer
    }
    vec![
        ("an empty message", || grpc::answer(grpc::EMPTY, FINE)),
        ("no message", || grpc::answer(b"", FINE)),
        ("junk", || grpc::answer(b"\0\0\0\0\x02\n\x7f", FINE)),
        ("junk without a prefix", || grpc::answer(b"<html>It works!</html>", FINE)),
        ("part of a prefix", || grpc::answer(b"\0\0", FINE)),
        ("a message that is cut", || grpc::answer(&[0, 0, 0, 0, 9, 1], FINE)),
        ("two messages", || grpc::answer(&[0; 10], FINE)),
        ("compressed", || grpc::answer(&[1, 0, 0, 0, 1, 1], FINE)),
        ("a status in the headers", || in_headers(grpc::answer(b"", &[]))),
        ("a status in the headers, and an endless body", || in_headers(grpc::endless())),
        ("a status in the headers, and a body that hangs", || in_headers(grpc::hanging())),
        ("another status of HTTP", || {
            let mut answer = grpc::answer(grpc::EMPTY, FINE);
            *answer.status_mut() = http::StatusCode::ACCEPTED;
            answer
        }),
    ]
}

#[test]
fn status_0_of_grpc_is_a_delivery_whatever_its_message_is() {
    thread::scope(|scope| {
        for (name, answer) in grpc_answers() {
            scope.spawn(move || {
                for (number, (way, _, _)) in ways("").into_iter().enumerate() {
                    let (url, requests) = grpc::serve(move |_| Some(answer()));
                    let case = format!("{name}, {way}");
                    let (_, config, is_many) = ways(&url).swap_remove(number);
                    let registry = push(&case, config.protocol(Protocol::Grpc));
                    let requests = requests.lock().unwrap();
                    assert_eq!(of_requests(&*requests), of_registry(&registry), "{case}");
                    assert!(if is_many { requests.len() > 6 } else { requests.len() == 2 }, "{case}");
                }
            });
        }
    });
}
