//! Recognizes metric events by their metadata.

use crate::event::CALLSITE_NAME;
use tracing::Metadata;

/// Returns whether a `tracing` event is a metric event of [`Log`](crate::Log), from any surface. Use it in
/// the filters of layers.
///
/// # Examples
///
/// ```
/// use telemetry::log::is_metric;
/// use tracing_subscriber::filter::filter_fn;
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::prelude::*;
///
/// // The program's own lines, without metrics.
/// let lines = fmt::layer().with_filter(filter_fn(|metadata| !is_metric(metadata)));
/// tracing_subscriber::registry().with(lines).init();
/// ```
#[must_use]
pub fn is_metric(metadata: &Metadata<'_>) -> bool {
    metadata.name() == CALLSITE_NAME
}
