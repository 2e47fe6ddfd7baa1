//! Proxies: by which way requests go, what a proxy hears, and what it can do wrong. The collector has a
//! name that only the proxy knows.

use crate::child;
use crate::every_kind::Metrics;
use crate::fake::{self, Fake, OK, answer, free_address};
use crate::grpc;
use crate::surface::{config, registered, told};
use crate::tls::{Authority, server_config};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};
use telemetry::otlp::{Config, Protocol};
use tokio_rustls::rustls::{ServerConnection, StreamOwned};

const LONG: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// `Basic` of `u@corp:s3cret`, in lower case.
const AUTHORIZATION: &str = "basic dubjb3jwonmzy3jlda==";

/// Heads of requests.
type Heads = Arc<Mutex<Vec<String>>>;

/// A proxy that keeps the heads of requests, and does this with their connections.
struct Proxy {
    address: SocketAddr,
    heads: Heads,
}

impl Proxy {
    fn start(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (heads, answer) = (Heads::default(), Arc::new(answer));
        let kept = heads.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, kept, answer) = (stream.unwrap(), kept.clone(), answer.clone());
                thread::spawn(move || {
                    if let Some(head) = read_head(&stream) {
                        kept.lock().unwrap().push(head);
                        answer(stream);
                    }
                });
            }
        });
        Proxy { address, heads }
    }

    /// One that opens tunnels, all to this server.
    fn tunnel_to(server: SocketAddr) -> Self {
        Proxy::start(move |mut client| {
            let server = TcpStream::connect(server).unwrap();
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
            let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || copy(from, to));
            copy(client, server);
        })
    }

    fn answering(answer: &'static [u8]) -> Self {
        Proxy::start(move |mut stream| {
            let _ = stream.write_all(answer);
            // Until the exporter hangs up.
            let _ = stream.read(&mut [0]);
        })
    }

    fn url(&self) -> String {
        format!("http://u%40corp:s3cret@{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// Reads a head in lower case, and nothing behind it.
fn read_head(mut stream: &TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap().to_lowercase())
}

/// A server of HTTP over TLS for this name, and the heads of its requests.
fn secure_server(authority: &Authority, name: &str) -> (SocketAddr, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = server_config(&authority.identity(name, |_| {}));
    let heads = Heads::default();
    let kept = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut reader = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            while let Some(request) = fake::read(&mut reader) {
                kept.lock().unwrap().push(request.head);
                reader.get_mut().write_all(OK).unwrap();
            }
        }
    });
    (address, heads)
}

/// One push. Returns the error, how often it was counted for this reason, and the number of retries.
fn push(config: Config, reason: &str) -> (Result<(), String>, u64, u64) {
    let (registry, metrics) = registered();
    metrics.calls();
    let guard = config.start(&registry).unwrap();
    let result = guard.shutdown(LONG).map_err(|error| error.to_string());
    (result, told(&registry, "export_failures", reason), told(&registry, "export_retries", ""))
}

/// One push that fails for this reason. Returns the error, which names the proxy and no secret.
fn fails(config: Config, proxy: SocketAddr, reason: &str) -> (String, u64) {
    let shown = format!("{config:?}");
    let (result, failures, retries) = push(config, reason);
    let error = result.unwrap_err();
    assert_eq!(failures, 1, "{error}");
    assert!(error.contains(&format!("the proxy {proxy}")), "{error}");
    for text in [&error, &shown] {
        assert!(!text.contains("s3cret") && !text.to_lowercase().contains(AUTHORIZATION), "{text}");
    }
    (error, retries)
}

const ALL_GOOD: (Result<(), String>, u64, u64) = (Ok(()), 0, 0);

#[test]
fn a_request_in_plain_http_goes_to_the_proxy_with_its_whole_url() {
    let fake = Fake::answering(vec![OK]);
    let url = format!("http://u%40corp:s3cret@{}/", fake.address());
    let config = config("http://collector.example:4318").proxy(url).header("x-tenant", "7");
    assert_eq!(push(config, ""), ALL_GOOD);
    let head = &fake.requests()[0].head;
    assert!(head.starts_with("post http://collector.example:4318/v1/metrics http/1.1\r\n"), "{head}");
    let has = |line: &str| head.lines().filter(|other| *other == line).count();
    assert_eq!(has("host: collector.example:4318"), 1, "{head}");
    assert_eq!(has(&format!("proxy-authorization: {AUTHORIZATION}")), 1, "{head}");
    assert_eq!(has("x-tenant: 7"), 1, "{head}");
}

