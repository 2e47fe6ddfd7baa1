//! What goes wrong on the other side, row by row: each within a time, counted by reason, and with nothing
//! lost.

use crate::every_kind::Metrics;
use crate::fake::{Fake, OK, answer, free_address};
use crate::surface::{config, registered, told};
use crate::totals::{of_registry, of_requests};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use telemetry::Registry;
use telemetry::export::Guard;
use telemetry::otlp::{Protocol, Temporality};

const LONG: Duration = Duration::from_secs(30);

/// Runs it, which has to take so many seconds at least, and comes to an end.
fn lasting<T>(least: f64, f: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = f();
    let took = start.elapsed();
    assert!(took.as_secs_f64() >= least && took < 2 * LONG, "it took {took:?}");
    result
}

/// Waits until something has happened, however busy the machine is.
fn wait_until(what: &str, has_happened: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !has_happened() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Pushes, which fails for this reason and no other, and gives the error's text.
fn fails(registry: &Registry, guard: &Guard, reason: &str) -> String {
    let before = (told(registry, "export_failures", ""), told(registry, "exports", ""));
    let error = guard.flush(LONG).unwrap_err().to_string();
    assert_eq!(told(registry, "export_failures", reason), before.0 + 1, "{error}");
    assert_eq!(told(registry, "export_failures", ""), before.0 + 1, "{error}");
    assert_eq!(told(registry, "exports", ""), before.1);
    error
}

/// One push to a server that fails for this reason: by itself, since an attempt has so much time.
fn fails_for(reason: &str, timeout: Duration, serve: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) {
    let fake = Fake::start(serve);
    let (registry, metrics) = registered();
    metrics.calls();
    let guard = config(&fake.url()).timeout(timeout).export_timeout(timeout).start(&registry).unwrap();
    fails(&registry, &guard, reason);
}

const SECOND: Duration = Duration::from_secs(1);

/// Less than a push is waited for, and more than any that ends by itself takes.
const AMPLE: Duration = Duration::from_secs(20);

#[test]
fn a_collector_that_is_absent_at_the_start_gets_all_once_it_is_there() {
    let address = free_address();
    let (registry, metrics) = registered();
    let interval = Duration::from_millis(50);
    let guard = config(&format!("http://{address}")).interval(interval).start(&registry).unwrap();
    metrics.calls();
    wait_until("no attempt is made again", || told(&registry, "export_retries", "") > 0);
    metrics.calls();
    let fake = Fake::start_at(TcpListener::bind(address).unwrap(), |_, stream| stream.write_all(OK).unwrap());
    fake.wait_for(1, LONG);
    assert_eq!(guard.shutdown(LONG), Ok(()));
    let last = &fake.requests().last().unwrap().message.clone();
    assert_eq!(of_requests([last]), of_registry(&registry));
}

#[test]
fn a_collector_that_dies_and_returns_has_the_right_totals_afterwards() {
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serve = |_, stream: &mut TcpStream| stream.write_all(OK).unwrap();
        let first = Fake::start_at(listener, serve);
        let (registry, metrics) = registered();
        let guard = config(&first.url()).temporality(temporality).start(&registry).unwrap();
        metrics.received(1);
        assert_eq!(guard.flush(LONG), Ok(()));
        let before = first.requests();
        drop(first);
        let returned = thread::scope(|scope| {
            metrics.received(10);
            let pushing = scope.spawn(|| guard.flush(LONG));
            for attempts in 1..=2 {
                wait_until("no attempt is made again", || told(&registry, "export_retries", "") >= attempts);
                metrics.received(10);
                metrics.texts("while it is away", None);
            }
            let returned = Fake::start_at(bound_again(address), serve);
            assert_eq!(pushing.join().unwrap(), Ok(()));
            returned
        });
        metrics.received(100);
        assert_eq!(guard.flush(LONG), Ok(()));
        let after = returned.requests();
        assert_eq!(after.len(), 2, "nothing was queued");
        let all = before.iter().chain(&after).map(|request| &request.message);
        assert_eq!(of_requests(all), of_registry(&registry));
    }
}

