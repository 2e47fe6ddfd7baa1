//! What is made of a declaration and kept beside it, checked by tests: pages, conventions, and a lock.
//!
//! A declaration is data, so all that teams write a second time by hand, and let rot, is made from it. A
//! service takes the feature for its tests alone:
//!
//! ```toml
//! [dev-dependencies]
//! telemetry = { path = "../telemetry", features = ["catalog"] }
//! ```
//!
//! and keeps each file by one line in a test:
//!
//! ```no_run
//! # #[telemetry::metrics] pub trait Metrics {}
//! use telemetry::catalog;
//!
//! #[test]
//! fn the_metrics_are_as_they_are_told() {
//!     catalog::assert_schema_compatible::<dyn Metrics>("metrics.lock");
//!     catalog::assert_fresh("METRICS.md", &catalog::markdown::<dyn Metrics>());
//! }
//! ```
//!
//! There is no command to install: the declaration is known where it is compiled, and that is the test.
//!
//! | to run | what it does |
//! |---|---|
//! | `cargo test` | fails where a file is not what the declaration makes, with the difference; writes nothing |
//! | `TELEMETRY_UPDATE=1 cargo test` | writes the files; a lock only if it loses nothing |
//! | `TELEMETRY_UPDATE=breaking cargo test` | writes a lock that loses something too |
//!
//! | file | made by | for |
//! |---|---|---|
//! | `METRICS.md` | [`markdown`] | people: each metric with its names, labels, values and cost |
//! | `metrics.json` | [`json`] | programs of yours |
//! | `semconv.yaml` | [`semconv`] | OpenTelemetry Weaver |
//! | `rules.yml` | [`prometheus_rules`] | Prometheus: the alerts that the declaration states |
//! | `dashboard.json` | [`grafana_dashboard`] | Grafana |
//! | `metrics.lock` | [`assert_schema_compatible`] | what dashboards and alerts may rely on |
//!
//! Put the lock first: where several fail, it says why.
//!
//! # What the lock holds
//!
//! Names, kinds, units, buckets, labels with their values and caps, stability, and the log lines with their
//! keys. What nobody outside sees is not in it: methods, descriptions, budgets, log policies. [`Class`] lists
//! every change that is told apart, [`Severity`] what comes of it:
//!
//! | severity | the test | for example |
//! |---|---|---|
//! | additive | passes | a new metric, a new label value |
//! | notable | passes, and tells | a new label on a beta metric |
//! | breaking | fails | a metric, a label or a value removed; kind, unit, buckets or cap changed |
//! | breaking | fails | a new label on a stable metric |
//! | due | fails | an old name (`was`) that has come to its version (`until`) |
//!
//! What passes and is not in the lock yet is not kept either: [`assert_schema_locked`] fails there, for a CI
//! that wants the lock complete. Beside a `METRICS.md` that is asserted to be fresh it says nothing new.
//!
//! A surface whose methods stand under `cfg` is another surface on another platform: check its files on one.
//!
//! # Stability, and how a metric is renamed
//!
//! [`Stability`](crate::schema::Stability) is `beta` unless the declaration says `stability = stable`, on an
//! instrument or in `#[metrics(...)]` for all of them. The rules are those of [Kubernetes], with one level
//! less: there is no metric without a promise.
//!
//! `was = "old_name"` exports an instrument under both names, in every back end that reads a registry, until
//! it is dropped; `until = "1.4"` makes the lock's test remind, from that version of the package on. Both
//! names count in [`Catalog::time_series`], one in the budget: the registry keeps one series.
//!
//! [Kubernetes]: https://kubernetes.io/docs/concepts/cluster-administration/system-metrics/

mod compatible;
mod dashboard;
mod diff;
mod fresh;
mod lock;
mod markdown;
mod model;
mod promql;
mod rules;
mod semconv;
mod unit;
mod yaml;

pub use compatible::{assert_schema_compatible, assert_schema_locked};
pub use dashboard::grafana_dashboard;
pub use diff::{Change, Changes, Class, Severity};
pub use fresh::{UPDATE, assert_fresh};
pub use lock::LockError;
pub use model::{Alert, Catalog, Feed, Former, Line, Metric, MetricLabel, Names, Place, Values};
pub use rules::prometheus_rules;

