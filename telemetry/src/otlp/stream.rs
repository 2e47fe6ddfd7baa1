//! A TCP stream whose last words are read even if the other side accepts no more.
//!
//! A server that looks at `Content-Length` alone rejects a request before it has read it (413), and closes
//! the connection. The system then fails our next write, but still has the response. hyper would give up at
//! the write, so that the response would be lost and the failure look like one of the network.

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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::io::{Read, Write};
    use std::net;
    use tokio::runtime;

    /// Returns a connection whose other side has read a part of what was sent, has said something, and has
    /// closed.
    fn closed() -> TcpStream {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (&stream).write_all(&[0; 1_000]).unwrap();
        let mut other = listener.accept().unwrap().0;
        other.read_exact(&mut [0; 10]).unwrap();
        other.write_all(b"last words").unwrap();
        drop(other);
        stream.set_nonblocking(true).unwrap();
        TcpStream::from_std(stream).unwrap()
    }

    async fn write(stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<usize> {
        poll_fn(|context| Pin::new(&mut *stream).poll_write(context, &[0; 100])).await
    }

    async fn write_vectored(stream: &mut Stream) -> io::Result<usize> {
        let parts = [IoSlice::new(&[0; 30]), IoSlice::new(&[0; 70])];
        poll_fn(|context| Pin::new(&mut *stream).poll_write_vectored(context, &parts)).await
    }

    // Other systems may discard what was not read when the other side closes.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_said_before_the_end_is_read_after_a_write_that_fails() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let error = write(&mut closed()).await.unwrap_err();
            assert!(is_cut(&error), "{error}");
            for is_vectored in [false, true] {
                let mut stream = Stream::new(closed());
                for _ in 0..3 {
                    let written = if is_vectored {
                        write_vectored(&mut stream).await
                    } else {
                        write(&mut stream).await
                    };
                    assert_eq!(written.unwrap(), 100);
                }
                let mut bytes = [0; 100];
                let mut buffer = ReadBuf::new(&mut bytes);
                poll_fn(|context| Pin::new(&mut stream).poll_read(context, &mut buffer)).await.unwrap();
                assert_eq!(buffer.filled(), b"last words");
            }
        });
    }

    #[test]
    fn another_error_of_a_write_is_an_error() {
        for kind in [io::ErrorKind::TimedOut, io::ErrorKind::OutOfMemory] {
            assert!(!is_cut(&kind.into()));
        }
    }
}
