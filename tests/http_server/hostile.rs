//! Hostile clients: none holds a resource without limit, and the next scrape is answered.

use crate::client::{Answer, connect, get, read, scrape, send};
use crate::surface::App;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;
use telemetry::prometheus::Config;

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Scrapes until a connection is free, which must be some time.
fn scrape_when_free(address: SocketAddr) -> Answer {
    loop {
        match send(address, REQUEST) {
            Some(answer) if answer.status == 200 => return answer,
            Some(answer) => assert_eq!(answer.status, 503),
            None => {}
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Connections that say nothing.
fn idle(address: SocketAddr, n: usize) -> Vec<TcpStream> {
    (0..n).map(|_| connect(address)).collect()
}

#[test]
fn headers_that_never_end_are_cut_off() {
    let app = App::new();
    let config = Config::default().header_timeout(Duration::from_millis(200)).max_connections(4);
    let server = app.serve_with(config);
    let mut slow = idle(server.local_addr(), 4);
    // Each of them goes on, byte by byte, until the server has had enough.
    for stream in &mut slow {
        while stream.write_all(b"X").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    }
    assert_eq!(scrape(server.local_addr()).status, 200);
}

#[test]
fn past_the_cap_a_client_gets_retry_after() {
    let app = App::new();
    let minute = Duration::from_mins(1);
    let server = app.serve_with(Config::default().header_timeout(minute).deadline(minute).max_connections(4));
    let slow = idle(server.local_addr(), 4);
    let answer = scrape(server.local_addr());
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    assert_eq!(app.gate.passed(), 0, "nothing was collected");

    drop(slow);
    scrape_when_free(server.local_addr());
}

#[test]
fn those_who_are_refused_are_bounded_too() {
    let app = App::new();
    let server = app.serve_with(Config::default().header_timeout(Duration::from_secs(2)).max_connections(2));
    let crowd = idle(server.local_addr(), 20);
    // 2 are served and say nothing, 2 are told 503, all others see the connection end.
    let answers: Vec<_> = crowd.iter().map(read).collect();
    assert!(answers.iter().flatten().all(|answer| answer.status == 503), "{answers:?}");
    assert!(answers.iter().flatten().count() >= 1, "{answers:?}");
    scrape_when_free(server.local_addr());
}

#[test]
fn scrapers_that_never_read_are_cut_off() {
    let app = App::large();
    let server = app.serve_with(Config::default().deadline(Duration::from_secs(2)).max_connections(8));
    let mut lazy = idle(server.local_addr(), 8);
    for stream in &mut lazy {
        stream.write_all(REQUEST).unwrap();
    }
    // They hold all places, and read nothing; then another one comes and reads.
    let answer = scrape_when_free(server.local_addr());
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    for answer in lazy.iter().filter_map(read) {
        let length: usize = answer.header("content-length").unwrap().parse().unwrap();
        assert!(answer.body.len() < length, "cut off after {} of {length} bytes", answer.body.len());
    }
}

#[test]
fn a_thousand_scrapes_at_once_are_answered_or_refused() {
    let app = App::new();
    let server = app.serve_with(Config::default().max_connections(8));
    let statuses: Vec<Option<u16>> = thread::scope(|scope| {
        let address = server.local_addr();
        let clients = (0..50).map(|_| {
            scope.spawn(move || {
                (0..20).map(|_| send(address, REQUEST).map(|answer| answer.status)).collect::<Vec<_>>()
            })
        });
        let clients: Vec<_> = clients.collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert_eq!(statuses.len(), 1_000);
    let answered = statuses.iter().filter(|status| **status == Some(200)).count();
    assert!(statuses.iter().flatten().all(|status| matches!(status, 200 | 503)));
    assert!(answered > 0 && app.gate.passed() <= answered);
    scrape_when_free(server.local_addr());
}

#[test]
fn a_huge_header_is_refused_and_a_strange_one_is_text() {
    let app = App::new();
    let server = app.serve();
    for size in [20_000, 60_000, 1_000_000] {
        let answer =
            get(server.local_addr(), "/metrics", &format!("Accept: {}\r\n", "a/b,".repeat(size / 4)));
        assert_eq!(answer.status, 431, "{size} bytes");
    }
    assert_eq!(app.gate.passed(), 0);
    let strange =
        ["q=NaN", "*/*;q=NaN", ";;;,,,///", "application/openmetrics-text;q=1e999", "\u{fc}\u{1f600}"];
    let junk = "a/b;q=\"".repeat(1_500);
    for accept in strange.into_iter().chain([junk.as_str()]) {
        let answer = get(server.local_addr(), "/metrics", &format!("Accept: {accept}\r\n"));
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    }
}

#[test]
fn a_connection_that_is_not_http_is_closed() {
    let app = App::new();
    let server = app.serve_with(Config::default().header_timeout(Duration::from_millis(200)));
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for bytes in [hello.as_slice(), http2, b"\0\0\0\0", b"\r\n\r\n\r\n", b""] {
        let answer = send(server.local_addr(), bytes);
        assert!(answer.as_ref().is_none_or(|answer| answer.status == 400), "{bytes:?}: {answer:?}");
    }
    assert_eq!(scrape(server.local_addr()).status, 200);
}

#[test]
fn a_body_is_not_waited_for() {
    let app = App::new();
    let server = app.serve();
    for (method, status) in [("POST", 405), ("GET", 200)] {
        // All of it is announced, some of it sent.
        let head =
            format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n");
        let request = [head.as_bytes(), &vec![b'x'; 1_000_000]].concat();
        assert_eq!(send(server.local_addr(), &request).unwrap().status, status, "{method}");
    }
}

#[test]
fn a_connection_is_for_one_request() {
    let app = App::new();
    let server = app.serve();
    let twice = [REQUEST, REQUEST].concat();
    let answer = send(server.local_addr(), &twice).unwrap();
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    assert_eq!(app.gate.passed(), 1);
}