#[test]
fn tls_goes_through_one_tunnel_and_the_server_does_not_hear_of_the_proxy() {
    let authority = Authority::new("ours");
    let (server, heads) = secure_server(&authority, "collector.example");
    let proxy = Proxy::tunnel_to(server);
    let config = config("https://collector.example").ca_certificate(authority.pem()).batch_points(20);
    assert_eq!(push(config.header("authorization", "Bearer ours").proxy(proxy.url()), ""), ALL_GOOD);
    let connects = proxy.heads();
    assert_eq!(connects.len(), 1, "{connects:?}");
    assert!(connects[0].starts_with("connect collector.example:443 http/1.1\r\n"), "{connects:?}");
    assert!(connects[0].contains("\r\nhost: collector.example:443\r\n"), "{connects:?}");
    assert!(connects[0].contains(&format!("\r\nproxy-authorization: {AUTHORIZATION}\r\n")), "{connects:?}");
    assert!(!connects[0].contains("bearer"), "{connects:?}");
    let heads = heads.lock().unwrap();
    assert!(heads.len() > 1);
    for head in &*heads {
        assert!(head.starts_with("post /v1/metrics http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nauthorization: bearer ours\r\n") && !head.contains("proxy"), "{head}");
    }
}

#[test]
fn the_server_behind_a_tunnel_must_have_the_name_of_the_endpoint() {
    let authority = Authority::new("ours");
    let (server, heads) = secure_server(&authority, "elsewhere.example");
    let proxy = Proxy::tunnel_to(server);
    let config = config("https://collector.example").ca_certificate(authority.pem()).proxy(proxy.url());
    let (result, failures, _) = push(config, "tls");
    let error = result.unwrap_err();
    assert!(error.contains("not valid for name"), "{error}");
    assert_eq!((failures, heads.lock().unwrap().len()), (1, 0));
}

#[test]
fn grpc_goes_through_a_tunnel_without_tls_too() {
    let (url, requests) = grpc::serve(|_| Some(grpc::answer(grpc::EMPTY, &[("grpc-status", "0")])));
    let server = url.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = Proxy::tunnel_to(server);
    let config = config("http://[fd00::1]:4317").protocol(Protocol::Grpc).proxy(proxy.url());
    assert_eq!(push(config, ""), ALL_GOOD);
    assert_eq!(requests.lock().unwrap().len(), 1);
    let connects = proxy.heads();
    assert!(connects[0].starts_with("connect [fd00::1]:4317 http/1.1\r\n"), "{connects:?}");
}

#[test]
fn grpc_over_tls_goes_through_a_tunnel_and_trusts_the_name_of_the_endpoint() {
    let authority = Authority::new("ours");
    let identity = authority.identity("collector.example", |_| {});
    let answer = |_| Some(grpc::answer(grpc::EMPTY, &[("grpc-status", "0")]));
    let (url, requests) = grpc::serve_tls(&server_config(&identity), answer);
    let proxy = Proxy::tunnel_to(url.strip_prefix("https://").unwrap().parse().unwrap());
    let config = config("https://collector.example:4317").protocol(Protocol::Grpc);
    let config = config.ca_certificate(authority.pem()).proxy(proxy.url());
    assert_eq!(push(config, ""), ALL_GOOD);
    assert_eq!(requests.lock().unwrap().len(), 1);
    let connects = proxy.heads();
    assert_eq!(connects.len(), 1, "{connects:?}");
    assert!(connects[0].starts_with("connect collector.example:4317 http/1.1\r\n"), "{connects:?}");
    assert!(connects[0].contains(&format!("\r\nproxy-authorization: {AUTHORIZATION}\r\n")), "{connects:?}");
}

