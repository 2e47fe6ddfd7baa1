//! The ids of the trace that a call belongs to, from whichever tracing library a program has.

/// The ids of the span in which a metric is recorded, as W3C Trace Context and OpenTelemetry have them.
///
/// This library depends on no version of OpenTelemetry. A program passes a function that asks its own, the
/// same one for [the ids on log lines](crate::log::Layer::with_trace_context) and for [the exemplars of
/// metrics](crate::registry::Builder::exemplars).
///
/// # Examples
///
/// ```
/// use telemetry::TraceContext;
///
/// let trace_id = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
/// let context = TraceContext::new(trace_id, [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]).unwrap();
/// assert_eq!(context.trace_id(), trace_id);
/// assert!(context.is_sampled() && !context.with_sampled(false).is_sampled());
///
/// assert_eq!(TraceContext::new(trace_id, [0; 8]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    sampled: bool,
}

impl TraceContext {
    /// Creates the context of a sampled trace. Returns `None` if one of the ids is zero: such an id stands
    /// for no trace.
    #[must_use]
    pub const fn new(trace_id: [u8; 16], span_id: [u8; 8]) -> Option<Self> {
        if u128::from_be_bytes(trace_id) == 0 || u64::from_be_bytes(span_id) == 0 {
            return None;
        }
        Some(TraceContext { trace_id, span_id, sampled: true })
    }

    /// Sets whether the trace is sampled, so that somebody can look it up later.
    ///
    /// A log line has the ids of every trace. An exemplar has those of sampled traces only.
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        TraceContext { sampled, ..self }
    }

    /// Returns whether the trace is sampled.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// Returns the id of the trace, its first byte first.
    #[must_use]
    pub const fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// Returns the id of the span, its first byte first.
    #[must_use]
    pub const fn span_id(&self) -> [u8; 8] {
        self.span_id
    }
}
