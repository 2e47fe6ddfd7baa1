//! The handler for a server that the user has.

use crate::client;
use crate::surface::{App, Metrics as _};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use std::io::Read;
use std::pin::pin;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;
use telemetry::prometheus::{Config, Handler};

fn request(method: Method, uri: &str) -> Request<()> {
    Request::builder().method(method).uri(uri).body(()).unwrap()
}

/// A body of this kind is there at once.
fn body(response: Response<Full<Bytes>>) -> Bytes {
    let collected = pin!(response.into_body().collect());
    match collected.poll_now() {
        Poll::Ready(Ok(body)) => body.to_bytes(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("the body is not there"),
    }
}

pub fn text(response: Response<Full<Bytes>>) -> String {
    String::from_utf8(body(response).to_vec()).unwrap()
}

trait PollNow: Future {
    fn poll_now(self: std::pin::Pin<&mut Self>) -> Poll<Self::Output>;
}

impl<F: Future> PollNow for F {
    fn poll_now(self: std::pin::Pin<&mut Self>) -> Poll<F::Output> {
        self.poll(&mut Context::from_waker(Waker::noop()))
    }
}

#[test]
fn it_answers_as_the_server_does() {
    let app = App::new();
    app.metrics.requests("/");
    let handler = Handler::new(&app.registry);
    let status = |method, uri| handler.respond(&request(method, uri)).status().as_u16();
    assert_eq!(status(Method::GET, "/"), 404);
    assert_eq!(status(Method::GET, "/metrics/"), 404);
    assert_eq!(status(Method::POST, "/metrics"), 405);
    assert_eq!(app.gate.passed(), 0, "nothing was collected");
    assert_eq!(status(Method::GET, "/metrics?x"), 200);
    assert_eq!(status(Method::GET, "http://localhost/metrics"), 200);

    let get = handler.respond(&request(Method::GET, "/metrics"));
    let head = handler.respond(&request(Method::HEAD, "/metrics"));
    assert_eq!(get.headers()["content-length"], head.headers()["content-length"]);
    assert_eq!(body(head), "");
    let text = body(get);
    assert!(String::from_utf8_lossy(&text).contains("\napp_requests_total{route=\"/\"} 1\n"));

    let elsewhere = handler.clone().with_path("/stats").unwrap();
    assert_eq!(elsewhere.respond(&request(Method::GET, "/metrics")).status(), 404);
    assert_eq!(elsewhere.respond(&request(Method::GET, "/stats")).status(), 200);
}

#[test]
fn headers_may_come_in_several_lines() {
    let app = App::new();
    let handler = Handler::new(&app.registry);
    let mut request = request(Method::GET, "/metrics");
    for accept in ["text/plain;q=0.1", "application/openmetrics-text;q=0.2"] {
        request.headers_mut().append("accept", accept.parse().unwrap());
    }
    for coding in ["br", "gzip"] {
        request.headers_mut().append("accept-encoding", coding.parse().unwrap());
    }
    let response = handler.respond(&request);
    assert_eq!(
        response.headers()["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    GzDecoder::new(&*body(response)).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn requests_that_wait_share_one_body_in_memory() {
    let app = App::new();
    let handler = Handler::new(&app.registry);
    // Whether all wait cannot be seen from here: give them more and more time.
    let shared = (0..10).any(|attempt| {
        let before = app.gate.passed();
        app.gate.close();
        let barrier = Barrier::new(9);
        let addresses: Vec<usize> = thread::scope(|scope| {
            let first = scope.spawn(|| handler.respond(&request(Method::GET, "/metrics")));
            app.gate.wait_for(before + 1);
            let others: [_; 8] = std::array::from_fn(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    handler.respond(&request(Method::GET, "/metrics"))
                })
            });
            barrier.wait();
            thread::sleep(Duration::from_millis(20 << attempt));
            app.gate.open();
            drop(first.join().unwrap());
            // All are kept until the last has come: no two bodies can have had one address after the other.
            let bodies: Vec<Bytes> = others.map(|other| body(other.join().unwrap())).into();
            bodies.iter().map(|body| body.as_ptr().addr()).collect()
        });
        app.gate.passed() == before + 2 && addresses.iter().all(|address| *address == addresses[0])
    });
    assert!(shared, "8 requests had one render and one body");
}

#[test]
fn an_answer_has_all_that_was_recorded_before_its_request() {
    let app = App::new();
    let handler = Handler::new(&app.registry);
    thread::scope(|scope| {
        for client in 0..4 {
            let (app, handler) = (&app, handler.clone());
            scope.spawn(move || {
                for n in 1..=100 {
                    app.metrics.requests(&format!("/{client}"));
                    let text = body(handler.respond(&request(Method::GET, "/metrics")));
                    let line = format!("\napp_requests_total{{route=\"/{client}\"}} {n}\n");
                    assert!(String::from_utf8_lossy(&text).contains(&line), "{line:?}");
                }
            });
        }
    });
    assert!(app.gate.passed() <= 400, "no request has more than one render");
}

/// A callback that asks the handler would wait for its own render.
#[test]
fn a_callback_that_asks_for_a_render_is_refused() {
    static HANDLER: std::sync::OnceLock<Handler> = std::sync::OnceLock::new();
    let registry = telemetry::Registry::new();
    let metrics = registry.register::<dyn Nested>().unwrap();
    registry.on_collect(&metrics, |metrics| {
        let response = HANDLER.get().unwrap().respond(&request(Method::GET, "/metrics"));
        metrics.set_status(u64::from(response.status().as_u16()));
    });
    let handler = HANDLER.get_or_init(|| Handler::new(&registry));
    let request = http::Request::get("/metrics").body(()).unwrap();
    assert_eq!(handler.respond(&request).status(), 200);
    assert!(
        telemetry::prometheus::render(&registry, telemetry::prometheus::Format::Text)
            .contains("nested_status 200")
    );
}

#[telemetry::metrics(namespace = "nested")]
trait Nested {
    /// What the callback was answered.
    #[gauge]
    fn set_status(&self, code: u64);
}

#[test]
fn created_samples_are_turned_off_in_a_handler_and_in_a_server() {
    let app = App::new();
    app.metrics.requests("/");
    let open_metrics = |handler: &Handler| {
        let request = Request::get("/metrics").header("accept", "application/openmetrics-text");
        text(handler.respond(&request.body(()).unwrap()))
    };
    let handler = Handler::new(&app.registry);
    let with = open_metrics(&handler);
    assert!(with.contains("_created"), "{with}");
    let handler = handler.with_created_samples(false);
    let without = open_metrics(&handler);
    assert!(without.ends_with("# EOF\n") && !without.contains("_created"), "{without}");
    for (created, expected) in [(true, true), (false, false)] {
        let config = Config::default().created_samples(created);
        let server = config.serve("127.0.0.1:0", &app.registry).unwrap();
        let answer = client::get(server.local_addr(), "/metrics", "Accept: application/openmetrics-text\r\n");
        assert_eq!(answer.text().contains("_created"), expected);
        assert!(answer.text().ends_with("# EOF\n"));
    }
}
