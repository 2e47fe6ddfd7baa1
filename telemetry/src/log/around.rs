//! Finds what is around a call, for its line: the ids of the trace, and fields of the spans.

use super::added::{AddedFields, AddedValue};
use super::span_fields::{Kept, Name};
use super::summary::SILENT;
use crate::contain::contained;
use crate::trace::TraceContext;
use std::str;
use std::sync::Arc;
use tracing::Event;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// A function that returns the ids of the span in which the calling thread is.
pub(super) type TraceSource = fn() -> Option<TraceContext>;

/// The keys of a trace's ids, as OpenTelemetry has them for log lines.
const TRACE_ID: &str = "trace_id";
const SPAN_ID: &str = "span_id";

/// The settings of a layer about what is around a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    pub(super) names: Arc<[Name]>,
    pub(super) trace: Option<TraceSource>,
}

impl Around {
    /// Returns what to add to the line of an event, if there may be something. `current` returns the
    /// innermost span of the calling thread.
    ///
    /// A summary adds up calls in any spans, so it has nothing of the span in which it is written.
    pub(super) fn find<'s, S: LookupSpan<'s>>(
        &self,
        event: &Event<'_>,
        current: impl FnOnce() -> Option<SpanRef<'s, S>>,
    ) -> Option<Here<'_, 's, S>> {
        if self.names.is_empty() && self.trace.is_none() {
            return None;
        }
        if event.metadata().fields().field(SILENT).is_some() {
            return None;
        }
        // The source is code of the program.
        let trace = self.trace.and_then(|source| contained(source).flatten());
        let span = if self.names.is_empty() { None } else { current() };
        Some(Here { names: &self.names, trace, span })
    }
}

/// The trace and the innermost span of a line.
pub(super) struct Here<'a, 's, S: LookupSpan<'s>> {
    names: &'a [Name],
    trace: Option<TraceContext>,
    span: Option<SpanRef<'s, S>>,
}

impl<'s, S: LookupSpan<'s>> AddedFields for Here<'_, 's, S> {
    fn visit(&self, write: &mut dyn FnMut(&str, AddedValue<'_>)) {
        if let Some(trace) = &self.trace {
            write_id::<16, 32>(TRACE_ID, trace.trace_id(), write);
            write_id::<8, 16>(SPAN_ID, trace.span_id(), write);
        }
        let Some(span) = &self.span else { return };
        for name in self.names {
            if self.trace.is_some() && [TRACE_ID, SPAN_ID].contains(&name.key()) {
                continue;
            }
            for span in span.scope() {
                let extensions = span.extensions();
                if let Some(value) = extensions.get::<Kept>().and_then(|kept| kept.get(name)) {
                    write(name.key(), value);
                    break;
                }
            }
        }
    }
}

/// Writes an id as lower-case hexadecimal digits, two for each byte.
fn write_id<const BYTES: usize, const DIGITS: usize>(
    key: &str,
    id: [u8; BYTES],
    write: &mut dyn FnMut(&str, AddedValue<'_>),
) {
    const { assert!(DIGITS == 2 * BYTES) };
    let mut digits = [0; DIGITS];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(id) {
        pair[0] = DIGIT[usize::from(byte >> 4)];
        pair[1] = DIGIT[usize::from(byte & 0xf)];
    }
    match str::from_utf8(&digits) {
        Ok(text) => write(key, AddedValue::Text(text)),
        Err(_) => debug_assert!(false, "digits are ASCII"),
    }
}

const DIGIT: [u8; 16] = *b"0123456789abcdef";
