//! What goes wrong with a gRPC server, as far as it is not the same as with one of HTTP.

use crate::every_kind::Metrics;
use crate::surface::{config, registered, told};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use telemetry::otlp::Protocol;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

pub type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

const LONG: Duration = Duration::from_secs(30);

/// A message with nothing in it.
pub const EMPTY: &[u8] = &[0, 0, 0, 0, 0];

/// What a server was sent.
type Requests = Arc<Mutex<Vec<ExportMetricsServiceRequest>>>;

/// A server of HTTP/2 that gives each request the answer for its number, or none.
pub fn serve(answer: impl Fn(usize) -> Option<Answer> + Send + Sync + 'static) -> (String, Requests) {
    serve_by(None, move |number, _| answer(number))
}

/// The same over TLS.
pub fn serve_tls(
    config: &ServerConfig,
    answer: impl Fn(usize) -> Option<Answer> + Send + Sync + 'static,
) -> (String, Requests) {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    serve_by(Some(TlsAcceptor::from(Arc::new(config))), move |number, _| answer(number))
}

/// One that answers each message by what it is.
pub fn judging(
    judge: impl Fn(&ExportMetricsServiceRequest) -> Answer + Send + Sync + 'static,
) -> (String, Requests) {
    serve_by(None, move |_, message| Some(judge(message)))
}

fn serve_by(
    tls: Option<TlsAcceptor>,
    answer: impl Fn(usize, &ExportMetricsServiceRequest) -> Option<Answer> + Send + Sync + 'static,
) -> (String, Requests) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let (answer, requests) = (Arc::new(answer), Requests::default());
    let seen = requests.clone();
    thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answer, seen) = (answer.clone(), seen.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (answer, seen) = (answer.clone(), seen.clone());
                    async move {
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        // Behind the prefix, and not compressed.
                        let message = ExportMetricsServiceRequest::decode(&body[5..]).unwrap();
                        let number = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(message.clone());
                            seen.len() - 1
                        };
                        match answer(number, &message) {
                            Some(answer) => Ok::<_, Infallible>(answer),
                            None => std::future::pending().await,
                        }
                    }
                });
                let serving = http2::Builder::new(TokioExecutor::new());
                match &tls {
                    None => drop(tokio::spawn(serving.serve_connection(TokioIo::new(stream), service))),
                    Some(tls) => {
                        let stream = tls.accept(stream).await.unwrap();
                        drop(tokio::spawn(serving.serve_connection(TokioIo::new(stream), service)));
                    }
                }
            }
        });
    });
    (url, requests)
}

/// A server that refuses a message by its prefix, before it has read it, and counts such messages.
pub fn limited(limit: usize) -> (String, Requests, Arc<AtomicU64>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (requests, refused) = (Requests::default(), Arc::<AtomicU64>::default());
    let (seen, count) = (requests.clone(), refused.clone());
    let answer = move |mut body: Incoming| {
        let (seen, count) = (seen.clone(), count.clone());
        async move {
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                bytes.extend_from_slice(frame.unwrap().data_ref().unwrap());
                let length = bytes.get(1..5).map(|length| u32::from_be_bytes(length.try_into().unwrap()));
                if length.is_some_and(|length| length as usize > limit) {
                    count.fetch_add(1, Ordering::SeqCst);
                    let words = "grpc: received message larger than max (5000000 vs. 500000)";
                    return Ok::<_, Infallible>(answer(
                        b"",
                        &[("grpc-status", "8"), ("grpc-message", words)],
                    ));
                }
            }
            seen.lock().unwrap().push(ExportMetricsServiceRequest::decode(&bytes[5..]).unwrap());
            Ok(answer(EMPTY, &[("grpc-status", "0")]))
        }
    };
    thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = answer.clone();
                let service = service_fn(move |request: Request<Incoming>| answer(request.into_body()));
                let serving = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(serving.serve_connection(TokioIo::new(stream), service));
            }
        });
    });
    (url, requests, refused)
}

