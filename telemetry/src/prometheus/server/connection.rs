//! Serves one connection: one request, one response, and an end in bounded time whatever the client does.

use super::{Config, Rendering};
use crate::prometheus::handler::{Route, rejection, respond_with, route};
use bytes::Bytes;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The largest head of a request, in bytes; a scraper's is far below 1 KiB.
const MAX_HEAD: usize = 16 * 1024;

/// Time for a client to stop sending after the response.
const LINGER: Duration = Duration::from_secs(1);

/// The response when no connection is free. The request is not read.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 21\r\n\
    Retry-After: 1\r\n\
    Connection: close\r\n\
    \r\n\
    too many connections\n";

/// Serves one request.
pub(super) async fn serve(mut stream: TcpStream, config: &Config, rendering: &Rendering) {
    let whole = async {
        let service = service_fn(|request| respond(request, config, rendering));
        let served = http1::Builder::new()
            .keep_alive(false)
            .half_close(true)
            .timer(TokioTimer::new())
            .header_read_timeout(config.header_timeout)
            .max_buf_size(MAX_HEAD)
            .max_header_size(MAX_HEAD)
            .serve_connection(TokioIo::new(&mut stream), service)
            .await;
        // hyper has responded to a head that it could not parse. A client that was too slow gets nothing
        // more.
        if served.is_ok() || served.is_err_and(|error| !error.is_timeout()) {
            end(&mut stream).await;
        }
    };
    // After the deadline, the connection is dropped together with the unsent bytes.
    let _ = timeout(config.deadline, whole).await;
}

async fn respond(
    request: Request<Incoming>,
    config: &Config,
    rendering: &Rendering,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let variant = match route(&config.paths, &request) {
        Route::Reject(response) => return Ok(response),
        Route::Render(variant) => variant,
    };
    let body = timeout(config.render_timeout, rendering.body(variant)).await;
    Ok(match body.ok().flatten() {
        Some(body) => respond_with(request.method(), variant, body),
        None => unavailable(),
    })
}

fn unavailable() -> Response<Full<Bytes>> {
    let mut response = rejection(StatusCode::SERVICE_UNAVAILABLE, "collecting takes too long\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Responds 503 at once, since all connections are taken.
pub(super) async fn reject(mut stream: TcpStream, deadline: Duration) {
    let whole = async {
        // A new socket has room for this. If it has not, the client sees the connection end.
        if stream.writable().await.is_ok() && stream.try_write(BUSY).is_ok() {
            end(&mut stream).await;
        }
    };
    let _ = timeout(deadline, whole).await;
}

/// Closes the sending side, then reads until the client closes too. A socket that is closed with unread data
/// resets the connection, and the client may lose the response.
async fn end(stream: &mut TcpStream) {
    let drain = async {
        poll_fn(|context| Pin::new(&mut *stream).poll_shutdown(context)).await?;
        let mut unread = [0; 4096];
        loop {
            stream.readable().await?;
            match stream.try_read(&mut unread) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
    };
    // The connection is dropped in any case.
    let _: Result<io::Result<()>, _> = timeout(LINGER, drain).await;
}
