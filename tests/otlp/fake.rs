//! A server that answers what a test says, bytes and all, and keeps what it was asked.

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Taken, with nothing to say.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

pub struct Fake {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
}

#[derive(Clone, Debug)]
pub struct Request {
    /// The request line and the headers, in lower case.
    pub head: String,
    pub message: ExportMetricsServiceRequest,
}

/// Answers the request with this number.
type Answer = dyn Fn(usize, &Request, &mut TcpStream) + Send + Sync;

/// A whole answer with these headers, each with its line end, and this body.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An address at which nobody listens now.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Fake {
    /// Answers each request with the next of these, and those that follow with the last.
    pub fn answering<B: AsRef<[u8]> + Send + Sync + 'static>(answers: Vec<B>) -> Self {
        Fake::start(move |number, stream| {
            let answer = answers[number.min(answers.len() - 1)].as_ref();
            // The other side may be gone.
            let _ = stream.write_all(answer);
        })
    }

    pub fn start(answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Fake::start_at(TcpListener::bind("127.0.0.1:0").unwrap(), answer)
    }

    /// Answers each request by what it is.
    pub fn judging(judge: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Fake::serving(listener, move |_, request, stream| {
            let _ = stream.write_all(&judge(request));
        })
    }

    pub fn start_at(
        listener: TcpListener,
        answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static,
    ) -> Self {
        Fake::serving(listener, move |number, _, stream| answer(number, stream))
    }

    fn serving(
        listener: TcpListener,
        answer: impl Fn(usize, &Request, &mut TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (requests, stopped) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let (kept, is_over, answer) =
            (requests.clone(), stopped.clone(), Arc::<Box<Answer>>::new(Box::new(answer)));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let (kept, is_over, answer) = (kept.clone(), is_over.clone(), answer.clone());
                thread::spawn(move || serve(stream.unwrap(), &kept, &is_over, &**answer));
            }
        });
        Fake { address, requests, stopped }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What was asked, once there are so many requests.
    pub fn wait_for(&self, count: usize, time: Duration) -> Vec<Request> {
        let deadline = Instant::now() + time;
        loop {
            let requests = self.requests();
            if requests.len() >= count {
                return requests;
            }
            assert!(Instant::now() < deadline, "{} of {count} requests in {time:?}", requests.len());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The port is free, and connections that are open are not answered any more.
impl Drop for Fake {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Request>>, is_over: &AtomicBool, answer: &Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        let number = {
            let mut kept = kept.lock().unwrap();
            kept.push(request.clone());
            kept.len() - 1
        };
        answer(number, &request, &mut stream);
    }
}

/// Nothing if the other side has closed, or says something else.
pub fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    head.make_ascii_lowercase();
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.map(str::to_owned)
    };
    let mut body = vec![0; header("content-length")?.parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    if header("content-encoding").as_deref() == Some("gzip") {
        let mut plain = Vec::new();
        GzDecoder::new(&*body).read_to_end(&mut plain).unwrap();
        body = plain;
    }
    let message = ExportMetricsServiceRequest::decode(&*body).unwrap();
    Some(Request { head, message })
}
