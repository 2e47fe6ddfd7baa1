//! Subscribers that keep what they are shown: the lines of `Lines`, and typed fields.

use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};
use telemetry::log::Lines;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;

/// What the closure logs, as `Lines` prints it.
pub fn lines(run: impl FnOnce()) -> Vec<String> {
    let written = Written::default();
    let subscriber = tracing_subscriber::fmt()
        .event_format(Lines::default())
        .with_max_level(Level::TRACE)
        .with_writer(written.clone())
        .finish();
    with_default(subscriber, run);
    written.text().lines().map(str::to_owned).collect()
}

/// Runs `run` with a subscriber, while two others are alive.
///
/// With only one, `tracing` asks the default of the thread that comes to a callsite first, and keeps its
/// answer for all threads: a test without a subscriber would mute another one's lines. See
/// `Rebuilder::JustOne` in `tracing-core`.
pub fn with_default<T>(subscriber: impl Subscriber + Send + Sync + 'static, run: impl FnOnce() -> T) -> T {
    static OTHERS: OnceLock<[Dispatch; 2]> = OnceLock::new();
    OTHERS.get_or_init(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::new())));
    tracing::subscriber::with_default(subscriber, run)
}

/// A writer whose clones write to one text.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Written;

    fn make_writer(&self) -> Written {
        self.clone()
    }
}

/// One event as a subscriber sees it.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub level: Level,
    pub target: String,
    pub fields: Vec<(&'static str, Typed)>,
}

/// A field's value, by the method of `Visit` that it came through.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    Str(String),
    U64(u64),
    I64(i64),
    F64(f64),
    Debug(String),
}

/// What the closure logs, typed.
pub fn events(run: impl FnOnce()) -> Vec<Seen> {
    let all = Arc::new(Mutex::new(Vec::new()));
    let kept = all.clone();
    let keep = move |event: &Event<'_>| {
        let metadata = event.metadata();
        let mut seen =
            Seen { level: *metadata.level(), target: metadata.target().to_owned(), fields: Vec::new() };
        event.record(&mut seen);
        kept.lock().unwrap().push(seen);
    };
    with_default(Acts(keep), run);
    std::mem::take(&mut all.lock().unwrap())
}

/// A subscriber that does something with each event.
pub struct Acts<F>(pub F);

impl<F: Fn(&Event<'_>) + Send + Sync + 'static> Subscriber for Acts<F> {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        (self.0)(event);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), Typed::Str(value.to_owned())));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), Typed::U64(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push((field.name(), Typed::I64(value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.push((field.name(), Typed::F64(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.push((field.name(), Typed::Debug(format!("{value:?}"))));
    }
}
