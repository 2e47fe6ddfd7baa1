//! One connection: one request, one answer, and an end in bounded time whatever the client does.

use super::{Config, Rendering};
use crate::prometheus::handler::{Plan, answer, plan, refusal};
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

/// How large a request's head may be, in bytes; a scraper's own is well below 1 KiB.
const MAX_HEAD: usize = 16 * 1024;

/// How long a client that still sends may go on before it is cut off.
const LINGER: Duration = Duration::from_secs(1);

/// What is sent where no connection is free, without a look at the request.
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
        // hyper has answered what it could not parse; who was too slow for it gets nothing more.
        if served.is_ok() || served.is_err_and(|error| !error.is_timeout()) {
            end(&mut stream).await;
        }
    };
    // Past the deadline the connection is dropped, and with it what is unsent.
    let _ = timeout(config.deadline, whole).await;
}

async fn respond(
    request: Request<Incoming>,
    config: &Config,
    rendering: &Rendering,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let variant = match plan(&config.paths, &request) {
        Plan::Refuse(response) => return Ok(response),
        Plan::Render(variant) => variant,
    };
    let body = timeout(config.render_timeout, rendering.body(variant)).await;
    Ok(match body.ok().flatten() {
        Some(body) => answer(request.method(), variant, body),
        None => unavailable(),
    })
}

fn unavailable() -> Response<Full<Bytes>> {
    let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, "collecting takes too long\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Answers 503 at once, since there is no connection to spare.
pub(super) async fn refuse(mut stream: TcpStream, deadline: Duration) {
    let whole = async {
        // A new socket has room for this; if not, the client sees the connection end.
        if stream.writable().await.is_ok() && stream.try_write(BUSY).is_ok() {
            end(&mut stream).await;
        }
    };
    let _ = timeout(deadline, whole).await;
}

/// Says that nothing more comes, and reads what the client still sends: a socket that is closed over unread
/// data resets the connection, and the client may lose the answer.
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
    // However it ends, the connection is done with.
    let _: Result<io::Result<()>, _> = timeout(LINGER, drain).await;
}