use crate::surface::Surface;
use lock::Lock;

/// The catalog of a surface as a page in Markdown: every metric with its names in each back end, its labels
/// and their values, and how many series it can make.
///
/// It holds no line numbers and no version, so that it changes only where the surface does.
///
/// ```
/// # use telemetry::{catalog, metrics};
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// let page = catalog::markdown::<dyn Metrics>();
/// assert!(page.contains("| Prometheus | `mailer_sent_total` |"));
/// assert!(page.contains("| `urgent` | `false`, `true` |"));
/// ```
#[must_use]
pub fn markdown<S: Surface + ?Sized>() -> String {
    markdown::page(&Catalog::of::<S>())
}

/// The catalog of a surface as JSON, for programs: a [`Catalog`], indented, with a line feed at the end.
///
/// ```
/// # use telemetry::{catalog, metrics};
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// let json: serde_json::Value = serde_json::from_str(&catalog::json::<dyn Metrics>()).unwrap();
/// assert_eq!(json["metrics"][0]["names"]["prometheus"][0], "mailer_sent_total");
/// assert_eq!(json["metrics"][0]["labels"][0]["values"][1], "true");
/// ```
#[must_use]
pub fn json<S: Surface + ?Sized>() -> String {
    // Text and numbers are always JSON: bucket bounds are finite.
    let json = serde_json::to_string_pretty(&Catalog::of::<S>()).unwrap_or_default();
    json + "\n"
}

/// The catalog of a surface as an OpenTelemetry semantic-convention registry: a YAML file that [Weaver]
/// reads.
///
/// One `metric` group per metric under its OTLP name, with unit and stability; an attribute for each label
/// key, closed sets as enums; a name that a metric had before as a deprecated metric. What the language has
/// no word for, the bounds of histograms, is an annotation.
///
/// ```
/// # use telemetry::{catalog, metrics};
/// #[metrics(namespace = "mailer")]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self, urgent: bool);
/// }
///
/// let yaml = catalog::semconv::<dyn Metrics>();
/// assert!(yaml.contains("metric_name: mailer.sent\n"));
/// ```
///
/// [Weaver]: https://github.com/open-telemetry/weaver
#[must_use]
pub fn semconv<S: Surface + ?Sized>() -> String {
    semconv::yaml(&Catalog::of::<S>())
}

/// The lock of a surface, as text: what [`assert_schema_compatible`] writes. Not for
/// [`assert_fresh`], which would write a loss as readily as an addition.
#[must_use]
pub fn lock<S: Surface + ?Sized>() -> String {
    Lock::of(&Catalog::of::<S>()).text()
}

/// What has changed of a surface since a lock was written of it.
///
/// # Errors
///
/// If the text is no lock, or one of a later form.
///
/// ```
/// use telemetry::{catalog, metrics};
///
/// mod before {
///     #[telemetry::metrics]
///     pub trait Metrics {
///         /// Mails handed to the server.
///         #[counter]
///         fn sent(&self, urgent: bool);
///     }
/// }
///
/// #[metrics]
/// pub trait Metrics {
///     /// Mails handed to the server.
///     #[counter]
///     fn sent(&self);
/// }
///
/// let lock = catalog::lock::<dyn before::Metrics>();
/// let changes = catalog::compare::<dyn Metrics>(&lock)?;
/// assert_eq!(changes.worst(), Some(catalog::Severity::Breaking));
/// assert_eq!(changes.iter().next().unwrap().class, catalog::Class::LabelRemoved);
/// # Ok::<(), catalog::LockError>(())
/// ```
pub fn compare<S: Surface + ?Sized>(lock: &str) -> Result<Changes, LockError> {
    Ok(diff::compare(&Lock::parse(lock)?, &Catalog::of::<S>()))
}

/// The one place where an assertion fails, at the caller's line.
#[track_caller]
#[allow(clippy::panic, reason = "a failing assertion of a test")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
