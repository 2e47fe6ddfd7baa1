//! collectd, the strictest reader of plain statsd: it refuses what is not in the protocol, and says so.

use crate::etsy::record;
use crate::surface::{LONG, Method, RecordingMetrics, app};
use crate::tool::{Process, Scratch, poll, program};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::UdpSocket;
use telemetry::statsd::Config;

struct Collectd {
    process: Process,
    port: u16,
    scratch: Scratch,
}

impl Collectd {
    fn start(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let home = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/judges/collectd/usr");
        let base = scratch.file("");
        let config = format!(
            r#"
BaseDir "{base}"
PIDFile "{base}/pid"
PluginDir "{home}/lib/collectd"
TypesDB "{home}/share/collectd/types.db"
Interval 1
Hostname here
LoadPlugin logfile
LoadPlugin statsd
LoadPlugin csv
<Plugin logfile>
    LogLevel info
    File stdout
</Plugin>
<Plugin statsd>
    Host "127.0.0.1"
    Port "{port}"
    TimerSum true
    TimerCount true
</Plugin>
<Plugin csv>
    DataDir "{base}/csv"
    StoreRates false
</Plugin>
"#,
            base = base.display()
        );
        fs::write(scratch.file("conf"), config).unwrap();
        let log = File::create(scratch.file("log")).unwrap();
        let mut command = program("collectd/usr/sbin/collectd");
        command.arg("-f").arg("-C").arg(scratch.file("conf"));
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let collectd = Collectd { process: Process::start(&mut command), port, scratch };
        poll(
            || collectd.log().contains("statsd plugin: Listening").then_some(()),
            || format!("collectd does not listen:\n{}", collectd.log()),
        );
        collectd
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.file("log")).unwrap()
    }

    fn config(&self) -> Config {
        Config::default().target(format!("udp://127.0.0.1:{}", self.port)).interval(LONG)
    }

    /// The numbers of each of its series, oldest first: `derive-app.received`, `gauge-app.heat.attic`.
    fn read(&self) -> BTreeMap<String, Vec<f64>> {
        let mut series = BTreeMap::new();
        let Ok(files) = fs::read_dir(self.scratch.file("csv/here/statsd")) else { return series };
        for file in files.map(Result::unwrap) {
            let name = file.file_name().into_string().unwrap();
            // Behind the name stands the day.
            let name = name[..name.len() - "-2000-01-01".len()].to_owned();
            let text = fs::read_to_string(file.path()).unwrap();
            let rows = text.lines().skip(1).filter_map(|line| line.split_once(',')?.1.parse::<f64>().ok());
            let rows = rows.filter(|number| !number.is_nan());
            series.entry(name).or_insert_with(Vec::new).extend(rows);
        }
        series
    }
}

/// The series that are read by their names.
const READ: [&str; 9] = [
    "derive-app.received",
    "derive-app.paid",
    "derive-app.busy",
    "gauge-app.jobs.mail",
    "gauge-app.heat.attic",
    "gauge-app.duration.post-count",
    "latency-app.duration.post-sum",
    "gauge-app.size-count",
    "latency-app.size-sum",
];

#[test]
fn collectd_sees_what_the_mock_saw() {
    let mut collectd = Collectd::start("collectd");
    let (registry, instruments) = app();
    let mock = RecordingMetrics::default();
    let guard = collectd.config().start(&registry).unwrap();
    record(&(instruments.clone(), mock.clone()));
    guard.shutdown(LONG).unwrap();

    let millis = mock.duration_calls().calls().into_iter().map(|call| call.took.as_millis()).sum::<u128>();
    // It writes a file for each series, one after the other.
    let is_complete = |series: &BTreeMap<String, Vec<f64>>| {
        let has = |name: &str| series.get(name).is_some_and(|rows| rows.iter().any(|number| *number != 0.0));
        let requests = series.iter().filter(|(name, _)| name.starts_with("derive-app.requests."));
        let requests = requests.filter_map(|(_, rows)| rows.last()).sum::<f64>();
        READ.iter().all(|name| has(name))
            && series["gauge-app.size-count"].iter().sum::<f64>() >= 2.0
            && requests >= mock.requests_calls().count() as f64
    };
    let seen = poll(
        || Some(collectd.read()).filter(is_complete),
        || format!("collectd has {:?}:\n{}", collectd.read(), collectd.log()),
    );
    assert!(!collectd.log().contains("Unable to parse"), "{}", collectd.log());
    assert!(collectd.process.0.try_wait().unwrap().is_none());

    let last = |name: &str| {
        *seen.get(name).and_then(|rows| rows.last()).unwrap_or_else(|| panic!("{name}: {seen:?}"))
    };
    let sum = |name: &str| seen[name].iter().sum::<f64>();
    assert_eq!(last("derive-app.received"), mock.received_calls().sum() as f64);
    // It keeps whole numbers of what comes in parts.
    assert_eq!(last("derive-app.paid"), mock.paid_calls().sum().round());
    assert_eq!(last("derive-app.busy"), mock.busy_calls().sum().as_secs_f64().round());
    assert_eq!(last("gauge-app.jobs.mail"), mock.jobs_calls().queue("mail").sum() as f64);
    assert_eq!(last("gauge-app.heat.attic"), mock.set_heat_calls().room("attic").last().degrees);
    assert_eq!(
        sum("gauge-app.duration.post-count"),
        mock.duration_calls().method(Method::Post).count() as f64
    );
    assert!((sum("latency-app.duration.post-sum") * 1_000.0 - millis as f64).abs() < 0.01, "{seen:?}");
    // It leaves out what took no time.
    let sizes =
        mock.size_calls().calls().into_iter().map(|call| call.n).filter(|n| *n > 0).collect::<Vec<_>>();
    assert_eq!(sum("gauge-app.size-count"), sizes.len() as f64);
    assert!(
        (sum("latency-app.size-sum") * 1_000.0 - sizes.iter().sum::<u64>() as f64).abs() < 0.01,
        "{seen:?}"
    );
    let requests = seen.iter().filter(|(name, _)| name.starts_with("derive-app.requests."));
    let requests = requests.map(|(_, rows)| rows.last().unwrap()).sum::<f64>();
    assert_eq!(requests, mock.requests_calls().count() as f64);
}
