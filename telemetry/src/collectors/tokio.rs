//! Metrics of a tokio runtime that are available without tokio's unstable flag.

use crate::metrics;
use crate::registry::{RegisterError, Registry};
use tokio::runtime::Handle;

/// A runtime.
#[metrics(namespace = "tokio", mock(cfg(any())))]
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
/// at each snapshot. A registry takes one runtime.
///
/// # Errors
///
/// Returns the errors of [`Registry::register`], for example if a runtime is registered already.
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
    let metrics = registry.register::<dyn Runtime>()?;
    let runtime = runtime.metrics();
    registry.on_collect(&metrics, move |metrics| {
        metrics.set_workers(runtime.num_workers() as u64);
        metrics.set_alive_tasks(runtime.num_alive_tasks() as u64);
        metrics.set_global_queue_depth(runtime.global_queue_depth() as u64);
    });
    Ok(())
}
