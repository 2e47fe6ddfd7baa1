//! A connection to the collector, which the requests of a push share.

use super::endpoint::Target;
use super::failure::{Failure, broken, of_tls};
use super::format::Protocol;
use super::proxy::Proxy;
use super::resolve::Resolver;
use super::stream::Stream;
use super::tunnel::{MAX_HEAD, tunnel};
use crate::export::Reason;
use ::http::{Request, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::{Read, Write};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// The longest time for the end of a connection.
const CLOSING: Duration = Duration::from_millis(100);

/// The longest time for each address of a name but the last.
const TRY_NEXT: Duration = Duration::from_millis(1_500);

/// An open connection.
pub(super) struct Connection {
    sender: Sender,
    driver: JoinHandle<hyper::Result<()>>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    /// Opens a connection: looks the name up, connects, and negotiates TLS and HTTP. With a proxy, connects
    /// to that instead.
    pub(super) async fn open(
        target: &Target,
        tls: Option<&TlsConnector>,
        proxy: Option<&Proxy>,
        protocol: Protocol,
        resolver: &mut Resolver,
    ) -> Result<Self, Failure> {
        let Some(proxy) = proxy else {
            let stream = reach(&target.host, target.port, resolver).await?;
            return Self::negotiate(stream, target, tls, protocol).await;
        };
        let stream = reach(&proxy.host, proxy.port, resolver).await;
        let stream = stream.map_err(|failure| proxy.unreachable(failure))?;
        // It passes on requests in plain HTTP. It cannot read those over TLS, and does not know HTTP/2.
        if tls.is_none() && protocol == Protocol::HttpProtobuf {
            return Self::negotiate(stream, target, tls, protocol).await;
        }
        Self::negotiate(tunnel(stream, target, proxy).await?, target, tls, protocol).await
    }

    /// Negotiates TLS and HTTP.
    async fn negotiate<S>(
        stream: S,
        target: &Target,
        tls: Option<&TlsConnector>,
        protocol: Protocol,
    ) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Some(tls) = tls else { return handshake(TokioIo::new(stream), protocol).await };
        let name = ServerName::try_from(target.host.clone());
        let name = name
            .map_err(|_| Failure::never(Reason::Tls, "the host is not a name that a certificate can have"))?;
        let stream = tls.connect(name, stream).await.map_err(|error| tls_failure(&error))?;
        if protocol == Protocol::Grpc && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(Failure::never(Reason::Protocol, "the server has no HTTP/2, which gRPC needs"));
        }
        handshake(TokioIo::new(stream), protocol).await
    }

    /// Waits until the connection accepts a request. Returns false if it has ended.
    pub(super) async fn is_ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request, and waits for the head of the response.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        let response = match &mut self.sender {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        match response {
            Ok(response) => Ok(response),
            Err(error) => Err(self.failure(&error).await),
        }
    }

    /// Returns the failure of a request. If the error only reports the end of the connection, its driver
    /// knows the cause.
    async fn failure(&mut self, error: &hyper::Error) -> Failure {
        if (error.is_canceled() || error.is_closed())
            && let Ok(Ok(Err(cause))) = tokio::time::timeout(CLOSING, &mut self.driver).await
        {
            return broken(&cause);
        }
        broken(error)
    }

    /// Ends the connection, and waits a moment for the last frames to be sent.
    pub(super) async fn close(self) {
        drop(self.sender);
        let _ = tokio::time::timeout(CLOSING, self.driver).await;
    }
}

async fn handshake<T>(stream: T, protocol: Protocol) -> Result<Connection, Failure>
where
    T: Read + Write + Send + Unpin + 'static,
{
    match protocol {
        Protocol::Grpc => {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.max_header_list_size(16 << 10);
            let (sender, driver) = builder.handshake(stream).await.map_err(|error| broken(&error))?;
            let driver = tokio::spawn(driver);
            Ok(Connection { sender: Sender::Http2(sender), driver })
        }
        Protocol::HttpProtobuf => {
            let mut builder = http1::Builder::new();
            builder.max_buf_size(MAX_HEAD);
            let (sender, driver) = builder.handshake(stream).await.map_err(|error| broken(&error))?;
            let driver = tokio::spawn(driver);
            Ok(Connection { sender: Sender::Http1(sender), driver })
        }
    }
}

/// Looks a host up, and connects to it.
async fn reach(host: &str, port: u16, resolver: &mut Resolver) -> Result<Stream, Failure> {
    let stream = connect(&resolver.addresses(host, port).await?).await?;
    // Requests are written as a whole, so waiting for more data would only delay them.
    let _ = stream.set_nodelay(true);
    Ok(Stream::new(stream))
}

/// Connects to the first address that responds. An address that swallows packets does not block the others.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut why = String::new();
    for (index, address) in addresses.iter().enumerate() {
        let connecting = TcpStream::connect(address);
        let connected = if index + 1 == addresses.len() {
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

/// Returns true if the process has no descriptor or no memory left.
fn is_of_the_system(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) || error.kind() == io::ErrorKind::OutOfMemory
}

/// Creates the failure of a TLS handshake. A certificate that is not trusted is final; a broken connection is
/// not.
fn tls_failure(error: &io::Error) -> Failure {
    let why = format!("no TLS: {error}");
    match of_tls(error) {
        Some(_) => Failure::never(Reason::Tls, why),
        None => Failure::backoff(Reason::Tls, why),
    }
}