/// Listens where another has listened, whose socket may take a moment to go.
fn bound_again(address: SocketAddr) -> TcpListener {
    let deadline = Instant::now() + LONG;
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_server_that_never_answers_costs_the_time_of_an_attempt() {
    fails_for("timeout", SECOND, |_, stream| {
        // Until the exporter hangs up.
        let _ = stream.read(&mut [0]);
    });
}

#[test]
fn a_server_that_answers_a_byte_at_a_time_costs_the_time_of_an_attempt() {
    fails_for("timeout", SECOND, |_, stream| {
        for byte in OK {
            thread::sleep(Duration::from_millis(100));
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
}

#[test]
fn a_refusal_whose_body_never_ends_is_still_that_refusal() {
    let fake = Fake::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 100000\r\n\r\nbad ");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let (registry, _metrics) = registered();
    let guard = config(&fake.url()).start(&registry).unwrap();
    let error = fails(&registry, &guard, "rejected");
    assert!(error.contains("400 Bad Request: bad xx"), "{error}");
}

#[test]
fn an_endless_head_is_an_error() {
    fails_for("protocol", AMPLE, |_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"x-more: and more\r\n").is_ok() {}
    });
}

#[test]
fn an_answer_of_another_protocol_is_an_error() {
    fails_for("protocol", AMPLE, |_, stream| {
        let _ = stream.write_all(b"220 smtp.example ESMTP\r\n");
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
}

#[test]
fn a_connection_that_is_reset_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let resetting = thread::spawn(move || {
        for _ in 0..2 {
            let (stream, _) = listener.accept().unwrap();
            // Closed with bytes that nobody has read: a reset.
            stream.peek(&mut [0]).unwrap();
        }
        listener
    });
    let (registry, metrics) = registered();
    metrics.calls();
    let guard = config(&format!("http://{address}")).start(&registry).unwrap();
    let pushing = thread::spawn(move || (guard.flush(LONG), guard));
    let fake = Fake::start_at(resetting.join().unwrap(), |_, stream| stream.write_all(OK).unwrap());
    let (result, _guard) = pushing.join().unwrap();
    assert_eq!(result, Ok(()));
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(told(&registry, "export_retries", ""), 2);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    for (status, wish, waits) in [
        ("429 Too Many Requests", "5", 5.0),
        ("503 Service Unavailable", "a date", 2.5),
        ("502 Bad Gateway", "-1", 0.2),
        ("504 Gateway Timeout", "junk", 0.2),
        ("503 Service Unavailable", "0", 0.2),
    ] {
        let date = httpdate(SystemTime::now() + Duration::from_secs(5));
        let wish = if wish == "a date" { date.as_str() } else { wish };
        let busy = answer(status, &format!("retry-after: {wish}\r\n"), b"");
        let fake = Fake::answering(vec![busy, OK.to_vec()]);
        let (registry, metrics) = registered();
        metrics.calls();
        let guard = config(&fake.url()).start(&registry).unwrap();
        assert_eq!(lasting(waits, || guard.flush(LONG)), Ok(()), "{status} {wish}");
        assert_eq!(fake.requests().len(), 2);
        assert_eq!(told(&registry, "export_retries", ""), 1);
        assert_eq!(told(&registry, "export_failures", ""), 0);
    }
}

#[test]
fn a_server_that_asks_for_years_is_left_alone_for_five_minutes_at_the_most() {
    let busy = answer("503 Service Unavailable", "retry-after: 999999999\r\n", b"");
    let fake = Fake::answering(vec![busy]);
    let (registry, _metrics) = registered();
    let guard = config(&fake.url()).start(&registry).unwrap();
    let error = fails(&registry, &guard, "unavailable");
    assert!(error.contains("503"), "{error}");
    let error = fails(&registry, &guard, "unavailable");
    let left = error.split("another ").nth(1).unwrap().split(' ').next().unwrap();
    assert!((290.0..=300.0).contains(&left.parse::<f64>().unwrap()), "{error}");
    guard.shutdown(SECOND).unwrap_err();
    assert_eq!(fake.requests().len(), 1, "the time is not over");
}

#[test]
fn a_refusal_is_not_tried_again_and_its_words_cannot_forge_a_line() {
    for status in ["400 Bad Request", "401 Unauthorized", "404 Not Found", "422 Unprocessable Entity"] {
        let words = format!("no\nlevel=error \u{1b}[2J {}", "x".repeat(100_000));
        let fake = Fake::answering(vec![answer(status, "", words.as_bytes())]);
        let (registry, metrics) = registered();
        metrics.calls();
        let guard = config(&fake.url()).start(&registry).unwrap();
        let error = fails(&registry, &guard, "rejected");
        assert!(error.contains(&format!("{status}: no\\nlevel=error \\u{{1b}}[2J xxx")), "{error}");
        assert!(error.len() < 500, "{}", error.len());
        assert_eq!(fake.requests().len(), 1);
    }
    fails_for("unavailable", AMPLE, |_, stream| {
        let _ = stream.write_all(&answer("500 Internal Server Error", "", b""));
    });
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Fake::answering(vec![OK]);
    let location = format!("location: {}/v1/metrics\r\n", other.url());
    for status in ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let fake = Fake::answering(vec![answer(status, &location, b"")]);
        let (registry, _metrics) = registered();
        let guard = config(&fake.url()).header("authorization", "Bearer secret").start(&registry).unwrap();
        let error = fails(&registry, &guard, "rejected");
        assert!(error.contains("redirects are not followed"), "{error}");
    }
    assert!(other.requests().is_empty(), "nobody else hears the secret");
}

#[test]
fn a_name_without_an_address_is_an_error_and_is_looked_up_again() {
    let (registry, _metrics) = registered();
    let config = config("http://collector.invalid:4318").export_timeout(Duration::from_secs(8));
    let guard = config.start(&registry).unwrap();
    // As long as the system's resolver takes, it says nothing.
    let error = guard.flush(LONG).unwrap_err().to_string();
    assert!(error.contains("cannot look up collector.invalid") || error.contains("no response"), "{error}");
    let failures =
        told(&registry, "export_failures", "resolve") + told(&registry, "export_failures", "timeout");
    assert_eq!(failures, 1);
}

#[test]
fn a_name_is_looked_up() {
    let fake = Fake::answering(vec![OK]);
    let (registry, _metrics) = registered();
    let guard = config(&format!("http://localhost:{}", fake.address().port())).start(&registry).unwrap();
    assert_eq!(guard.flush(LONG), Ok(()));
    assert!(fake.requests()[0].head.contains(&format!("host: localhost:{}", fake.address().port())));
}

#[test]
fn an_address_may_be_one_of_ipv6() {
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let fake = Fake::start_at(listener, |_, stream| stream.write_all(OK).unwrap());
    let (registry, _metrics) = registered();
    let guard = config(&fake.url()).start(&registry).unwrap();
    assert_eq!(guard.flush(LONG), Ok(()));
    assert!(fake.requests()[0].head.contains("host: [::1]:"));
}

#[test]
fn a_server_that_speaks_no_http_2_is_an_error_for_grpc() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let (registry, _metrics) = registered();
    let config = config(&url).protocol(Protocol::Grpc).export_timeout(SECOND);
    let guard = config.start(&registry).unwrap();
    guard.flush(LONG).unwrap_err();
    assert_eq!(told(&registry, "export_failures", ""), 1);
}

#[test]
fn shutting_down_while_stuck_takes_the_time_that_it_was_given() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        // Accepted by the system, and read by nobody.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let (registry, metrics) = registered();
        let config = config(&format!("http://{}", silent.local_addr().unwrap())).protocol(protocol);
        let config = config.timeout(Duration::from_hours(1)).export_timeout(Duration::from_hours(1));
        let guard = config.interval(Duration::from_millis(1)).start(&registry).unwrap();
        metrics.calls();
        lasting(0.2, || guard.shutdown(Duration::from_millis(300))).unwrap_err();
        wait_until("it does not end", || {
            !guard.flush(Duration::ZERO).is_err_and(|error| error.to_string().contains("time was over"))
        });
    }
}

/// A time as HTTP writes it.
fn httpdate(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let output = std::process::Command::new("date")
        .args(["-u", "-d", &format!("@{seconds}"), "+%a, %d %b %Y %H:%M:%S GMT"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
