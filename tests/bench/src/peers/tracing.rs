//! tracing-subscriber: the formats of `fmt`, for the same event written by hand.

use crate::references::info;
use crate::row::{Class, Row};
use crate::workload::Workload;
use std::io;
use tracing::Dispatch;

const WHO: &str = "tracing-subscriber";

pub fn rows(workload: Workload) -> Vec<Row> {
    use tracing_subscriber::fmt;
    match workload {
        Workload::LogLine => vec![
            info(WHO, "`fmt`, full, without time", Class::Ordinary, || {
                Dispatch::new(fmt().without_time().with_ansi(false).with_writer(io::sink).finish())
            }),
            info(WHO, "`fmt`, compact, without time", Class::Ordinary, || {
                Dispatch::new(fmt().compact().without_time().with_ansi(false).with_writer(io::sink).finish())
            }),
            info(WHO, "`fmt`, full, without time, level and target", Class::Fast, || {
                let fmt = fmt().without_time().with_level(false).with_target(false);
                Dispatch::new(fmt.with_ansi(false).with_writer(io::sink).finish())
            }),
        ],
        Workload::LogTimed => vec![
            info(WHO, "`fmt`, full", Class::Ordinary, || {
                Dispatch::new(fmt().with_ansi(false).with_writer(io::sink).finish())
            }),
            info(WHO, "`fmt`, compact", Class::Ordinary, || {
                Dispatch::new(fmt().compact().with_ansi(false).with_writer(io::sink).finish())
            }),
            info(WHO, "`fmt`, JSON", Class::Ordinary, || {
                Dispatch::new(fmt().json().with_writer(io::sink).finish())
            }),
            info(WHO, "`fmt`, JSON, flattened", Class::Fast, || {
                let json = fmt().json().flatten_event(true).with_current_span(false).with_span_list(false);
                Dispatch::new(json.with_writer(io::sink).finish())
            }),
        ],
        _ => vec![],
    }
}
