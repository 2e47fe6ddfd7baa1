//! A TCP stream whose last words are read even if the other side accepts no more.
//!
//! A server that looks at `Content-Length` alone rejects a request before it has read it (413), and closes the
//! connection. The system then fails our next write, but still has the response. hyper would give up at the
//! write, so that the response would be lost and the failure look like one of the network.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP stream that drops what it cannot write once the other side has closed, so that reading decides.
pub(super) struct Stream {
    tcp: TcpStream,
    /// The other side accepts no more.
    is_cut: bool,
}

impl Stream {
    pub(super) const fn new(tcp: TcpStream) -> Self {
        Stream { tcp, is_cut: false }
    }

    /// Returns the result of a write of `len` bytes, which is dropped if the other side has closed.
    fn written(&mut self, result: io::Result<usize>, len: usize) -> io::Result<usize> {
        match result {
            Err(error) if is_cut(&error) => {
                self.is_cut = true;
                Ok(len)
            }
            result => result,
        }
    }
}

/// Returns true if the other side has closed the connection.
fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_cut {
            return Poll::Ready(Ok(bytes.len()));
        }
        let result = ready!(Pin::new(&mut self.tcp).poll_write(context, bytes));
        Poll::Ready(self.written(result, bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        all: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = all.iter().map(|bytes| bytes.len()).sum();
        if self.is_cut {
            return Poll::Ready(Ok(len));
        }
        let result = ready!(Pin::new(&mut self.tcp).poll_write_vectored(context, all));
        Poll::Ready(self.written(result, len))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
