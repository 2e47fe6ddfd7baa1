//! TLS: who is trusted, and that nothing goes to anyone else.

use crate::every_kind::Metrics;
use crate::fake::{self, Fake, OK};
use crate::receiver::Receiver;
use crate::surface::{config, registered, told};
use crate::tool::Scratch;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};
use telemetry::otlp::{Config, Protocol};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};

const LONG: Duration = Duration::from_secs(30);

/// Someone who vouches for others.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
pub struct Identity {
    certificate: String,
    key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn identity(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    fn server(&self) -> Identity {
        self.identity("127.0.0.1", |_| {})
    }
}

/// What a server with this certificate needs.
pub fn server_config(identity: &Identity) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

/// A server with this certificate; counts the requests that it could read.
fn serve(identity: &Identity) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let config = server_config(identity);
    let requests = Arc::<AtomicUsize>::default();
    let seen = requests.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut reader = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            while fake::read(&mut reader).is_some() {
                seen.fetch_add(1, Ordering::SeqCst);
                reader.get_mut().write_all(OK).unwrap();
            }
        }
    });
    (url, requests)
}

/// One push, and what was counted of it.
fn push(config: Config) -> Result<(), (String, u64)> {
    let (registry, metrics) = registered();
    metrics.calls();
    let config = config.header("authorization", "Bearer secret").export_timeout(Duration::from_secs(2));
    let guard = config.start(&registry).unwrap();
    let start = Instant::now();
    let result = guard.shutdown(LONG);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    result.map_err(|error| (error.to_string(), told(&registry, "export_failures", "tls")))
}

/// The push fails for TLS, and the server hears nothing.
fn is_refused(authority: &Authority, identity: &Identity, says: &str) {
    let (url, requests) = serve(identity);
    let (error, failures) = push(config(&url).ca_certificate(authority.pem())).unwrap_err();
    assert!(error.contains(says), "{error}");
    assert_eq!((failures, requests.load(Ordering::SeqCst)), (1, 0), "{error}");
}

#[test]
fn a_server_whose_certificate_is_trusted_gets_metrics() {
    let authority = Authority::new("ours");
    let (url, requests) = serve(&authority.server());
    assert_eq!(push(config(&url).ca_certificate(authority.pem())), Ok(()));
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

/// One that is signed by itself and could vouch for others, as `openssl req -x509` makes it.
fn by_itself(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Identity { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

#[test]
fn a_certificate_that_is_signed_by_itself_is_trusted_if_it_is_the_one_that_was_given() {
    for is_authority in [true, false] {
        let identity = by_itself("127.0.0.1", |params| {
            if !is_authority {
                params.is_ca = IsCa::NoCa;
            }
        });
        let (url, requests) = serve(&identity);
        assert_eq!(push(config(&url).ca_certificate(identity.certificate.clone())), Ok(()));
        assert_eq!(requests.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_certificate_that_is_signed_by_itself_is_refused_for_all_else_that_is_wrong_with_it() {
    let good = by_itself("127.0.0.1", |_| {});
    let expired = by_itself("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    let elsewhere = by_itself("collector.example", |_| {});
    // Of the same name, with another key.
    let another = by_itself("127.0.0.1", |_| {});
    for (served, given, says) in [
        (&expired, &expired, "xpired"),
        (&elsewhere, &elsewhere, "not valid for name"),
        (&another, &good, "CaUsedAsEndEntity"),
    ] {
        let (url, requests) = serve(served);
        let (error, failures) = push(config(&url).ca_certificate(given.certificate.clone())).unwrap_err();
        assert!(error.contains(says), "{error}");
        assert_eq!((failures, requests.load(Ordering::SeqCst)), (1, 0), "{error}");
    }
}

#[test]
fn a_certificate_of_someone_else_is_refused() {
    is_refused(&Authority::new("ours"), &Authority::new("theirs").server(), "UnknownIssuer");
}

#[test]
fn a_certificate_that_the_system_does_not_trust_is_refused() {
    let (url, requests) = serve(&Authority::new("ours").server());
    let (error, failures) = push(config(&url)).unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
    assert_eq!((failures, requests.load(Ordering::SeqCst)), (1, 0));
}

#[test]
fn a_certificate_that_has_expired_is_refused() {
    let authority = Authority::new("ours");
    let expired = authority.identity("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    is_refused(&authority, &expired, "xpired");
}

#[test]
fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new("ours");
    is_refused(&authority, &authority.identity("collector.example", |_| {}), "not valid for name");
}

#[test]
fn a_port_without_tls_gets_nothing() {
    let fake = Fake::answering(vec![OK]);
    let url = format!("https://{}", fake.address());
    let (error, failures) = push(config(&url).ca_certificate(Authority::new("ours").pem())).unwrap_err();
    assert_eq!(failures, 1, "{error}");
    assert!(fake.requests().is_empty(), "no request in plain text");
}

#[test]
fn grpc_has_tls_and_shows_who_we_are() {
    let authority = Authority::new("ours");
    let scratch = Scratch::new("otlp-tls").unwrap();
    let Identity { certificate, key } = authority.server();
    for (name, pem) in [("certificate", &certificate), ("key", &key), ("client-ca", &authority.pem())] {
        fs::write(scratch.file(name), pem).unwrap();
    }
    let file = |name: &str| scratch.file(name).display().to_string();
    let mut arguments =
        vec!["--certificate".to_owned(), file("certificate"), "--key".to_owned(), file("key")];
    arguments.extend(["--client-ca".to_owned(), file("client-ca")]);
    let receiver = Receiver::start_with(&arguments);
    let url = receiver.grpc.replace("http:", "https:");
    let config = config(&url).protocol(Protocol::Grpc).ca_certificate(authority.pem());
    let client = authority.identity("client", |_| {});
    assert_eq!(push(config.clone().client_identity(client.certificate, client.key)), Ok(()));
    // With TLS 1.3 the server refuses us after the handshake: whether its alert is read before the connection
    // breaks is chance.
    assert!(push(config).is_err());
}