/// An endpoint for each way through a proxy: the proxy reads the request, or opens a tunnel.
fn ways() -> [Config; 3] {
    let secure = config("https://collector.example").ca_certificate(Authority::new("ours").pem());
    let grpc = config("http://collector.example:4317").protocol(Protocol::Grpc);
    [config("http://collector.example:4318"), secure, grpc]
}

#[test]
fn a_proxy_that_wants_other_credentials_says_so_once() {
    for way in ways() {
        let proxy = Proxy::answering(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
        );
        let (error, retries) = fails(way.clone().proxy(proxy.url()), proxy.address, "rejected");
        assert!(error.contains("407") && error.contains("does not accept the user"), "{error}");
        assert_eq!(retries, 0);
        let (error, _) = fails(way.proxy(proxy.address.to_string()), proxy.address, "rejected");
        assert!(error.contains("407") && error.contains("its URL has no user"), "{error}");
        assert!(!proxy.heads()[1].contains("proxy-authorization"));
    }
}

#[test]
fn a_refusal_to_connect_is_final_and_a_lack_of_a_way_is_not() {
    for (status, reason, is_retried) in [
        ("403 Forbidden", "rejected", false),
        ("413 Payload Too Large", "rejected", false),
        ("302 Found", "rejected", false),
        ("502 Bad Gateway", "unavailable", true),
        ("503 Service Unavailable", "unavailable", true),
    ] {
        // A body that does not end is not waited for.
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 1000000\r\n\r\nno");
        let proxy = Proxy::answering(head.leak().as_bytes());
        let config = ways()[1].clone().proxy(proxy.url()).export_timeout(2 * SECOND);
        let (error, retries) = fails(config, proxy.address, reason);
        assert!(error.contains("responded to CONNECT with") && error.contains(status), "{error}");
        assert_eq!(retries > 0, is_retried, "{status}");
    }
}

#[test]
fn a_proxy_that_is_slow_or_endless_costs_the_time_of_an_attempt() {
    let slow = Proxy::start(|mut stream| {
        for byte in b"HTTP/1.1 200 OK\r\nx-long: and so on and so on and so on\r\n\r\n" {
            thread::sleep(Duration::from_millis(100));
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    });
    let silent = Proxy::answering(b"");
    let endless =
        Proxy::start(|mut stream| while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {});
    let without_end = Proxy::start(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"x-more: and more\r\n").is_ok() {}
    });
    let junk = Proxy::answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n");
    let closed = Proxy::start(drop);
    for (name, proxy, reason, timeout) in [
        ("slow", &slow, "timeout", SECOND),
        ("silent", &silent, "timeout", SECOND),
        ("endless", &endless, "timeout", SECOND),
        ("without end", &without_end, "protocol", LONG),
        ("junk", &junk, "protocol", LONG),
        ("closed", &closed, "connect", SECOND),
    ] {
        let start = Instant::now();
        let config = ways()[1].clone().proxy(proxy.url()).timeout(timeout).export_timeout(timeout);
        let (result, failures, _) = push(config, reason);
        let error = result.unwrap_err();
        assert_eq!(failures, 1, "{name}: {error}");
        assert!(start.elapsed() < LONG, "{name}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    for way in ways() {
        let address = free_address();
        let way = way.proxy(format!("http://u%40corp:s3cret@{address}")).export_timeout(SECOND);
        let (error, retries) = fails(way, address, "connect");
        assert!(error.contains("cannot connect to") && retries > 0, "{error}");
    }
}

#[test]
fn an_error_of_the_server_behind_a_proxy_names_both() {
    let fake = Fake::answering(vec![answer("400 Bad Request", "", b"no such metric")]);
    let config = config("http://collector.example").proxy(fake.url());
    let (error, _) = fails(config, fake.address(), "rejected");
    assert!(error.contains("the server responded with 400 Bad Request: no such metric"), "{error}");
}

/// A host that is this machine, without a name or an address of loopback.
fn here(address: SocketAddr) -> String {
    format!("http://0.0.0.0:{}", address.port())
}

