//! Metrics of this process from the operating system, under Prometheus' names.

use crate::metrics;
use crate::registry::{Instruments, RegisterError, Registry};
use metrics_process::collector::collect;

/// The names are those of Prometheus' guide for client libraries,
/// <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>.
#[metrics(namespace = "process", mock(cfg(any())))]
trait Process {
    /// User and system CPU time spent.
    #[counter(name = "cpu", total = seconds, unit = seconds)]
    #[log(off)]
    fn set_cpu(&self, seconds: f64);

    /// Open file descriptors.
    #[gauge]
    #[log(off)]
    fn set_open_fds(&self, count: u64);

    /// Limit of open file descriptors; the greatest number without a limit.
    #[gauge]
    #[log(off)]
    fn set_max_fds(&self, count: u64);

    /// Virtual memory.
    #[gauge(unit = bytes)]
    #[log(off)]
    fn set_virtual_memory(&self, size: u64);

    /// Limit of virtual memory; the greatest number without a limit.
    #[gauge(unit = bytes)]
    #[log(off)]
    fn set_virtual_memory_max(&self, size: u64);

    /// Resident memory.
    #[gauge(unit = bytes)]
    #[log(off)]
    fn set_resident_memory(&self, size: u64);

    /// Start time of the process, since 1970.
    #[gauge(unit = seconds)]
    #[log(off)]
    fn set_start_time(&self, seconds: u64);

    /// Threads of the operating system.
    #[gauge]
    #[log(off)]
    fn set_threads(&self, count: u64);
}

/// Registers `process_cpu_seconds_total`, `process_open_fds`, `process_resident_memory_bytes` and others.
///
/// They are read from the operating system at each snapshot: on Linux from a few files of `/proc`, in tens of
/// microseconds. Metrics that the system does not have are left out.
///
/// # Errors
///
/// Returns the errors of [`Registry::register`], for example if the collector is registered already.
///
/// # Examples
///
/// ```
/// use telemetry::{Registry, collectors};
///
/// let registry = Registry::new();
/// collectors::process(&registry)?;
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
pub fn process(registry: &Registry) -> Result<(), RegisterError> {
    let metrics = registry.register::<dyn Process>()?;
    registry.on_collect(&metrics, sample);
    Ok(())
}

/// Sets all metrics.
fn sample(metrics: &Instruments<dyn Process>) {
    let now = collect();
    set(now.cpu_seconds_total, |seconds| metrics.set_cpu(seconds));
    set(now.open_fds, |count| metrics.set_open_fds(count));
    set(now.max_fds.map(limit), |count| metrics.set_max_fds(count));
    set(now.virtual_memory_bytes, |size| metrics.set_virtual_memory(size));
    set(now.virtual_memory_max_bytes.map(limit), |size| metrics.set_virtual_memory_max(size));
    set(now.resident_memory_bytes, |size| metrics.set_resident_memory(size));
    set(now.start_time_seconds, |seconds| metrics.set_start_time(seconds));
    set(now.threads, |count| metrics.set_threads(count));
}

/// Returns the greatest number for no limit, as Prometheus' client for Go does (`ProcLimits` of
/// <https://github.com/prometheus/procfs>), so that a share of it is near 0. The crate that reads the limit
/// returns 0, which would look like an exceeded limit.
fn limit(of: u64) -> u64 {
    if of == 0 { u64::MAX } else { of }
}

fn set<T>(value: Option<T>, metric: impl FnOnce(T)) {
    if let Some(value) = value {
        metric(value);
    }
}
