//! A log line written by hand: straight into a buffer, and the event by `info!`.

use super::WHO;
use crate::opaque;
use crate::row::{Class, Loop, Row, triples};
use crate::workload::input::{self, Method};
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// The event by hand, to this subscriber.
pub fn info(who: &'static str, how: &'static str, class: Class, subscriber: fn() -> Dispatch) -> Row {
    Row::new(who, how, class, move || {
        Ok(move || -> Loop {
            let record = |path: &str, method: Method, count: u64| {
                tracing::info!(
                    target: "metrics",
                    event = "items.stored",
                    path,
                    method = method.text(),
                    count
                );
            };
            triples(input::paths(), input::methods(), input::counts(), record).within(subscriber())
        })
    })
}

pub fn calls() -> Vec<Row> {
    vec![
        info(WHO, "`info!`", Class::Limit, || {
            Dispatch::new(tracing_subscriber::fmt().with_ansi(false).with_writer(io::sink).finish())
        }),
        info(WHO, "`info!`, to a subscriber that only looks at the fields", Class::Reference, || {
            Dispatch::new(Looks)
        }),
        info(WHO, "`info!`, no subscriber", Class::Reference, Dispatch::none),
    ]
}

/// A subscriber that does the least.
pub struct Looks;

impl Subscriber for Looks {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Look);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Look;

impl Visit for Look {
    fn record_u64(&mut self, _: &Field, number: u64) {
        opaque::value(number);
    }

    fn record_str(&mut self, _: &Field, text: &str) {
        opaque::value(text.len() as u64);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

pub fn lines() -> Vec<Row> {
    vec![by_hand(false)]
}

pub fn timed() -> Vec<Row> {
    vec![
        by_hand(true),
        Row::new(WHO, "`SystemTime::now`", Class::Reference, || {
            Ok(|| crate::row::repeat(|| _ = opaque::value(now().1)))
        }),
    ]
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static SECOND: Cell<u64> = const { Cell::new(0) };
}

/// No `tracing`, no escape that is not needed, and a second that is computed once.
fn by_hand(time: bool) -> Row {
    Row::new(WHO, "written by hand", Class::Limit, move || {
        Ok(move || {
            triples(
                input::paths(),
                input::methods(),
                input::counts(),
                move |path: &str, method: Method, count| {
                    BUFFER.with_borrow_mut(|line| {
                        line.clear();
                        if time {
                            push_time(line);
                        } else {
                            line.extend_from_slice(b"[metrics] event=items.stored path=");
                        }
                        if path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
                            line.extend_from_slice(path.as_bytes());
                        }
                        line.extend_from_slice(b" method=");
                        line.extend_from_slice(method.text().as_bytes());
                        line.extend_from_slice(b" count=");
                        line.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
                        line.push(b'\n');
                        _ = io::sink().write_all(line);
                        opaque::memory();
                    });
                },
            )
        })
    })
}

fn push_time(line: &mut Vec<u8>) {
    let (second, mut micros) = now();
    SECOND.set(second);
    let mut text = *b"time=2026-05-04T09:00:00.000000Z level=info event=items.stored path=";
    for digit in text[25..31].iter_mut().rev() {
        *digit = b'0' + (micros % 10) as u8;
        micros /= 10;
    }
    line.extend_from_slice(&text);
}

fn now() -> (u64, u64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now.as_secs(), now.subsec_micros().into())
}
