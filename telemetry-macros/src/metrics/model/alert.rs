//! Alerts and service level objectives in the model.

use super::{Event, Instrument, Namespace, Surface};
use crate::grammar::Quantity;
use crate::name;
use proc_macro2::Span;
use syn::{Expr, Ident, LitStr};

/// An alert rule.
pub struct Alert {
    /// The attribute's name.
    pub span: Span,
    pub quantity: &'static Quantity,
    pub above: bool,
    pub threshold: Expr,
    pub quantile: Option<Expr>,
    /// The counters that a ratio divides by.
    pub to: Vec<Ident>,
    /// The counters of the surface whose growth it adds to its instrument's.
    pub also: Vec<Ident>,
    pub matching: Vec<Matcher>,
    /// The series in a ratio's denominator: labels of the first counter of `to`, or of the instrument.
    pub of: Vec<Matcher<Ident>>,
    pub by: Vec<AlertLabel>,
    pub over: Option<LitStr>,
    pub hold: Option<LitStr>,
    pub severity: Option<LitStr>,
    pub name: Option<LitStr>,
    pub runbook: Option<LitStr>,
    /// The labels that it adds to the rule.
    pub labels: Vec<(Ident, LitStr)>,
}

/// A service level objective.
pub struct Slo {
    /// The attribute's name.
    pub span: Span,
    pub name: Option<LitStr>,
    pub objective: Expr,
    pub good: Vec<Matcher>,
    /// The bound up to which a histogram's numbers are good.
    pub below: Option<Expr>,
    pub of: Vec<Matcher>,
    pub window: Option<LitStr>,
    pub runbook: Option<LitStr>,
    pub labels: Vec<(Ident, LitStr)>,
}

/// The values of a label that an alert, an objective or a log line selects.
pub struct Matcher<L = usize> {
    /// The label. Its index: for a log line among all parameters, else among those of the instrument.
    pub label: L,
    pub values: Vec<LitStr>,
    /// The texts with which a value may begin.
    pub prefixes: Vec<LitStr>,
    /// True if it selects all but those.
    pub negated: bool,
}

impl<L> Matcher<L> {
    /// Returns the texts in the order in which checks count them.
    pub fn texts(&self) -> impl Iterator<Item = &LitStr> {
        self.values.iter().chain(&self.prefixes)
    }
}

/// A label by which an alert keeps series apart.
pub enum AlertLabel {
    /// The label with this index among those of the instrument.
    Own(Ident, usize),
    /// The label that Prometheus gives the process that it scrapes.
    Instance,
}

impl Slo {
    /// Returns its name: the declared one, or the instrument's.
    pub fn name(&self, instrument: &Instrument) -> String {
        self.name.as_ref().map_or_else(|| instrument.name.word(), LitStr::value)
    }
}

impl Alert {
    /// Returns the labels among which `of` selects: those of the first counter that it divides by.
    pub fn of_labels(&self, surface: &Surface<'_>, event: &Event<'_>, own: &Instrument) -> Vec<String> {
        match self.to.first() {
            None => own.label_names(event),
            Some(to) => surface.counter(to).map(|(event, one)| one.label_names(event)).unwrap_or_default(),
        }
    }

    /// Returns the rule's name: the declared one, or the metric's name and the condition.
    pub fn name(&self, surface: &Surface<'_>, instrument: &Instrument) -> String {
        let namespace = surface.namespace.as_ref().map(Namespace::text).unwrap_or_default();
        match &self.name {
            Some(name) => name.value(),
            None => name::pascal_case(&name::in_prometheus(&namespace)) + &self.name_in(instrument),
        }
    }

    /// Returns the rule's name in a surface without namespace, if it states none.
    pub fn name_in(&self, instrument: &Instrument) -> String {
        let digits = self.quantile.as_ref().and_then(crate::attr::number).map(|quantile| {
            let digits = quantile.to_string().replacen("0.", "", 1);
            format!("P{digits:0<2}")
        });
        let words = name::pascal_case(&instrument.name.word());
        let side = if self.above { "Above" } else { "Below" };
        format!("{words}{}{}{side}", digits.unwrap_or_default(), self.quantity.word)
    }
}
