//! Surfaces that come with the library.

use super::lines;
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
    assert_eq!(lines(&registry, "workers"), ["3"]);
    assert_eq!(lines(&registry, "alive_tasks"), ["1"]);
    task.abort();
}
