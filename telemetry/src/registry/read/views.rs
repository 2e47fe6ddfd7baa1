//! The views that a registry applies, as a reading shows them.

use super::snapshot::Snapshot;
use crate::registry::view::View;
use crate::registry::view::family::{Declaration, FamilyView};
use crate::schema::{AlertSchema, InstrumentSchema, Schema, SloSchema};
use std::fmt;

/// A view that a registry applies. [`Snapshot::views`] returns it.
#[derive(Clone, Copy)]
pub struct AppliedView<'a> {
    of: Declaration,
    view: &'a FamilyView,
}

impl AppliedView<'_> {
    /// Returns the name of the instrument in Prometheus and OpenMetrics, without the suffixes of its samples.
    #[must_use]
    pub fn name(&self) -> String {
        self.of.family_name()
    }

    /// Returns the view of the instrument; `None` if its former name alone is off.
    #[must_use]
    pub fn view(&self) -> Option<&View> {
        self.view.view.as_ref()
    }

    /// Returns the former name, if a view turns it off.
    #[must_use]
    pub fn former_off(&self) -> Option<String> {
        let former = self.of.event.former_names(self.of.index);
        former.filter(|_| self.view.is_former_off).map(|names| names.text_family())
    }

    /// Returns the surface that declares the instrument.
    #[must_use]
    pub fn surface(&self) -> &'static Schema {
        self.of.schema
    }

    /// Returns the declaration of the instrument.
    #[must_use]
    pub fn instrument(&self) -> &'static InstrumentSchema {
        self.of.instrument()
    }

    /// Returns the alert rules that read what the view takes away or merges.
    ///
    /// A rule that selects or groups by a label that is gone finds no such series. One on the level of each
    /// series compares their sum, and a quantile is as coarse as its buckets.
    pub fn alerts(&self) -> impl Iterator<Item = &'static AlertSchema> {
        self.view.alerts(self.of)
    }

    /// Returns the objectives (`#[slo]`) whose error ratio the view changes, and so their alerts.
    ///
    /// An objective whose instrument is off, or whose good events had a label that is gone, no longer alerts.
    /// One on a bound of a histogram that is gone sees no good events, and its alerts fire.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::registry::View;
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(namespace = "http")]
    /// pub trait Metrics {
    ///     /// Requests served.
    ///     #[counter]
    ///     #[slo(objective = 0.999, good(ok = "true"), name = "availability")]
    ///     fn requests(&self, ok: bool);
    /// }
    ///
    /// let registry = Registry::builder().view("http_requests", View::without(["ok"])).build()?;
    /// let _metrics = registry.register::<dyn Metrics>()?;
    /// let snapshot = registry.snapshot();
    /// let view = snapshot.views().next().unwrap();
    /// assert_eq!(view.slos().map(|slo| slo.name).collect::<Vec<_>>(), ["availability"]);
    /// assert_eq!(view.to_string(), "`http_requests`: without `ok`; read by the objective `availability`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn slos(&self) -> impl Iterator<Item = &'static SloSchema> {
        self.view.slos(self.of)
    }
}

/// Prints a line for a log.
impl fmt::Display for AppliedView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: ", self.name())?;
        if let Some(view) = self.view() {
            write!(f, "{view}")?;
        }
        if let Some(former) = self.former_off() {
            write!(f, "{}`{former}` off", if self.view().is_some() { "; " } else { "" })?;
        }
        let readers = [
            listed("alert", self.alerts().map(|alert| alert.name)),
            listed("objective", self.slos().map(|slo| slo.name)),
        ];
        let readers: Vec<_> = readers.into_iter().flatten().collect();
        if readers.is_empty() { Ok(()) } else { write!(f, "; read by {}", readers.join(" and ")) }
    }
}

/// Returns names behind what they are names of, such as "the alerts `A`, `B`"; nothing without a name.
fn listed(of: &str, names: impl Iterator<Item = &'static str>) -> Option<String> {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    (!names.is_empty()).then(|| format!("the {of}{plural} {}", names.join(", ")))
}

impl fmt::Debug for AppliedView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AppliedView").field(&self.to_string()).finish()
    }
}

impl Snapshot {
    /// Returns the views that have found their instrument, in the order of registration and declaration.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::registry::View;
    /// use telemetry::{Registry, metrics};
    ///
    /// #[metrics(namespace = "jobs")]
    /// pub trait Metrics {
    ///     /// Jobs that failed.
    ///     #[counter]
    ///     #[alert(rate_above = 1, over = "5m")]
    ///     fn failed(&self);
    /// }
    ///
    /// let registry = Registry::builder().view("jobs_failed_total", View::off()).build()?;
    /// let _metrics = registry.register::<dyn Metrics>()?;
    /// let snapshot = registry.snapshot();
    /// let lines: Vec<_> = snapshot.views().map(|view| view.to_string()).collect();
    /// assert_eq!(lines, ["`jobs_failed`: off; read by the alert `JobsFailedRateAbove`"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn views(&self) -> impl Iterator<Item = AppliedView<'_>> {
        self.shapes().flat_map(|shape| {
            let views = shape.groups.iter().zip(&shape.views);
            views.filter_map(|(group, view)| {
                let event = shape.schema.events[group.event];
                let of = Declaration { schema: shape.schema, event, index: group.instrument };
                Some(AppliedView { of, view: &view.as_ref()?.family })
            })
        })
    }
}
