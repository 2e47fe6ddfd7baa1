//! What is wrong with the text of another metrics crate is warned of once, not at each scrape.

use crate::capture::Written;
use crate::events::in_a_child;
use std::sync::{Arc, Mutex};
use telemetry::Registry;
use telemetry::prometheus::{Format, render};
use tracing::Level;
use tracing::subscriber::with_default;

#[test]
fn external_text_left_out_of_scrapes_is_warned_of_once() {
    in_a_child("foreign", "external_text_left_out_of_scrapes_is_warned_of_once", || {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(Level::WARN);
        let text = Arc::new(Mutex::new("a 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\n"));
        let (registry, read) = (Registry::new(), text.clone());
        registry.join(move || (*read.lock().unwrap()).to_owned());
        let scrape = || (0..3).for_each(|_| drop(render(&registry, Format::OpenMetrics)));
        with_default(subscriber.with_writer(written.clone()).finish(), || {
            scrape();
            *text.lock().unwrap() = "a 1\nb{x=\"s3cret\n\"} 1\n";
            scrape();
        });
        let text = written.text();
        let warnings: Vec<_> = text.lines().map(|line| line.split_once("WARN ").unwrap().1).collect();
        let says = "telemetry: joined metrics are left out of each scrape: line";
        let no_bucket =
            format!("{says} 3, `h`: series has no bucket `le=\"+Inf\"`, or a bucket after it source=0");
        let not_closed = format!("{says} 2, column 5, `b`: label value is not closed by a quote source=0");
        assert_eq!(warnings, [no_bucket, not_closed]);
    });
}
