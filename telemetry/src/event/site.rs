//! A metric method as `tracing` knows it: a callsite whose metadata is made from the schema.

use crate::schema::EventSchema;
use tracing::callsite::{Callsite, DefaultCallsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::{Kind, Metadata};

/// The `tracing` callsite of one metric method: one static per method, made by the expansion.
///
/// Hand-made statics, as `tracing::event!` makes them, with one shared function that emits: the macro per
/// method takes three to four times as long to compile.
#[derive(Debug)]
pub struct Site {
    schema: &'static EventSchema,
    callsite: DefaultCallsite,
    metadata: Metadata<'static>,
}

/// The name of every callsite of ours, by which `log::Lines` tells them from other events.
pub const CALLSITE_NAME: &str = "telemetry::metric";

impl Site {
    /// `fields` is [`field_names`] of the schema; `this` is the static that this value initializes.
    #[must_use]
    pub const fn new(
        schema: &'static EventSchema,
        fields: &'static [&'static str],
        this: &'static Site,
    ) -> Self {
        let log = &schema.log;
        Site {
            schema,
            callsite: DefaultCallsite::new(&this.metadata),
            metadata: Metadata::new(
                CALLSITE_NAME,
                log.target,
                log.level,
                Some(schema.source.file),
                Some(schema.source.line),
                Some(schema.module),
                FieldSet::new(fields, Identifier(&this.callsite as &dyn Callsite)),
                Kind::EVENT,
            ),
        }
    }

    /// What was declared.
    #[must_use]
    pub const fn schema(&self) -> &'static EventSchema {
        self.schema
    }

    pub(crate) const fn callsite(&'static self) -> &'static DefaultCallsite {
        &self.callsite
    }

    pub(crate) const fn metadata(&'static self) -> &'static Metadata<'static> {
        &self.metadata
    }
}

/// The field names of an event's log line: the kind, then labels, then values, in declaration order.
#[must_use]
pub const fn field_names<const N: usize>(schema: &EventSchema) -> [&'static str; N] {
    let mut names = [schema.line_key(); N];
    let labels = schema.labels.len();
    let mut at = 0;
    while at < labels {
        names[1 + at] = schema.labels[at].key;
        at += 1;
    }
    at = 0;
    while at < schema.values.len() {
        names[1 + labels + at] = schema.value_key(at);
        at += 1;
    }
    names
}
