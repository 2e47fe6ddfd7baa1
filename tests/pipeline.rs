//! Back ends chosen at run time: a program that is built once records wherever its configuration says.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

// Subscribers that keep what they are shown, as the tests of the log have them.
#[allow(dead_code, reason = "shared")]
#[path = "log/capture.rs"]
mod capture;

use http_body_util::BodyExt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use telemetry::pipeline::{Backend, Config, Pipeline, StartError};
use telemetry::prometheus::Handler;
use telemetry::{Sink, SinkAdapter, metrics};

#[metrics(namespace = "mailer")]
trait Metrics {
    /// Mails handed to the server.
    #[counter]
    fn sent(&self, urgent: bool);

    /// Rounds of the queue.
    #[counter]
    #[log(every = 1000)]
    fn rounds(&self);
}

const LONG: Duration = Duration::from_mins(1);

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
    let metrics = (pipeline.register::<dyn Metrics>().unwrap(), SinkAdapter(Panics));
    assert!(std::panic::catch_unwind(|| metrics.sent(true)).is_err());
}

#[test]
fn a_file_that_makes_no_sense_is_an_error_that_says_what_does() {
    let error = |toml: &str| toml::from_str::<Config>(toml).unwrap_err().message().to_owned();
    assert_eq!(
        error("backends = [\"promtheus\"]"),
        "unknown back end \"promtheus\", expected one of `noop`, `log`, `prometheus`, `otlp`, `statsd`"
    );
    assert_eq!(
        error("[prometheus]\nport = 1"),
        "unknown field `port`, expected one of `listen`, `path`, `created_samples`"
    );
    assert!(error("backend = 1").starts_with("unknown field `backend`, expected one of `backends`"));
}

#[test]
fn a_failed_start_says_why() {
    let start = |toml: &str| Pipeline::start(&toml::from_str(toml).unwrap()).unwrap_err();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = start(&format!("backends = [\"prometheus\"]\nprometheus.listen = \"{address}\""));
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");

    let error = toml::from_str::<Config>("constant_labels = { job = \"x\" }").unwrap_err();
    assert!(error.message().starts_with("constant label `job` would become `exported_job`"), "{error}");
}

#[test]
fn views_of_the_file_change_what_is_exported() {
    let pipeline = started(
        r#"
        backends = ["prometheus"]
        prometheus.listen = "127.0.0.1:0"
        [views.mailer_sent]
        off = false
        without = ["urgent"]
        "#,
    );
    let metrics = pipeline.register::<dyn Metrics>().unwrap();
    pipeline.check_views().unwrap();
    metrics.sent(true);
    metrics.sent(false);
    let text = telemetry::prometheus::render(pipeline.registry(), telemetry::prometheus::Format::Text);
    assert!(text.contains("\nmailer_sent_total 2\n"), "{text}");
}