#[test]
fn variables_name_the_proxy_and_the_hosts_without_one() {
    let (server, proxy) = (Fake::answering(vec![OK]), Fake::answering(vec![OK]));
    let by = |variables: &[(&str, String)], endpoint: String| {
        let variable =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
        let config = Config::from_variables(variable).unwrap().interval(Duration::from_hours(1));
        let before = (server.requests().len(), proxy.requests().len());
        assert_eq!(push(config.endpoint(endpoint), ""), ALL_GOOD);
        (server.requests().len() - before.0, proxy.requests().len() - before.1)
    };
    let (directly, through) = ((1, 0), (0, 1));
    let address = proxy.address().to_string();
    let endpoint = || here(server.address());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        assert_eq!(by(&[(name, address.clone())], endpoint()), through, "{name}");
        for (no_proxy, list) in
            [("no_proxy", "0.0.0.0/8"), ("NO_PROXY", "a.example, 0.0.0.0"), ("NO_PROXY", "*")]
        {
            let variables = [(name, address.clone()), (no_proxy, list.to_owned())];
            assert_eq!(by(&variables, endpoint()), directly, "{name} {list}");
        }
        let other = [(name, address.clone()), ("NO_PROXY", "0.0.0.1,10.0.0.0/8,example".to_owned())];
        assert_eq!(by(&other, endpoint()), through, "{name}");
        assert_eq!(by(&[(name, address.clone())], server.url()), directly, "{name}: loopback");
    }
    assert_eq!(by(&[("HTTPS_PROXY", address.clone())], endpoint()), directly);
    let script = [("HTTP_PROXY", address), ("REQUEST_METHOD", "GET".to_owned())];
    assert_eq!(by(&script, endpoint()), directly);
}

#[test]
fn each_exporter_has_its_own_proxy_or_none() {
    let [server, one, two] = [(); 3].map(|()| Fake::answering(vec![OK]));
    let (registry, metrics) = registered();
    metrics.calls();
    let first = config(&here(server.address())).proxy(one.url()).start(&registry).unwrap();
    let (other, metrics) = registered();
    metrics.calls();
    let second = config("http://collector.example").proxy(two.url()).start(&other).unwrap();
    assert_eq!(push(config(&here(server.address())).proxy(one.url()).no_proxy(["0.0.0.0"]), ""), ALL_GOOD);
    for guard in [&first, &second, &second] {
        assert_eq!(guard.flush(LONG), Ok(()));
    }
    assert_eq!([&server, &one, &two].map(|fake| fake.requests().len()), [1, 1, 2]);
}

#[test]
fn a_proxy_with_tls_or_of_another_kind_is_an_error_at_the_start() {
    for url in ["https://u:s3cret@p:1", "socks5://u:s3cret@p:1"] {
        let (registry, _) = registered();
        let error = config("http://collector.example").proxy(url).start(&registry).unwrap_err().to_string();
        assert!(error.contains("OTLP proxy is") && error.contains("`http://host:3128`"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

/// Set in the process of the next test.
const PROXY: &str = "HTTP_PROXY";

#[test]
fn a_config_without_variables_of_its_own_reads_those_of_the_process() {
    if child::is_child() {
        assert!(env::var_os(PROXY).is_some());
        assert_eq!(push(config("http://collector.example:4318"), ""), ALL_GOOD);
        assert!(
            push(config("http://collector.example:4318").no_proxy(["*"]).export_timeout(SECOND), "")
                .0
                .is_err()
        );
        return;
    }
    let proxy = Fake::answering(vec![OK]);
    let test = "proxy::a_config_without_variables_of_its_own_reads_those_of_the_process";
    child::run(test, &[(PROXY, &proxy.url()), ("NO_PROXY", ""), ("http_proxy", ""), ("no_proxy", "")]);
    assert_eq!(proxy.requests().len(), 1);
}

/// The reader of the tests' fakes reads no more than it is given, so that a tunnel begins where a head ends.
#[test]
fn a_head_ends_where_it_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.write_all(b"CONNECT h:1 HTTP/1.1\r\n\r\nrest\n").unwrap();
    let server = listener.accept().unwrap().0;
    assert_eq!(read_head(&server).as_deref(), Some("connect h:1 http/1.1\r\n\r\n"));
    let mut rest = String::new();
    BufReader::new(server).read_line(&mut rest).unwrap();
    assert_eq!(rest, "rest\n");
}
