//! A tunnel through an HTTP proxy to the collector, by `CONNECT`.

use super::endpoint::Target;
use super::failure::{Failure, broken};
use super::headers::AGENT;
use super::proxy::Proxy;
use super::stream::Stream;
use crate::export::Reason;
use crate::setting::Host;
use ::http::Request;
use ::http::header::{HOST, USER_AGENT};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::upgrade::{self, Upgraded};
use hyper_util::rt::TokioIo;

/// The longest head of a response in bytes.
pub(super) const MAX_HEAD: usize = 64 << 10;

/// Asks a proxy for a connection to the target.
///
/// Sets no time limit: the caller has the clock. The head of the response is bounded, and the body of a
/// refusal is not read.
pub(super) async fn tunnel(
    stream: Stream,
    target: &Target,
    proxy: &Proxy,
) -> Result<TokioIo<Upgraded>, Failure> {
    let lost = |error: &hyper::Error| proxy.unreachable(broken(error));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD);
    let (mut sender, driver) = builder.handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))?;
    tokio::spawn(driver.with_upgrades());
    let response = sender.send_request(request(target, proxy)?).await.map_err(|error| lost(&error))?;
    if !response.status().is_success() {
        return Err(proxy.refused(response.status(), response.headers()));
    }
    upgrade::on(response).await.map(TokioIo::new).map_err(|error| lost(&error))
}

/// Returns the request, with host and port even if the endpoint names no port.
fn request(target: &Target, proxy: &Proxy) -> Result<Request<Empty<Bytes>>, Failure> {
    let server = Host { name: target.host.clone(), port: Some(target.port) }.to_string();
    let request = Request::connect(server.as_str()).header(HOST, &server).header(USER_AGENT, AGENT);
    let request = request.body(Empty::new());
    let mut request = request.map_err(|error| Failure::never(Reason::Protocol, error.to_string()))?;
    proxy.authorize(request.headers_mut());
    Ok(request)
}