#[test]
fn views_of_the_environment_are_words_and_replace_those_of_the_file() {
    use telemetry::registry::View;
    let views = |text: &str| {
        let config = Config::from_vars([("TELEMETRY_VIEWS", text)]).map_err(|error| error.to_string())?;
        Ok::<_, String>(config.views.unwrap().into_iter().collect::<Vec<_>>())
    };
    let one = |text: &str| views(text).unwrap().pop().unwrap().1;
    assert_eq!(
        views("b=off, a.x = without route code buckets 0.1 1").unwrap(),
        [
            ("a.x".to_owned(), View::without(["route", "code"]).and(View::buckets([0.1, 1.0]))),
            ("b".to_owned(), View::off()),
        ]
    );
    assert_eq!(one("a=buckets"), View::buckets::<f64>([]));
    let expected = "write `off`, `without` and keys, or `buckets` and bounds, separated by spaces";
    assert_eq!(views("a=of").unwrap_err(), format!("TELEMETRY_VIEWS: `of` is not a view; {expected}"));
    assert_eq!(views("a=").unwrap_err(), format!("TELEMETRY_VIEWS: {expected}"));
    assert_eq!(views("a=buckets 0.1 x").unwrap_err(), "TELEMETRY_VIEWS: `x` is not a number");
    assert_eq!(views("a").unwrap_err(), "TELEMETRY_VIEWS: pair 1 is not written `key=value`");

    let file: Config = toml::from_str("[views.\"a.x\"]\noff = true\n[views.b]\nbuckets = [0.5, 1]").unwrap();
    let found = file.views.clone().unwrap();
    assert_eq!((&found["a.x"], &found["b"]), (&View::off(), &View::buckets([0.5, 1.0])));
    let both = Config::from_vars([("TELEMETRY_VIEWS", "c=off")]).unwrap().or(file);
    assert_eq!(both.views.unwrap().into_keys().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn a_view_that_cannot_be_applied_is_an_error_that_says_what_there_is() {
    let file = |views: &str| {
        toml::from_str::<Config>(&format!(
            "backends = [\"prometheus\"]\nprometheus.listen = \"127.0.0.1:0\"\n{views}"
        ))
    };
    let unknown = file("[views.mailer_sent]\nonly = [\"a\"]").unwrap_err();
    assert_eq!(unknown.message(), "unknown field `only`, expected one of `off`, `without`, `buckets`");
    let both = Pipeline::start(&file("[views.a]\noff = true\nbuckets = []").unwrap()).unwrap_err();
    assert_eq!(both.to_string(), "the view of `a` is off, and has labels or buckets too; write one of them");
    let pipeline = Pipeline::start(&file("[views.mailer_sent]\nwithout = [\"urgnt\"]").unwrap()).unwrap();
    let error = pipeline.register::<dyn Metrics>().unwrap_err();
    assert!(error.to_string().ends_with("did you mean `urgent`?"), "{error}");
    let pipeline = Pipeline::start(&file("[views.mailer_snt]\noff = true").unwrap()).unwrap();
    let _metrics = pipeline.register::<dyn Metrics>().unwrap();
    let error = pipeline.check_views().unwrap_err();
    assert!(error.to_string().ends_with("did you mean `mailer_sent`?"), "{error}");
    let pipeline = started("[views.mailer_snt]\noff = true");
    let _metrics = pipeline.register::<dyn Metrics>().unwrap();
    pipeline.check_views().unwrap();
}

#[test]
fn the_environment_overrides_the_file() {
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

/// A collector that takes one request, and gives its head.
fn collector() -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let read = stream.read(&mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && body.contains("mailer.sent")
            {
                let head = head.to_owned();
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                return head;
            }
            assert_ne!(read, 0, "{text}");
        }
    });
    (address, served)
}

fn received(socket: &UdpSocket) -> String {
    let mut buffer = vec![0; 1 << 16];
    let read = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..read].to_vec()).unwrap()
}

/// From within a runtime of one thread, whose thread none of them may need.
#[test]
fn all_back_ends_record_at_once_and_deliver_at_the_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (collector, head) = collector();
    let statsd = UdpSocket::bind("127.0.0.1:0").unwrap();
    runtime.block_on(async {
        let pipeline = started(&format!(
            r#"
            backends = ["statsd", "prometheus", "log", "otlp"]
            [prometheus]
            listen = "127.0.0.1:0"
            path = "/numbers"
            [otlp]
            endpoint = "http://{collector}"
            headers = {{ x-tenant = "s3cret" }}
            [statsd]
            target = "udp://{}"
            dialect = "dogstatsd"
            tags = {{ zone = "b" }}
            origin_detection = false
            container_id = "ci-7"
            external_data = "it-false"
            cardinality = "low"
            "#,
            statsd.local_addr().unwrap()
        ));
        let metrics = pipeline.register::<dyn Metrics>().unwrap();
        metrics.sent(true);
        let text = scrape(pipeline.prometheus_addr().unwrap());
        assert!(text.contains("mailer_sent_total{urgent=\"true\"} 1\n"), "{text}");
        assert_eq!(pipeline.shutdown(LONG), Ok(()));
    });
    let lines = received(&statsd);
    assert!(lines.contains("mailer.sent:1|c|#urgent:true,zone:b|c:ci-7|card:low\n"), "{lines}");
    assert!(head.join().unwrap().contains("\r\nx-tenant: s3cret\r\n"));
}

#[test]
fn a_pipeline_that_is_dropped_delivers() {
    let statsd = UdpSocket::bind("127.0.0.1:0").unwrap();
    let pipeline = started(&format!(
        "backends = [\"statsd\"]\nstatsd.target = \"udp://{}\"",
        statsd.local_addr().unwrap()
    ));
    pipeline.register::<dyn Metrics>().unwrap().sent(false);
    drop(pipeline);
    let lines = received(&statsd);
    assert!(lines.contains("mailer.sent.false:1|c\n"), "{lines}");
}

