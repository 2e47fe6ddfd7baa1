//! What reaches a `tracing` subscriber, as lines of text.

use std::fmt::{Debug, Write};
use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;

/// The lines that are written during a call: level, target, and each field by its name.
pub fn lines(run: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    tracing::subscriber::with_default(registry().with(lines.clone()), run);
    take(&mut lines.0.lock().unwrap_or_else(PoisonError::into_inner))
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, text: &str) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, " {}={text}", field.name());
    }

    /// Numbers and `bool`; a label that is `bool` is text in one surface and `bool` in the other.
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
