//! A real Prometheus: what it scrapes, what it keeps, and what it says in its log.

use crate::samples::{Meta, Metas, Samples, Series};
use crate::tool::{self, Process, Scratch, poll};
use crate::{http, promtool};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// The major versions, which parse, name and store in ways of their own.
#[derive(Clone, Copy, Debug)]
pub enum Version {
    Two,
    Three,
}

impl Version {
    pub const ALL: [Self; 2] = [Version::Two, Version::Three];

    /// What `tests/setup` calls a program of this version.
    pub fn program(self, name: &str) -> String {
        match self {
            Version::Two => format!("bin/{name}"),
            Version::Three => format!("bin/{name}-3"),
        }
    }
}

/// Scrapes each job's one target every second.
pub struct Prometheus {
    pub version: Version,
    address: SocketAddr,
    targets: BTreeMap<String, SocketAddr>,
    process: Process,
    scratch: Scratch,
}

#[derive(Deserialize)]
struct Reply<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    scrape_pool: String,
    health: String,
    last_error: String,
}

#[derive(Deserialize)]
struct Vector {
    result: Vec<Sampled>,
}

#[derive(Deserialize)]
struct Sampled {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

#[derive(Deserialize)]
struct Described {
    metric: String,
    #[serde(flatten)]
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExemplarSeries {
    series_labels: BTreeMap<String, String>,
    exemplars: Vec<StoredExemplar>,
}

#[derive(Debug, Deserialize)]
pub struct StoredExemplar {
    pub labels: BTreeMap<String, String>,
    pub value: String,
    pub timestamp: f64,
}

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
pub struct Rule {
    pub name: String,
    /// `inactive`, `pending` or `firing`.
    pub state: String,
    pub health: String,
    pub alerts: Vec<Alert>,
}

#[derive(Debug, Deserialize)]
pub struct Alert {
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

impl fmt::Display for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "server {:?}", self.version)
    }
}

/// What a server has beside its targets.
#[derive(Clone, Copy, Default)]
pub struct Setup<'a> {
    /// Evaluated every second.
    pub rules: &'a str,
    /// Samples that it has already: `OpenMetrics` with timestamps.
    pub history: &'a str,
    /// Features that are off by default, separated by commas.
    pub features: &'a str,
    /// Set if it keeps the classic form of native histograms too. Version 2.42 cannot.
    pub keeps_classic: bool,
}

/// What the server adds to each scrape.
fn is_of_the_server(name: &str) -> bool {
    name == "up" || name.starts_with("scrape_")
}

impl Prometheus {
    /// `name` tells its directory from those of other tests.
    pub fn start(version: Version, name: &str, targets: &[(&str, SocketAddr)]) -> Self {
        Self::with(version, name, targets, Setup::default())
    }

    /// Starts one of each version.
    pub fn each(name: &str, targets: &[(&str, SocketAddr)]) -> [Self; 2] {
        Version::ALL.map(|version| Self::start(version, name, targets))
    }

    /// Evaluates these rules, every second.
    pub fn with_rules(version: Version, name: &str, targets: &[(&str, SocketAddr)], rules: &str) -> Self {
        Self::with(version, name, targets, Setup { rules, ..Setup::default() })
    }

    pub fn with(version: Version, name: &str, targets: &[(&str, SocketAddr)], setup: Setup<'_>) -> Self {
        let scratch = Self::configured(version, name, targets, setup);
        if !setup.history.is_empty() {
            promtool::backfill(version, setup.history, &scratch.file("history"), &scratch.file("data"));
        }
        Self::start_in(scratch, version, targets, setup.features)
    }