/// An answer with this body and these trailers.
pub fn answer(body: &[u8], trailers: &[(&'static str, &'static str)]) -> Answer {
    let trailers = trailers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
    let trailers: HeaderMap = trailers.collect();
    let body = Full::new(Bytes::copy_from_slice(body)).with_trailers(async { Some(Ok(trailers)) });
    Response::builder().header("content-type", "application/grpc").body(body.boxed_unsync()).unwrap()
}

pub fn endless() -> Answer {
    let frame = || Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 1 << 14])))));
    Response::builder().body(StreamBody::new(Stream(frame)).boxed_unsync()).unwrap()
}

/// A body that begins and does not go on.
pub fn hanging() -> Answer {
    let mut first = Some(Ok(Frame::data(Bytes::from_static(&[0; 3]))));
    let frame = move || first.take().map_or(Poll::Pending, |frame| Poll::Ready(Some(frame)));
    Response::builder().body(StreamBody::new(Stream(frame)).boxed_unsync()).unwrap()
}

/// A stream that a function makes.
struct Stream<F>(F);

impl<T, F: FnMut() -> Poll<Option<T>> + Unpin> futures_core::Stream for Stream<F> {
    type Item = T;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<T>> {
        (self.0)()
    }
}

/// A push to a server that gives this answer fails for this reason, at once or after an attempt's time.
fn fails(reason: &str, says: &str, answer: impl Fn() -> Option<Answer> + Send + Sync + 'static) {
    fails_in(Duration::from_secs(1), reason, says, answer);
}

fn fails_in(
    timeout: Duration,
    reason: &str,
    says: &str,
    answer: impl Fn() -> Option<Answer> + Send + Sync + 'static,
) {
    let (url, requests) = serve(move |_| answer());
    let (registry, metrics) = registered();
    metrics.calls();
    let config = config(&url).protocol(Protocol::Grpc).timeout(timeout).export_timeout(timeout);
    let guard = config.start(&registry).unwrap();
    let start = Instant::now();
    let error = guard.flush(LONG).unwrap_err().to_string();
    assert!(start.elapsed() < timeout + Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(error.contains(says), "{error}");
    assert_eq!(told(&registry, "export_failures", reason), 1, "{error}");
    assert_eq!(told(&registry, "export_failures", ""), 1);
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[test]
fn a_server_that_never_answers_costs_the_time_of_an_attempt() {
    fails("timeout", "no response in 1.0 s", || None);
}

#[test]
fn an_endless_body_is_an_error() {
    // Its length ends it, not the time.
    fails_in(LONG, "protocol", "longer than 4194304 bytes", || Some(endless()));
}

#[test]
fn an_answer_without_a_status_of_grpc_is_an_error() {
    fails("protocol", "no gRPC status", || Some(answer(EMPTY, &[])));
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
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[test]
fn the_words_with_which_a_server_ends_a_connection_are_cut_and_cannot_forge_a_line() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let words = ["no\nlevel=error ".as_bytes(), &[b'x'; 15_000]].concat();
            let length = u32::try_from(words.len() + 8).unwrap().to_be_bytes();
            // SETTINGS, and GOAWAY: its length, type and flags, its stream; the last stream, the error, the
            // words.
            let head = [length[1], length[2], length[3], 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11];
            let _ = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
            let _ = stream.write_all(&[&head[..], &words].concat());
            // Until the exporter hangs up.
            while stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {}
        }
    });
    let (registry, _metrics) = registered();
    let config = config(&url).protocol(Protocol::Grpc).export_timeout(Duration::from_secs(1));
    let error = config.start(&registry).unwrap().shutdown(LONG).unwrap_err().to_string();
    assert!(error.contains("no\\nlevel=error xxx"), "{error}");
    assert!(error.len() < 800 && !error.contains('\n'), "{} bytes", error.len());
}
