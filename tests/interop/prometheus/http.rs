//! As much HTTP as the tests speak themselves: a request, and an endpoint with answers of the test's making.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Answer {
    pub content_type: String,
    pub body: String,
}

/// The answer to a GET, which must be 200. By HTTP 1.0, so that a body simply ends with the connection.
pub fn get(address: SocketAddr, path: &str, accept: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\nAccept: {accept}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut lines = head.lines();
    if lines.next().and_then(|line| line.split(' ').nth(1)) != Some("200") {
        return Err(io::Error::other(answer));
    }
    let headers = lines.filter_map(|line| line.split_once(": "));
    let content_type = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content_type = content_type.map(|(_, value)| value.to_owned()).unwrap_or_default();
    Ok(Answer { content_type, body: body.to_owned() })
}

/// Text for a query's parameter.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Answers every request, until it is dropped.
pub struct Endpoint {
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    pub fn start(answer: impl Fn() -> io::Result<Answer> + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let until = stopped.clone();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if until.load(Ordering::Acquire) {
                    return;
                }
                // Who was not answered asks again.
                let _ = stream.and_then(|stream| respond(stream, &answer));
            }
        });
        Endpoint { address, stopped, thread: Some(thread) }
    }

    /// Always the same body.
    pub fn of(content_type: &'static str, body: String) -> Self {
        Self::start(move || Ok(Answer { content_type: content_type.to_owned(), body: body.clone() }))
    }
}

fn respond(mut stream: TcpStream, answer: impl Fn() -> io::Result<Answer>) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    for line in BufReader::new(&stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let Answer { content_type, body } = answer()?;
    // As in `get`, the end of the connection is that of the body.
    write!(stream, "HTTP/1.0 200 OK\r\nContent-Type: {content_type}\r\n\r\n{body}")
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // Wakes the thread.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
