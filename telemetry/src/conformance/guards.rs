//! The guards that a conformance test starts and ends.

use super::arguments::Plan;
use super::call::{cut, message};
use super::recorder::Recorder;
use crate::contain::discard;
use crate::event::Site;
use crate::guard::{GuardEdge, GuardStart, GuardState, GuardedEvent, Started};
use crate::label::LabelValue;
use crate::schema::{EventSchema, InstrumentLabel, Measure};
use crate::surface::Surface;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A method with a guard, and the labels with which to start it.
pub(super) struct Guarded {
    event: GuardedEvent,
    start: &'static str,
    /// True for each label of the event that an in-flight instrument has.
    kept: Vec<bool>,
    plan: Plan,
}

/// One edge that was passed.
struct MadeEdge<'a> {
    guarded: &'a Guarded,
    labels: &'a [LabelValue<'static>],
    is_start: bool,
}

impl Guarded {
    /// Returns the guard of an event, if it has one.
    pub fn new(site: &'static Site, index: usize, plan: Plan) -> Option<Self> {
        let schema = site.schema();
        let start = schema.guard?.start;
        Some(Guarded { event: GuardedEvent::new(schema, site, index), start, kept: kept(schema), plan })
    }

    /// Starts and ends a guard with each value of its labels; the last time with the plain ones. Returns the
    /// number of guards.
    pub fn start_and_end<S: Surface + ?Sized>(
        &self,
        backend: &S,
        recorder: Option<&Recorder>,
    ) -> Result<usize, String> {
        if !self.kept.contains(&true) {
            self.pass_both(backend, &[], recorder)?;
            return Ok(1);
        }
        let mut guards = 0;
        for arguments in self.plan.all() {
            // As a guard passes them: of bounded length, and absent where nothing in flight has the label.
            let labels = arguments.labels.iter().zip(&self.kept).zip(self.event.schema().labels);
            let labels: Vec<_> = labels
                .map(|((value, kept), label)| if *kept { label.set.limit(*value) } else { LabelValue::None })
                .collect();
            self.pass_both(backend, &labels, recorder)?;
            guards += 1;
        }
        Ok(guards)
    }

    /// Passes the start and the end of one guard.
    fn pass_both<S: Surface + ?Sized>(
        &self,
        backend: &S,
        labels: &[LabelValue<'static>],
        recorder: Option<&Recorder>,
    ) -> Result<(), String> {
        let mut state = GuardState::unheard();
        for is_start in [true, false] {
            let made = MadeEdge { guarded: self, labels, is_start };
            let time = Cell::new(None);
            let passed = catch_unwind(AssertUnwindSafe(|| {
                let pass = |edge: &mut GuardEdge<'_>| {
                    S::__guard_edge(backend, edge);
                    time.set(edge.time());
                };
                if is_start {
                    let mut started = Started::here();
                    let mut start = GuardStart::new(&mut started, &self.event, labels);
                    start.pass(pass);
                    let time = start.finish();
                    state = GuardState::new((), started, time);
                } else if let Some(((), mut end)) = state.end(&self.event, labels) {
                    pass(end.edge());
                }
            }));
            if let Err(payload) = passed {
                let fault = format!("{made} panicked: {}", message(&*payload));
                discard(payload);
                return Err(fault);
            }
            let verified = recorder.map_or(Ok(()), |recorder| recorder.expect_edge(time.get()));
            verified.map_err(|fault| format!("{made} {fault}"))?;
        }
        Ok(())
    }
}

/// Returns for each label of an event whether an in-flight instrument has it.
fn kept(schema: &EventSchema) -> Vec<bool> {
    let in_flight = || schema.instruments.iter().filter(|one| one.measure == Measure::InFlight);
    let has = |index| in_flight().any(|one| one.labels.contains(&InstrumentLabel::Param(index)));
    (0..schema.labels.len()).map(has).collect()
}

/// Prints the edge with the labels of what is in flight.
impl fmt::Display for MadeEdge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = if self.is_start { "start" } else { "end" };
        let labels = self.guarded.event.schema().labels.iter().zip(self.labels).zip(&self.guarded.kept);
        let labels = labels.filter(|(_, kept)| **kept);
        let labels: Vec<String> = labels
            .map(|((label, value), _)| format!("{}={}", label.param, label.set.display(value)))
            .collect();
        let call = format!("{}({})", self.guarded.start, labels.join(", "));
        write!(f, "the {edge} of the guard of `{}`", cut(&call))
    }
}