    /// A directory with the server's files.
    fn configured(version: Version, name: &str, targets: &[(&str, SocketAddr)], setup: Setup<'_>) -> Scratch {
        let scratch = Scratch::new(&format!("{name}-{version:?}")).unwrap();
        let job = |(name, address): &(&str, SocketAddr)| {
            let target = json!({ "targets": [address.to_string()] });
            let mut job = json!({ "job_name": name, "static_configs": [target] });
            if setup.keeps_classic {
                job["always_scrape_classic_histograms"] = json!(true);
            }
            job
        };
        let rules = if setup.rules.is_empty() { "groups: []\n" } else { setup.rules };
        // JSON is YAML.
        let config = json!({
            "global": { "scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s" },
            "rule_files": ["rules.yml"],
            "scrape_configs": targets.iter().map(job).collect::<Vec<_>>(),
        });
        fs::write(scratch.file("prometheus.yml"), config.to_string()).unwrap();
        fs::write(scratch.file("rules.yml"), rules).unwrap();
        scratch
    }

    fn start_in(
        mut scratch: Scratch,
        version: Version,
        targets: &[(&str, SocketAddr)],
        features: &str,
    ) -> Self {
        // Another process may take the port before the server does.
        for _ in 0..5 {
            let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
            let log = File::create(scratch.file("log")).unwrap();
            let mut command = tool::program(&version.program("prometheus"));
            command.arg(format!("--config.file={}", scratch.file("prometheus.yml").display()));
            command.arg(format!("--storage.tsdb.path={}", scratch.file("data").display()));
            command.arg(format!("--web.listen-address={address}"));
            if !features.is_empty() {
                command.arg(format!("--enable-feature={features}"));
            }
            command.stdout(log.try_clone().unwrap()).stderr(log);
            let mut server = Prometheus {
                version,
                address,
                targets: targets.iter().map(|(job, address)| ((*job).to_owned(), *address)).collect(),
                process: Process::start(&mut command),
                scratch,
            };
            if server.is_ready() {
                return server;
            }
            assert!(server.log().contains("address already in use"), "prometheus ended:\n{}", server.log());
            scratch = server.scratch;
        }
        panic!("five ports were taken");
    }

