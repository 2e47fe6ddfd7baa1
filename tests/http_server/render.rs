//! Renders are shared, and a callback that hangs costs a 503.

use crate::client::{connect, get, read, scrape};
use crate::surface::{App, Metrics as _};
use std::io::Write;
use std::thread;
use std::time::Duration;
use telemetry::prometheus::Config;

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn a_scrape_has_all_that_was_recorded_before_it() {
    let app = App::new();
    let server = app.serve();
    thread::scope(|scope| {
        for client in 0..8 {
            let (app, address) = (&app, server.local_addr());
            scope.spawn(move || {
                for n in 1..=25 {
                    app.metrics.requests(&format!("/{client}"));
                    let answer = scrape(address);
                    let line = format!("\napp_requests_total{{route=\"/{client}\"}} {n}\n");
                    assert!(answer.text().contains(&line), "{line:?} in {}", answer.text());
                }
            });
        }
    });
    assert!(app.gate.passed() <= 200, "no scrape has more than one render");
}

#[test]
fn scrapes_that_wait_for_a_render_share_the_next() {
    let app = App::new();
    let server = app.serve_with(
        Config::default().render_timeout(Duration::from_mins(1)).deadline(Duration::from_mins(1)),
    );
    let request = |n: usize| {
        let sent = (0..n).map(|_| {
            let mut stream = connect(server.local_addr());
            stream.write_all(REQUEST).unwrap();
            stream
        });
        sent.collect::<Vec<_>>()
    };
    // Whether all have arrived cannot be seen from here: give them more and more time.
    let shared = (0..10).any(|attempt| {
        let before = app.gate.passed();
        app.gate.close();
        let first = request(1);
        app.gate.wait_for(before + 1);
        let others = request(30);
        thread::sleep(Duration::from_millis(20 << attempt));
        app.gate.open();
        for stream in first.iter().chain(&others) {
            assert_eq!(read(stream).unwrap().status, 200);
        }
        app.gate.passed() == before + 2
    });
    assert!(shared, "30 scrapes had one render");
}

#[test]
fn a_callback_that_hangs_costs_a_503_and_nothing_else() {
    let app = App::new();
    let server = app.serve_with(Config::default().render_timeout(Duration::from_millis(100)));
    app.gate.close();
    for _ in 0..5 {
        let answer = scrape(server.local_addr());
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert_eq!(app.gate.passed(), 1, "one thread hangs, and no second one was started");
    assert_eq!(get(server.local_addr(), "/other", "").status, 404, "the rest of the server lives");

    app.gate.open();
    while scrape(server.local_addr()).status != 200 {}
}

#[test]
fn a_callback_that_panics_costs_nothing() {
    let app = App::new();
    app.registry.on_collect(&app.metrics, |_| panic!("in a callback, as the test wants it"));
    let server = app.serve();
    for _ in 0..3 {
        assert_eq!(scrape(server.local_addr()).status, 200);
    }
}
