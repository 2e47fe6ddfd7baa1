//! Back ends chosen at run time: a program that is built once records wherever its configuration says.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use telemetry::pipeline::{Backend, Config, Pipeline, StartError};
use telemetry::{Sink, Via, metrics};

#[metrics(namespace = "mailer")]
trait Metrics {
    /// Mails handed to the server.
    #[counter]
    fn sent(&self, urgent: bool);
}

fn started(toml: &str) -> Pipeline {
    Pipeline::start(&toml::from_str(toml).unwrap()).unwrap()
}

fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /numbers HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_program_records_where_its_configuration_says() {
    let pipeline = started(
        r#"
        backends = ["log", "prometheus", "log"]
        constant_labels = { region = "eu-1" }
        [prometheus]
        listen = "127.0.0.1:0"
        path = "/numbers"
        "#,
    );
    let metrics: Arc<dyn Metrics> = Arc::new(pipeline.register::<dyn Metrics>().unwrap());
    let address = pipeline.prometheus_addr().unwrap();

    metrics.sent(true);
    let text = scrape(address);
    assert!(text.contains("mailer_sent_total{region=\"eu-1\",urgent=\"true\"} 1\n"), "{text}");

    assert_eq!(pipeline.shutdown(Duration::from_secs(5)), Ok(()));
    assert!(TcpStream::connect(address).is_err(), "it serves after its end");
    metrics.sent(true);
    assert_eq!(pipeline.shutdown(Duration::ZERO), Ok(()), "it ends twice");
}

#[test]
fn two_modules_that_register_one_surface_share_its_series() {
    let pipeline = started("backends = [\"prometheus\"]\nprometheus.listen = \"127.0.0.1:0\"");
    let (first, second) =
        (pipeline.register::<dyn Metrics>().unwrap(), pipeline.register::<dyn Metrics>().unwrap());
    first.sent(false);
    second.sent(false);
    let text = telemetry::prometheus::render(pipeline.registry(), telemetry::prometheus::Format::Text);
    assert!(text.contains("mailer_sent_total{urgent=\"false\"} 2\n"), "{text}");
}

#[test]
fn without_a_back_end_nothing_is_kept() {
    for config in ["", "backends = []", "backends = [\"noop\"]"] {
        let pipeline = started(config);
        let (instruments, log) = pipeline.register::<dyn Metrics>().unwrap();
        assert!(instruments.is_none() && log.is_none(), "{config}");
        (instruments, log).sent(true);
    }
}

#[test]
fn a_back_end_of_ones_own_stands_beside_those_of_the_configuration() {
    struct Panics;
    impl Sink for Panics {
        fn record(&self, event: &telemetry::Event<'_>) {
            panic!("{event:?}");
        }
    }
    let pipeline = started("");
    let metrics = (pipeline.register::<dyn Metrics>().unwrap(), Via(Panics));
    assert!(std::panic::catch_unwind(|| metrics.sent(true)).is_err());
}

#[test]
fn a_file_that_makes_no_sense_is_an_error_that_says_what_does() {
    let error = |toml: &str| toml::from_str::<Config>(toml).unwrap_err().message().to_owned();
    assert_eq!(
        error("backends = [\"promtheus\"]"),
        "unknown back end `promtheus`, expected one of `noop`, `log`, `prometheus`, `otlp`, `statsd`"
    );
    assert_eq!(error("[prometheus]\nport = 1"), "unknown field `port`, expected `listen` or `path`");
    assert!(error("backend = 1").starts_with("unknown field `backend`, expected one of `backends`"));
}

#[test]
fn what_cannot_start_says_why() {
    let start = |toml: &str| Pipeline::start(&toml::from_str(toml).unwrap()).unwrap_err();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = start(&format!("backends = [\"prometheus\"]\nprometheus.listen = \"{address}\""));
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");

    let error = start("constant_labels = { job = \"x\" }");
    assert!(matches!(error, StartError::ConstantLabels(_)), "{error}");
}

#[test]
fn what_the_environment_says_goes_before_the_file() {
    let file: Config =
        toml::from_str("backends = [\"log\"]\nprometheus = { listen = \"a:1\", path = \"/a\" }").unwrap();
    let env =
        Config::from_vars([("TELEMETRY_BACKENDS", "noop"), ("TELEMETRY_PROMETHEUS_PATH", "/b")]).unwrap();
    let config = env.or(file);
    assert_eq!(config.backends, Some(vec![Backend::Noop]));
    assert_eq!(
        (config.prometheus.listen.as_deref(), config.prometheus.path.as_deref()),
        (Some("a:1"), Some("/b"))
    );
}
