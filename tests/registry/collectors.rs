//! Surfaces that come with the library.

use super::lines;
use telemetry::prometheus::{self, Format};
use telemetry::{Registry, collectors};

#[test]
fn the_process_tells_of_itself() {
    let registry = Registry::new();
    collectors::process(&registry).unwrap();
    let busy: f64 = (0..2_000_000).map(f64::from).map(f64::sqrt).sum();
    assert!(busy > 0.0);
    let number = |family: &str| lines(&registry, family)[0].parse::<f64>().unwrap();
    let cpu = number("cpu");
    assert!(cpu >= 0.0 && number("cpu") >= cpu, "it never falls");
    assert!(number("resident_memory") > 1e6);
    assert!(number("virtual_memory") >= number("resident_memory"));
    assert!(number("open_fds") >= 3.0 && number("open_fds") <= number("max_fds"));
    assert!(number("start_time") > 1.7e9);
    // `Max address space  SOFT  HARD  bytes`
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space")).unwrap();
    let limit = limit.split_whitespace().next().unwrap().replace("unlimited", &u64::MAX.to_string());
    assert_eq!(lines(&registry, "virtual_memory_max"), [limit], "no limit is the greatest number");
    assert!(number("threads") >= 1.0);
    assert!(collectors::process(&registry).is_err(), "once");
}

#[test]
fn a_runtime_tells_of_itself() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    let registry = Registry::new();
    collectors::tokio(&registry, runtime.handle()).unwrap();
    let task = runtime.spawn(std::future::pending::<()>());
    assert_eq!(lines(&registry, "workers"), ["runtime= 3"], "no name");
    assert_eq!(lines(&registry, "alive_tasks"), ["runtime= 1"]);
    task.abort();
}

#[test]
fn several_runtimes_are_told_apart_by_name_and_one_needs_none() {
    let build =
        |workers| tokio::runtime::Builder::new_multi_thread().worker_threads(workers).build().unwrap();
    let runtimes = [build(1), build(2), build(3)];
    let registry = Registry::new();
    collectors::tokio(&registry, runtimes[0].handle()).unwrap();
    collectors::tokio_named(&registry, "jobs", runtimes[1].handle()).unwrap();
    collectors::tokio_named(&registry, "requests", runtimes[2].handle()).unwrap();
    let page = prometheus::render(&registry, Format::Text);
    let workers: Vec<&str> = page.lines().filter(|line| line.starts_with("tokio_workers")).collect();
    let named = ["tokio_workers{runtime=\"jobs\"} 2", "tokio_workers{runtime=\"requests\"} 3"];
    assert_eq!(workers, ["tokio_workers{runtime=\"\"} 1", named[0], named[1]], "an empty label is none");
    assert!(collectors::tokio(&registry, runtimes[0].handle()).is_err(), "once");
    let error = collectors::tokio_named(&registry, "jobs", runtimes[0].handle()).unwrap_err();
    assert!(error.to_string().contains("jobs"), "{error}");
}

#[test]
fn the_build_tells_its_version_and_its_revision_if_it_has_one() {
    let info = |revision| {
        let registry = Registry::new();
        collectors::build_info(&registry, "1.4.0", revision).unwrap();
        assert!(collectors::build_info(&registry, "1.4.1", revision).is_err(), "once");
        let page = prometheus::render(&registry, Format::Text);
        let line = page.lines().find(|line| line.starts_with("build_info{"));
        line.unwrap().to_owned()
    };
    assert_eq!(info(Some("9f8e7d6")), "build_info{version=\"1.4.0\",revision=\"9f8e7d6\"} 1");
    assert_eq!(info(None), "build_info{version=\"1.4.0\",revision=\"\"} 1");
}