    /// Waits until it is; false if it has ended.
    fn is_ready(&mut self) -> bool {
        let address = self.address;
        let process = &mut self.process;
        poll(
            || match process.0.try_wait().unwrap() {
                Some(_) => Some(false),
                None => http::get(address, "/-/ready", "*/*").is_ok().then_some(true),
            },
            || "prometheus does not become ready".to_owned(),
        )
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.file("log")).unwrap()
    }

    fn ask<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = http::get(self.address, path, "application/json").unwrap();
        let reply: Reply<T> = serde_json::from_str(&answer.body)
            .unwrap_or_else(|error| panic!("{path}: {error}: {}", answer.body));
        reply.data
    }

    /// What it keeps of the job's last scrape, or why it refused that.
    pub fn read(&self, job: &str) -> Result<Samples, String> {
        let kept = poll(|| self.scraped(job), || format!("{job} was not scraped:\n{}", self.log()))?;
        let target = format!("target=http://{}/metrics", self.targets[job]);
        let is_loud = |line: &str| {
            let line = line.to_lowercase();
            line.contains("level=warn") || line.contains("level=error")
        };
        match self.log().lines().find(|line| line.contains(&target) && is_loud(line)) {
            Some(line) => Err(line.to_owned()),
            None => samples(kept),
        }
    }

    /// All that the last scrape left, or its error; nothing if there was none, or none in time.
    fn scraped(&self, job: &str) -> Option<Result<Vec<Sampled>, String>> {
        let targets: Targets = self.ask("/api/v1/targets?state=active");
        let target = targets.active_targets.into_iter().find(|target| target.scrape_pool == job)?;
        if target.health == "down" && !target.last_error.contains("deadline exceeded") {
            return Some(Err(target.last_error));
        }
        let query = http::encoded(&format!("{{job=\"{job}\"}}"));
        let kept: Vector = self.ask(&format!("/api/v1/query?query={query}"));
        let is_up = |sampled: &Sampled| sampled.metric["__name__"] == "up" && sampled.value.1 == "1";
        // A scrape is kept as a whole: where its `up` is, all of it is.
        kept.result.iter().any(is_up).then_some(Ok(kept.result))
    }

    /// The values of a label in the series that match.
    pub fn label_values(&self, label: &str, matching: &str) -> Vec<String> {
        self.ask(&format!("/api/v1/label/{label}/values?match[]={}", http::encoded(matching)))
    }

    /// How many series the query's answer has.
    pub fn series(&self, query: &str) -> usize {
        let answer: Vector = self.ask(&format!("/api/v1/query?query={}", http::encoded(query)));
        answer.result.len()
    }

    /// The value of the query's one series; it has one, or the test fails.
    pub fn number(&self, query: &str) -> f64 {
        self.number_of(query, "")
    }

    /// The same at a time, in seconds since 1970.
    pub fn number_at(&self, query: &str, time: f64) -> f64 {
        self.number_of(query, &format!("&time={time:.3}"))
    }

    fn number_of(&self, query: &str, when: &str) -> f64 {
        let answer: Vector = self.ask(&format!("/api/v1/query?query={}{when}", http::encoded(query)));
        let [sampled] = answer.result.as_slice() else { panic!("{query}: {} series", answer.result.len()) };
        sampled.value.1.parse().unwrap()
    }

    /// How often it has scraped the job.
    pub fn scrapes(&self, job: &str) -> f64 {
        let query = format!("sum(count_over_time(up{{job=\"{job}\"}}[1h])) or vector(0)");
        self.number(&query)
    }

    /// Waits until it has scraped the job so many times.
    pub fn wait_for_scrapes(&self, job: &str, scrapes: f64) {
        poll(
            || (self.scrapes(job) >= scrapes).then_some(()),
            || format!("{job} is not scraped:\n{}", self.log()),
        );
    }

    /// The exemplars of a selector's series in the last hour, those of one series after the other.
    pub fn exemplars(&self, query: &str) -> Vec<(BTreeMap<String, String>, StoredExemplar)> {
        let end = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 60;
        let (query, start) = (http::encoded(query), end - 3_600);
        let found: Vec<ExemplarSeries> =
            self.ask(&format!("/api/v1/query_exemplars?query={query}&start={start}&end={end}"));
        let of_series = |of: ExemplarSeries| {
            of.exemplars.into_iter().map(move |exemplar| (of.series_labels.clone(), exemplar))
        };
        found.into_iter().flat_map(of_series).collect()
    }

    /// The alerting rules as they were last evaluated, and the alerts of each; nothing before the first time.
    pub fn rules(&self) -> Vec<Rule> {
        let rules: Rules = self.ask("/api/v1/rules?type=alert");
        let rules = rules.groups.into_iter().flat_map(|group| group.rules);
        rules.filter(|rule| rule.health != "unknown").collect()
    }

    /// What it knows about the job's families.
    pub fn metas(&self, job: &str) -> Metas {
        let matching = http::encoded(&format!("{{job=\"{job}\"}}"));
        let all: Vec<Described> = self.ask(&format!("/api/v1/targets/metadata?match_target={matching}"));
        all.into_iter().map(|described| (described.metric, described.meta)).collect()
    }
}

/// An error if a sample is lost: in silence, the server drops a series that comes twice.
fn samples(kept: Vec<Sampled>) -> Result<Samples, String> {
    let mut samples = Samples::default();
    let mut scraped = String::new();
    for Sampled { metric: mut labels, value: (_, value) } in kept {
        let name = labels.remove("__name__").unwrap();
        assert!(labels.remove("job").is_some() && labels.remove("instance").is_some());
        if name == "scrape_samples_scraped" {
            scraped = value;
        } else if !is_of_the_server(&name) {
            samples.add(Series { name, labels }, value.parse().unwrap());
        }
    }
    let kept = samples.len();
    if scraped == kept.to_string() { Ok(samples) } else { Err(format!("kept {kept} of {scraped} samples")) }
}
