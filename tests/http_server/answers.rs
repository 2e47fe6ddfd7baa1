//! What the endpoint answers: formats, codings, methods and paths.

use crate::client::{get, scrape, send};
use crate::surface::{App, Metrics as _};
use flate2::read::GzDecoder;
use std::io::Read;
use telemetry::prometheus::{Config, Format, render};

const OPEN_METRICS: &str =
    "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5\r\n";

#[test]
fn a_scrape_is_text_unless_open_metrics_is_asked_for() {
    let app = App::new();
    app.metrics.requests("/\"a\"\n");
    let server = app.serve();

    let text = scrape(server.local_addr());
    assert_eq!(text.status, 200);
    assert_eq!(text.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(text.header("vary"), Some("Accept, Accept-Encoding"));
    assert_eq!(text.header("connection"), Some("close"));
    assert_eq!(text.header("content-length"), Some(text.body.len().to_string().as_str()));
    assert!(text.text().contains("\napp_requests_total{route=\"/\\\"a\\\"\\n\"} 1\n"), "{}", text.text());

    let open_metrics = get(server.local_addr(), "/metrics", OPEN_METRICS);
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(open_metrics.header("content-type"), Some(content_type));
    assert!(open_metrics.text().ends_with("\n# EOF\n"));
}

#[test]
fn a_body_is_what_render_gives_compressed_or_not() {
    let app = App::new();
    app.metrics.requests("/");
    let server = app.serve();
    // The callback's gauge counts collections: leave it out.
    let lines = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("app_scrapes")).map(str::to_owned).collect()
    };
    for (accept, format) in [("", Format::Text), (OPEN_METRICS, Format::OpenMetrics)] {
        let expected = lines(&render(&app.registry, format));
        let plain = get(server.local_addr(), "/metrics", accept);
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(lines(plain.text()), expected);
        for _ in 0..3 {
            let packed = get(server.local_addr(), "/metrics", &format!("{accept}Accept-Encoding: gzip\r\n"));
            assert_eq!(packed.header("content-encoding"), Some("gzip"));
            let mut text = String::new();
            GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
            assert_eq!(lines(&text), expected);
        }
    }
}

#[test]
fn only_get_and_head_of_the_exact_path_collect() {
    let app = App::new();
    let server = app.serve();
    let refused: &[(&str, u16)] = &[
        ("POST /metrics HTTP/1.1", 405),
        ("DELETE /metrics HTTP/1.1", 405),
        ("PUT /metrics?x HTTP/1.1", 405),
        ("OPTIONS /metrics HTTP/1.1", 405),
        ("POST / HTTP/1.1", 405),
        ("GET /index.html HTTP/1.1", 404),
        ("GET //metrics HTTP/1.1", 404),
        ("GET /metrics/ HTTP/1.1", 404),
        ("GET /Metrics HTTP/1.1", 404),
        ("GET /metrics%20 HTTP/1.1", 404),
        ("GET /other HTTP/1.1", 404),
        ("GET /other?/metrics HTTP/1.1", 404),
        ("HEAD /other HTTP/1.1", 404),
        ("OPTIONS * HTTP/1.1", 404),
        ("GET http://localhost/other HTTP/1.1", 404),
        ("GET metrics HTTP/1.1", 404),
        ("GET /metrics HTTP/9.9", 400),
        ("nonsense", 400),
    ];
    for (line, status) in refused {
        let answer =
            send(server.local_addr(), format!("{line}\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(answer.status, *status, "{line}");
        assert_eq!(answer.header("allow"), (*status == 405).then_some("GET, HEAD"), "{line}");
    }
    assert_eq!(app.gate.passed(), 0, "nothing was collected");

    let answered =
        ["GET /metrics", "GET /metrics?", "GET /metrics?name[]=x&y", "GET http://localhost:1/metrics?x"];
    for (n, line) in answered.iter().enumerate() {
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            let request = format!("{line} {version}\r\nHost: localhost\r\n\r\n");
            assert_eq!(
                send(server.local_addr(), request.as_bytes()).unwrap().status,
                200,
                "{line} {version}"
            );
        }
        assert_eq!(app.gate.passed(), 2 * (n + 1));
    }
}

#[test]
fn head_is_get_without_the_body() {
    let app = App::new();
    let server = app.serve();
    let get = scrape(server.local_addr());
    let head = send(server.local_addr(), b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(head.status, 200);
    assert_eq!(head.body, b"");
    for header in ["content-type", "content-length", "vary"] {
        assert_eq!(head.header(header), get.header(header));
    }
}

#[test]
fn the_path_can_be_another() {
    let app = App::new();
    let server = app.serve_with(Config::default().path("/internal/metrics"));
    assert_eq!(get(server.local_addr(), "/internal/metrics", "").status, 200);
    assert_eq!(scrape(server.local_addr()).status, 404);
}
