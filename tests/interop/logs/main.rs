//! Independent readers count from the outbox's log, by the recipes of the documentation: each series is what
//! a scrape of the same run says, with hostile label values among the events.
//!
//! | format | readers |
//! |---|---|
//! | JSON | jq, by the recipe |
//! | logfmt | `logfmtkv`, which is as strict as go-logfmt; lnav, by the recipe; Splunk's documented rule |
//! | prefixed | mtail, by the recipe |
//! | EMF | Amazon's `aws-embedded-metrics` |
//!
//! `tests/setup` puts them into `target/judges`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

mod context;
mod emf;
mod json;
mod lines;
mod outbox;
mod python;
mod recipe;

// What the readers of a scrape have too.
#[allow(dead_code, reason = "these tests need a part of it")]
#[path = "../prometheus/http.rs"]
mod http;
#[allow(dead_code, reason = "these tests need a part of it")]
#[path = "../prometheus/outbox/run.rs"]
mod run;
#[allow(dead_code, reason = "these tests need a part of it")]
#[path = "../prometheus/samples.rs"]
mod samples;
#[allow(dead_code, reason = "these tests need a part of it")]
#[path = "../prometheus/strict.rs"]
mod strict;
#[allow(dead_code, reason = "these tests need a part of it")]
#[path = "../tool.rs"]
mod tool;
