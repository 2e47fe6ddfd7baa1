//! What goes wrong with a gRPC server, as far as it is not the same as with one of HTTP.

use crate::surface::{Metrics, config, registered, told};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use telemetry::otlp::Protocol;
use tokio::net::TcpListener;
use tokio::runtime;

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

const LONG: Duration = Duration::from_secs(30);

/// A message with nothing in it.
const EMPTY: &[u8] = &[0, 0, 0, 0, 0];

/// A server of HTTP/2 that gives each request the answer for its number, or none.
fn serve(answer: impl Fn(usize) -> Option<Answer> + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (answer, requests) = (Arc::new(answer), Arc::<AtomicUsize>::default());
    let seen = requests.clone();
    thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answer, seen) = (answer.clone(), seen.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (answer, seen) = (answer.clone(), seen.clone());
                    async move {
                        request.into_body().collect().await.unwrap();
                        match answer(seen.fetch_add(1, Ordering::SeqCst)) {
                            Some(answer) => Ok::<_, Infallible>(answer),
                            None => std::future::pending().await,
                        }
                    }
                });
                let serving = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(serving.serve_connection(TokioIo::new(stream), service));
            }
        });
    });
    (url, requests)
}

/// An answer with this body and these trailers.
fn answer(body: &[u8], trailers: &[(&'static str, &'static str)]) -> Answer {
    let trailers = trailers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
    let trailers: HeaderMap = trailers.collect();
    let body = Full::new(Bytes::copy_from_slice(body)).with_trailers(async { Some(Ok(trailers)) });
    Response::builder().header("content-type", "application/grpc").body(body.boxed_unsync()).unwrap()
}

fn endless() -> Answer {
    let frame = || Ok(Frame::data(Bytes::from_static(&[0; 1 << 14])));
    let body = StreamBody::new(Endless(frame));
    Response::builder().body(body.boxed_unsync()).unwrap()
}

/// A stream that always has more.
struct Endless<F>(F);

impl<T, F: Fn() -> T + Unpin> futures_core::Stream for Endless<F> {
    type Item = T;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<T>> {
        std::task::Poll::Ready(Some((self.0)()))
    }
}

/// A push to a server that gives this answer fails for this reason, at once or after an attempt's time.
fn fails(reason: &str, says: &str, answer: impl Fn() -> Option<Answer> + Send + Sync + 'static) {
    let (url, requests) = serve(move |_| answer());
    let (registry, metrics) = registered();
    metrics.calls();
    let second = Duration::from_secs(1);
    let config = config(&url).protocol(Protocol::Grpc).timeout(second).export_timeout(second);
    let guard = config.start(&registry).unwrap();
    let start = Instant::now();
    let error = guard.flush(LONG).unwrap_err().to_string();
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(error.contains(says), "{error}");
    assert_eq!(told(&registry, "export_failures", reason), 1, "{error}");
    assert_eq!(told(&registry, "export_failures", ""), 1);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[test]
fn a_server_that_never_answers_costs_the_time_of_an_attempt() {
    fails("timeout", "no answer in 1.0 s", || None);
}

#[test]
fn an_endless_body_is_an_error() {
    fails("protocol", "longer than 4194304 bytes", || Some(endless()));
}

#[test]
fn an_answer_that_is_none_is_an_error() {
    const FINE: &[(&str, &str)] = &[("grpc-status", "0")];
    fails("protocol", "no gRPC status", || Some(answer(EMPTY, &[])));
    fails("protocol", "no gRPC message", || Some(answer(b"", FINE)));
    fails("protocol", "no gRPC message", || Some(answer(&[0, 0, 0, 0, 9, 1], FINE)));
    fails("protocol", "is compressed", || Some(answer(&[1, 0, 0, 0, 1, 1], FINE)));
    fails("protocol", "is no OTLP", || Some(answer(&[0, 0, 0, 0, 1, 0xff], FINE)));
}

#[test]
fn a_refusal_may_stand_in_the_headers_and_its_words_cannot_forge_a_line() {
    fails("rejected", "InvalidArgument: no\\nlevel=error", || {
        let mut refusal = answer(b"", &[]);
        refusal.headers_mut().insert("grpc-status", HeaderValue::from_static("3"));
        refusal.headers_mut().insert("grpc-message", HeaderValue::from_static("no%0Alevel=error"));
        Some(refusal)
    });
}

#[test]
fn a_proxy_that_speaks_no_grpc_is_understood_by_its_status() {
    let refusal = |status: u16| {
        let mut refusal = answer(b"nothing here", &[]);
        *refusal.status_mut() = status.try_into().unwrap();
        refusal.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
        refusal
    };
    fails("rejected", "404 Not Found: nothing here", move || Some(refusal(404)));

    let busy =
        move |number| Some(if number == 0 { refusal(503) } else { answer(EMPTY, &[("grpc-status", "0")]) });
    let (url, requests) = serve(busy);
    let (registry, _metrics) = registered();
    let guard = config(&url).protocol(Protocol::Grpc).start(&registry).unwrap();
    let start = Instant::now();
    assert_eq!(guard.flush(LONG), Ok(()));
    assert!((1.0..4.0).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
    assert_eq!(requests.load(Ordering::SeqCst), 2);
}