/// A program with a route of its own, as axum or hyper have it.
struct Route(Handler);

impl Route {
    fn answer(&self) -> String {
        let request = http::Request::get("/metrics").header("accept", "text/plain").body(()).unwrap();
        let body = pin!(self.0.respond(&request).into_body().collect());
        let Poll::Ready(body) = body.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("the body is there")
        };
        String::from_utf8(body.unwrap().to_bytes().to_vec()).unwrap()
    }
}

/// Whatever an operator chooses, each call is once in the program's own route, once in each back end.
#[test]
fn a_route_of_the_programs_own_counts_once_beside_any_back_ends() {
    for chosen in 0..16_u8 {
        let backends = ["log", "prometheus", "statsd", "otlp"].into_iter().enumerate();
        let backends: Vec<_> =
            backends.filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, name)| name).collect();
        let statsd = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (collector, requests) = collector();
        let toml = format!(
            r#"
            backends = {backends:?}
            prometheus = {{ listen = "127.0.0.1:0", path = "/numbers" }}
            otlp = {{ endpoint = "http://{collector}", interval = "1h" }}
            statsd = {{ target = "udp://{}", interval = "1h" }}
            "#,
            statsd.local_addr().unwrap()
        );
        // Who says it, and the operator, stand in one configuration.
        let config = toml::from_str::<Config>(&toml).unwrap().or(Config::default().with_own_reader());
        let mut route = None;
        let lines = capture::lines(|| {
            let pipeline = Pipeline::start(&config).unwrap();
            let route = route.insert(Route(Handler::new(pipeline.registry())));
            let metrics = pipeline.register::<dyn Metrics>().unwrap();
            metrics.sent(true);
            let again = pipeline.register::<dyn Metrics>().unwrap();
            again.sent(true);

            let sample = "\nmailer_sent_total{urgent=\"true\"} 2\n";
            let text = route.answer();
            assert_eq!(text.matches(sample).count(), 1, "{backends:?}: {text}");
            assert_eq!(pipeline.prometheus_addr().is_some(), backends.contains(&"prometheus"));
            if let Some(address) = pipeline.prometheus_addr() {
                let text = scrape(address);
                assert_eq!(text.matches(sample).count(), 1, "{backends:?}: {text}");
            }
            assert_eq!(pipeline.shutdown(LONG), Ok(()), "{backends:?}");
        });
        let is_line = |line: &&String| line.as_str() == "[metrics] event=sent urgent=true";
        assert_eq!(lines.iter().filter(is_line).count(), if backends.contains(&"log") { 2 } else { 0 });
        if backends.contains(&"statsd") {
            let lines = received(&statsd);
            assert_eq!(lines.matches("mailer.sent.true:2|c\n").count(), 1, "{lines}");
        }
        if backends.contains(&"otlp") {
            assert!(requests.join().unwrap().starts_with("post "));
        }
        assert!(
            route.unwrap().answer().contains("mailer_sent_total{urgent=\"true\"} 2\n"),
            "after the end too"
        );
    }
}

/// The log lives as long as anyone records in it, which may be longer than the program's `main`.
#[test]
fn a_pipeline_that_is_dropped_tells_what_its_log_silenced() {
    let mut kept = None;
    let lines = capture::lines(|| {
        let pipeline = started("backends = [\"log\"]\nlog.summary = \"1h\"");
        let metrics = kept.insert(pipeline.register::<dyn Metrics>().unwrap());
        metrics.rounds();
        drop(pipeline);
    });
    assert_eq!(lines, ["[metrics] summary=rounds silent=1"]);
}

