//! What is made of a declaration: alert rules and a dashboard.
//!
//! ```
//! use telemetry::{catalog, metrics};
//!
//! #[metrics(namespace = "mailer")]
//! pub trait Metrics {
//!     /// Mails that wait to be sent.
//!     #[gauge]
//!     #[alert(above = 1000, for = "5m", severity = "page")]
//!     fn set_queue_depth(&self, mails: u64);
//! }
//!
//! let rules = catalog::prometheus_rules::<dyn Metrics>();
//! assert!(rules.contains("expr: mailer_queue_depth > 1000\n"));
//! let dashboard = catalog::grafana_dashboard::<dyn Metrics>();
//! assert!(dashboard.contains(r#""title": "Queue depth""#));
//! ```

mod dashboard;
mod promql;
mod rules;
mod unit;
mod yaml;

pub use dashboard::grafana_dashboard;
pub use rules::prometheus_rules;
