//! What an expansion may name, and nothing else. Not part of the public interface: it changes with any
//! release.

pub use crate::argument::no_argument;
pub use crate::context::{Context, ContextValue};
pub use crate::event::{Site, field_names};
pub use crate::guard::{
    CloneHandle, GuardEnd, GuardStart, GuardState, GuardedEvent, Listeners, Mentions, Restore, Returns,
    Started,
};
pub use crate::label::listed::{ListText, Listed, Texts, listed, listed_text, with_other};
pub use crate::label::{Closed, Domain, Label, LabelSet, LabelValue, NONE, OTHER, Open, Passed, is_copy};
pub use crate::mock::{Journal, OneValue, Params, Record, View};
pub use crate::registry::{Cons, Instruments, event_index};
pub use crate::schema::{
    AlertSchema, Condition, ContextSchema, EventSchema, FormerName, Good, Initial, InstrumentLabel,
    InstrumentSchema, Kind, LabelSchema, LogSchema, Matcher, Measure, Quantity, Removal, Schema, SloSchema,
    Source, Stability, Unit, ValueSchema, alert_name, check,
};
pub use crate::surface::{LabeledSurface, RegistrationLabels, Surface, UnlabeledSurface};
pub use crate::value::{Number, Value};
pub use crate::{Event, GuardEdge, Log, NoOp, Sink, SinkAdapter};
pub use tracing::Level;

pub use std::boxed::Box;
pub use std::fmt::Display;
pub use std::option::Option::{self, None, Some};
pub use std::string::String;
pub use std::sync::Arc;
pub use std::time::Duration;
pub use std::vec::Vec;
