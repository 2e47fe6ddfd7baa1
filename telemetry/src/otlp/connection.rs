//! One connection to the collector, over which the requests of a push go.

use super::endpoint::Target;
use super::failure::{Failure, printable};
use super::format::Protocol;
use super::resolve::Resolver;
use crate::export::Reason;
use ::http::{Request, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::ServerName;

/// How long the two sides may take to part.
const CLOSING: Duration = Duration::from_millis(100);

/// As much of an answer's head is taken.
const MAX_HEAD: usize = 64 << 10;

/// A name that has several addresses: this long for each but the last.
const TRY_NEXT: Duration = Duration::from_millis(1_500);

pub(super) struct Connection {
    sender: Sender,
    driver: JoinHandle<hyper::Result<()>>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    pub(super) async fn open(
        target: &Target,
        tls: Option<&TlsConnector>,
        protocol: Protocol,
        resolver: &mut Resolver,
    ) -> Result<Self, Failure> {
        let stream = connect(&resolver.addresses(&target.host, target.port).await?).await?;
        // Requests are written whole; to wait for more of one would only delay it.
        let _ = stream.set_nodelay(true);
        let Some(tls) = tls else { return handshake(TokioIo::new(stream), protocol).await };
        let name = ServerName::try_from(target.host.clone());
        let name = name.map_err(|_| Failure::never(Reason::Tls, "the host is no name for a certificate"))?;
        let stream = tls.connect(name, stream).await.map_err(|error| refused_by_tls(&error))?;
        if protocol == Protocol::Grpc && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(Failure::never(Reason::Protocol, "the server has no HTTP/2, which gRPC needs"));
        }
        handshake(TokioIo::new(stream), protocol).await
    }

    /// Waits until the connection takes a request; false if it is over.
    pub(super) async fn is_ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let answer = match &mut self.sender {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        match answer {
            Ok(response) => Ok(response),
            Err(error) => Err(self.why(&error).await),
        }
    }

    /// Why a request failed. If it was only told that the connection is over, the connection knows why.
    async fn why(&mut self, error: &hyper::Error) -> Failure {
        if (error.is_canceled() || error.is_closed())
            && let Ok(Ok(Err(cause))) = tokio::time::timeout(CLOSING, &mut self.driver).await
        {
            return broken(&cause);
        }
        broken(error)
    }

    /// Says goodbye, and waits a moment for it to be sent.
    pub(super) async fn close(self) {
        drop(self.sender);
        let _ = tokio::time::timeout(CLOSING, self.driver).await;
    }
}

async fn handshake<T>(stream: T, protocol: Protocol) -> Result<Connection, Failure>
where
    T: Read + Write + Send + Unpin + 'static,
{
    let failed = |error: hyper::Error| broken(&error);
    match protocol {
        Protocol::Grpc => {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.max_header_list_size(16 << 10);
            let (sender, driver) = builder.handshake(stream).await.map_err(failed)?;
            let driver = tokio::spawn(driver);
            Ok(Connection { sender: Sender::Http2(sender), driver })
        }
        Protocol::HttpProtobuf => {
            let mut builder = http1::Builder::new();
            builder.max_buf_size(MAX_HEAD);
            let (sender, driver) = builder.handshake(stream).await.map_err(failed)?;
            let driver = tokio::spawn(driver);
            Ok(Connection { sender: Sender::Http1(sender), driver })
        }
    }
}

/// The first address that answers. One that swallows packets does not keep us from the others.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut why = String::new();
    for (at, address) in addresses.iter().enumerate() {
        let connecting = TcpStream::connect(address);
        let connected = if at + 1 == addresses.len() {
            connecting.await
        } else {
            let in_time = tokio::time::timeout(TRY_NEXT, connecting).await;
            in_time.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        };
        match connected {
            Ok(stream) => return Ok(stream),
            Err(error) if is_of_the_system(&error) => {
                return Err(Failure::backoff(Reason::System, format!("cannot connect: {error}")));
            }
            Err(error) => why = format!("cannot connect to {address}: {error}"),
        }
    }
    Err(Failure::backoff(Reason::Connect, why))
}

/// Whether we have no descriptor or no memory left.
fn is_of_the_system(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) || error.kind() == io::ErrorKind::OutOfMemory
}

/// A certificate that is not trusted now is not trusted in a second; a connection that broke may come back.
fn refused_by_tls(error: &io::Error) -> Failure {
    let why = format!("no TLS: {error}");
    match of_tls(error) {
        Some(_) => Failure::never(Reason::Tls, why),
        None => Failure::backoff(Reason::Tls, why),
    }
}

/// What an error of HTTP says. That a connection is lost may be tried again, by the protocol; an answer that
/// is none will be none again.
pub(super) fn broken(error: &hyper::Error) -> Failure {
    // A server may put what it likes into the end of a connection of HTTP/2.
    let mut why = printable(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        why = format!("{why}: {}", printable(&error.to_string()));
        if error.is::<rustls::Error>() || error.downcast_ref::<io::Error>().is_some_and(is_alert) {
            return Failure::never(Reason::Tls, why);
        }
        cause = error.source();
    }
    if error.is_parse() {
        return Failure::never(Reason::Protocol, why);
    }
    Failure::backoff(Reason::Connect, why)
}

/// Whether TLS ended the connection: with TLS 1.3, a server refuses our certificate after the handshake.
fn is_alert(error: &io::Error) -> bool {
    of_tls(error).is_some()
}

fn of_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
