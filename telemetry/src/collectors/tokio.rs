//! Metrics of a tokio runtime that are available without tokio's unstable flag.

use crate::metrics;
use crate::registry::{RegisterError, Registry};
use tokio::runtime::Handle;

/// A runtime. Each has a registration, and only those with a name have the label.
#[metrics(
    namespace = "tokio",
    labels(#[label(cap = 64, none = "")] runtime: Option<&str>),
    mock(cfg(any()))
)]
trait Runtime {
    /// Worker threads.
    #[gauge]
    #[log(off)]
    fn set_workers(&self, count: u64);

    /// Tasks that have not ended.
    #[gauge]
    #[log(off)]
    fn set_alive_tasks(&self, count: u64);

    /// Tasks in the queue that all workers share.
    #[gauge]
    #[log(off)]
    fn set_global_queue_depth(&self, count: u64);
}

/// Registers `tokio_workers`, `tokio_alive_tasks` and `tokio_global_queue_depth` of a runtime. They are read
/// at each snapshot, from a few atomics. Their label `runtime` is empty, which to Prometheus is no label.
///
/// A program with several runtimes registers each with [`tokio_named`].
///
/// # Errors
///
/// Returns the errors of [`Registry::register_with`], for example if a runtime without a name is registered
/// already.
///
/// # Examples
///
/// ```
/// use telemetry::{Registry, collectors};
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let registry = Registry::new();
/// collectors::tokio(&registry, runtime.handle())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tokio(registry: &Registry, runtime: &Handle) -> Result<(), RegisterError> {
    register(registry, None, runtime)
}

/// Registers the metrics of [`tokio`](tokio()) for one of several runtimes. Their series have the label
/// `runtime`, with this name.
///
/// # Errors
///
/// Returns the errors of [`Registry::register_with`], for example if the name is taken, if it is longer than
/// 256 bytes, or if there are 64 runtimes.
///
/// # Examples
///
/// ```
/// use telemetry::prometheus::{self, Format};
/// use telemetry::{Registry, collectors};
///
/// let [requests, jobs] = [(), ()].map(|()| tokio::runtime::Builder::new_current_thread().build());
/// let (requests, jobs) = (requests?, jobs?);
/// let registry = Registry::new();
/// collectors::tokio_named(&registry, "requests", requests.handle())?;
/// collectors::tokio_named(&registry, "jobs", jobs.handle())?;
///
/// let page = prometheus::render(&registry, Format::Text);
/// assert!(page.contains("tokio_workers{runtime=\"jobs\"} 1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tokio_named(registry: &Registry, name: &str, runtime: &Handle) -> Result<(), RegisterError> {
    register(registry, Some(name), runtime)
}

fn register(registry: &Registry, name: Option<&str>, runtime: &Handle) -> Result<(), RegisterError> {
    let metrics = registry.register_with::<dyn Runtime>(RuntimeLabels { runtime: name })?;
    let runtime = runtime.metrics();
    // A callback does not keep the labels of its registration: this clone does, as long as the registry
    // lives.
    let kept = metrics.clone();
    registry.on_collect(&metrics, move |_| {
        let metrics = &kept;
        metrics.set_workers(runtime.num_workers() as u64);
        metrics.set_alive_tasks(runtime.num_alive_tasks() as u64);
        metrics.set_global_queue_depth(runtime.global_queue_depth() as u64);
    });
    Ok(())
}
