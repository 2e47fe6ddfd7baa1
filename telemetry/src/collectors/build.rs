//! The version of the program, as a gauge that is 1.

use crate::metrics;
use crate::registry::{RegisterError, Registry};

#[metrics(mock(cfg(any())))]
trait Build {
    /// Version of the program, and the revision of its source. Its value is 1.
    #[gauge(name = "build_info", value = 1)]
    #[log(off)]
    fn build_info(
        &self,
        #[label(cap = 1)] version: &str,
        #[label(cap = 1, none = "")] revision: Option<&str>,
    );
}

/// Registers `build_info`, a gauge that is 1 and whose labels `version` and `revision` tell which program
/// this is. Without a revision, its label is empty, which to Prometheus is no label.
///
/// A query joins it to other metrics by `job` and `instance`:
/// `rate(requests_total[5m]) * on (job, instance) group_left (version) build_info`. The label `job` tells the
/// services of a Prometheus apart, so the metric has no namespace. A service that wants one, or other labels,
/// declares a gauge of its own.
///
/// # Errors
///
/// Returns the errors of [`Registry::register`], for example if it is registered already.
///
/// # Examples
///
/// ```
/// use telemetry::prometheus::{self, Format};
/// use telemetry::{Registry, collectors};
///
/// let registry = Registry::new();
/// collectors::build_info(&registry, env!("CARGO_PKG_VERSION"), option_env!("GIT_REVISION"))?;
/// # let registry = Registry::new();
/// # collectors::build_info(&registry, "1.4.0", Some("9f8e7d6"))?;
///
/// let page = prometheus::render(&registry, Format::Text);
/// assert!(page.contains("build_info{version=\"1.4.0\",revision=\"9f8e7d6\"} 1"));
/// # Ok::<(), telemetry::registry::RegisterError>(())
/// ```
pub fn build_info(registry: &Registry, version: &str, revision: Option<&str>) -> Result<(), RegisterError> {
    registry.register::<dyn Build>()?.build_info(version, revision);
    Ok(())
}
