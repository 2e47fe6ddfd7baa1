//! How a server starts and stops.

use crate::client::{connect, scrape};
use crate::surface::App;
use std::error::Error;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use telemetry::prometheus::{Config, ServeError, serve};

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let app = App::new();
    let server = app.serve();
    let error = serve(server.local_addr(), &app.registry).unwrap_err();
    let ServeError::Bind { addresses, cause, .. } = &error else { panic!("{error:?}") };
    assert_eq!(addresses, &[server.local_addr()]);
    assert_eq!(cause.kind(), ErrorKind::AddrInUse);
    let message = error.to_string();
    assert!(message.starts_with(&format!("cannot listen on {}: ", server.local_addr())), "{message}");
    assert!(error.source().is_some());
    assert_eq!(scrape(server.local_addr()).status, 200, "the first one is not disturbed");
}

#[test]
fn an_invalid_address_is_an_error_that_names_it() {
    let error = serve("127.0.0.1", &App::new().registry).unwrap_err();
    assert!(matches!(error, ServeError::Address { .. }), "{error:?}");
    assert!(error.to_string().starts_with("cannot resolve \"127.0.0.1\": "), "{error}");

    let none: &[SocketAddr] = &[];
    assert!(serve(none, &App::new().registry).is_err());
}

#[test]
fn it_listens_on_the_given_address_only() {
    let app = App::new();
    let server = app.serve();
    assert!(server.local_addr().ip().is_loopback());
    assert_ne!(server.local_addr().port(), 0);
}

#[test]
fn a_server_that_was_stopped_is_gone_and_its_port_is_free() {
    let app = App::new();
    let server = app.serve();
    let address = server.local_addr();
    assert_eq!(scrape(address).status, 200);
    server.stop();
    assert!(TcpStream::connect(address).is_err());

    let again = serve(address, &app.registry).unwrap();
    assert_eq!(scrape(address).status, 200);
    drop(again);
    assert!(TcpStream::connect(address).is_err());
}

/// It would hang here if it waited for any of them.
#[test]
fn stopping_waits_for_nobody_for_long() {
    let app = App::large();
    let hour = Duration::from_hours(1);
    let config = Config::default().header_timeout(hour).deadline(hour).render_timeout(hour);
    let server = app.serve_with(config.stop_timeout(Duration::from_millis(100)));

    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let silent = connect(server.local_addr());
    let mut never_reads = connect(server.local_addr());
    never_reads.write_all(request).unwrap();
    app.gate.wait_for(1);
    app.gate.close();
    let mut waits_for_a_callback = connect(server.local_addr());
    waits_for_a_callback.write_all(request).unwrap();
    app.gate.wait_for(2);

    let address = server.local_addr();
    server.stop();
    assert!(TcpStream::connect(address).is_err());
    app.gate.open();
    drop((silent, never_reads, waits_for_a_callback));
}

#[test]
fn answers_under_way_are_given_before_it_stops() {
    let app = App::new();
    let server = app.serve_with(Config::default().stop_timeout(Duration::from_mins(1)));
    app.gate.close();
    let address = server.local_addr();
    let scraping = std::thread::spawn(move || scrape(address));
    app.gate.wait_for(1);
    let stopping = std::thread::spawn(move || server.stop());
    while TcpStream::connect(address).is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    app.gate.open();
    assert_eq!(scraping.join().unwrap().status, 200);
    stopping.join().unwrap();
}