#[test]
fn a_start_that_fails_does_not_wait_for_those_that_had_begun() {
    // Takes connections, and never answers.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = format!(
        "backends = [\"otlp\", \"prometheus\"]\notlp.endpoint = \"http://{address}\"\nprometheus.listen = \"{address}\""
    );
    let begun = Instant::now();
    let error = Pipeline::start(&toml::from_str(&config).unwrap()).unwrap_err();
    assert!(matches!(error, StartError::Prometheus(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn settings_that_make_no_sense_are_errors_that_name_them() {
    let start = |toml: &str| match toml::from_str(toml) {
        Ok(config) => Pipeline::start(&config).unwrap_err().to_string(),
        Err(error) => error.message().to_owned(),
    };
    for (toml, says) in [
        (
            "backends = [\"otlp\"]\notlp.endpoint = \"collector:4318\"",
            "\"collector:4318\" cannot be used; it has no scheme: write `http://host:4318`",
        ),
        (
            "backends = [\"prometheus\"]\nprometheus.path = \"metrics\"",
            "\"metrics\" cannot be used; it does not begin with `/`",
        ),
        (
            "backends = [\"otlp\"]\notlp.ca_certificate = \"/none/such\"",
            "otlp.ca_certificate is \"/none/such\"; it cannot be read: ",
        ),
        ("backends = [\"statsd\"]\nstatsd.sample_rate = nan", "NaN cannot be used; write a number above 0"),
        (
            "backends = [\"statsd\"]\nstatsd.target = \"tcp://a\"",
            "\"tcp://a\" cannot be used; its scheme is not one",
        ),
    ] {
        let error = start(toml);
        assert!(error.starts_with(says), "{error}");
    }
    let parse = |toml: &str| toml::from_str::<Config>(toml).unwrap_err().message().to_owned();
    for zero in ["0", "0.0", "-1", "\"0s\"", "1e-12"] {
        let error = parse(&format!("otlp.interval = {zero}"));
        assert!(error.ends_with("a duration above 0 such as `10s`, `1m 30s` or `500ms`"), "{error}");
    }
    for section in ["log", "prometheus", "otlp", "statsd"] {
        let error = parse(&format!("{section}.none_such = 1"));
        assert!(error.starts_with("unknown field `none_such`, expected "), "{error}");
    }
}

#[test]
fn no_secret_is_shown() {
    let config: Config = toml::from_str("otlp.headers = { authorization = \"s3cret\" }").unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains("authorization") && !shown.contains("s3cret"), "{shown}");
    // A secret without its quotes.
    for toml in
        ["otlp.headers = { x-api-key = 12345678 }", "otlp.endpoint = 12345678", "statsd.dialect = 12345678.5"]
    {
        let error = toml::from_str::<Config>(toml).unwrap_err().message().to_owned();
        assert!(error.contains("expected a string") && !error.contains("12345678"), "{error}");
    }
}

/// Each with a registry of its own: they share nothing.
#[test]
fn two_pipelines_stand_side_by_side() {
    let config =
        "backends = [\"prometheus\"]\nprometheus.listen = \"127.0.0.1:0\"\nprometheus.path = \"/numbers\"";
    let (first, second) = (started(config), started(config));
    first.register::<dyn Metrics>().unwrap().sent(true);
    second.register::<dyn Metrics>().unwrap().sent(false);
    let told = |pipeline: &Pipeline| scrape(pipeline.prometheus_addr().unwrap());
    assert!(told(&first).contains("mailer_sent_total{urgent=\"true\"} 1\n"));
    assert!(told(&second).contains("mailer_sent_total{urgent=\"true\"} 0\n"));
}

#[test]
fn a_panic_of_a_callback_costs_no_scrape() {
    let pipeline = started(
        "backends = [\"prometheus\"]\nprometheus.listen = \"127.0.0.1:0\"\nprometheus.path = \"/numbers\"",
    );
    let (instruments, _) = pipeline.register::<dyn Metrics>().unwrap();
    pipeline.registry().on_collect(&instruments.unwrap(), |_| panic!("on purpose"));
    let text = scrape(pipeline.prometheus_addr().unwrap());
    assert!(text.contains("telemetry_collect_panics_total 1\n"), "{text}");
}

#[test]
fn the_keys_that_the_documentation_lists_are_keys() {
    let source = include_str!("../telemetry/src/pipeline.rs");
    let listed = source.lines().skip_while(|line| *line != "//! ```toml").skip(1);
    let listed = listed.take_while(|line| *line != "//! ```").map(|line| line.trim_start_matches("//!"));
    let config: Config = toml::from_str(&listed.collect::<Vec<_>>().join("\n")).unwrap();
    assert!(config.statsd.sample_rate.is_some(), "the last key of the list");
}
