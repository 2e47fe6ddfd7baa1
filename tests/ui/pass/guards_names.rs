//! Guards where names are in the way: parameters with the names of what an expansion binds, raw identifiers,
//! `macro_rules`, `cfg`, two surfaces in one module, and the library under another name.

#![no_implicit_prelude]
#![deny(warnings)]

extern crate telemetry as renamed;

use ::core::clone::Clone;
use ::core::default::Default;
use ::core::marker::Copy;
use ::core::option::Option::{self, None, Some};
use ::core::prelude::v1::{Debug, Eq, PartialEq, derive};
use ::core::time::Duration;
use ::core::{assert_eq, mem::drop};
use ::telemetry::{Label, NoOp, Surface, metrics};

#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Aborted,
}

#[metrics]
pub trait Hostile {
    /// Labels at the start.
    #[counter]
    #[up_down_counter(in_flight, name = "started_running")]
    #[log(off)]
    fn started(
        &self,
        #[label(name = "h")] __handle: bool,
        handle: Outcome,
        state: Option<Outcome>,
        #[label(name = "s", cap = 9)] __state: &str,
        #[label(cap = 9)] guard: Option<&str>,
        edge: bool,
        self_: bool,
        elapsed: bool,
        end: bool,
        discard: bool,
        #[context] text: &str,
        #[context] kept: u64,
    );

    /// Labels at the end.
    #[histogram(name = "end_duration", value = elapsed)]
    #[counter(value = edge)]
    #[guard(start, elapsed = elapsed)]
    #[log(off)]
    fn ended(
        &self,
        #[end(default = true)] handle: bool,
        #[end(default = Outcome::Aborted)] state: Outcome,
        #[end(default = "none")]
        #[label(cap = 9)]
        guard: &str,
        #[end] edge: Option<u64>,
        #[end(default = false)] self_: bool,
        #[end(default = None)] end: Option<Outcome>,
        elapsed: Duration,
    );

    /// Moves.
    #[counter]
    #[guard]
    fn r#move(&self, r#type: Outcome, #[end(default = Outcome::Aborted)] r#fn: Outcome);

    /// Matches.
    #[counter]
    #[guard(r#match)]
    fn matches(&self, #[end(default = Outcome::Aborted)] r#in: Outcome);
}

macro_rules! surface {
    (
        $name:ident { $($method:ident by $start:ident($param:ident: $type:ident) or $default:expr;)* }
        $label:ty
    ) => {
        #[metrics(namespace = "e2a")]
        pub trait $name {
            $(
                /// Jobs done.
                #[counter]
                #[up_down_counter(in_flight, name = "running", labels(kind))]
                #[guard($start)]
                fn $method(&self, kind: $label, #[end(default = $default)] $param: $type, again: Outcome);
            )*
        }
    };
}

surface! {
    Captured { jobs by begin_job(outcome: Outcome) or Outcome::Aborted; } Outcome
}

#[metrics]
pub trait Cfg {
    /// Declared twice, and there once.
    #[cfg(all())]
    #[counter]
    #[guard(start_job)]
    fn jobs(&self, outcome: Outcome, #[end(default = false)] cached: bool);

    /// Declared twice, and there once.
    #[cfg(any())]
    #[counter]
    #[guard(start_job)]
    fn jobs(&self, #[end(default = Nowhere)] nowhere: Nowhere);

    /// Not there: not even its types exist.
    #[cfg(any())]
    #[counter]
    #[up_down_counter(in_flight, name = "absent_running")]
    fn absent(&self, nowhere: Nowhere, #[end(default = Nowhere)] there: Nowhere);
}

/// Another surface with a guard of the same name.
#[metrics(crate = ::renamed)]
pub trait Other {
    /// Jobs done.
    #[counter]
    #[up_down_counter(in_flight, name = "jobs_running")]
    #[guard(start_job)]
    fn jobs(&self, outcome: Outcome);
}

fn main() {
    let hostile = RecordingHostile::default();
    let started = hostile.start_started(
        true,
        Outcome::Done,
        None,
        "a",
        Some("b"),
        true,
        true,
        true,
        true,
        true,
        "c",
        7,
    );
    assert_eq!(hostile.in_flight(), 1);
    started.end();
    hostile.started_calls().handle(Outcome::Done).guard(Some("b")).assert_once();
    assert_eq!(hostile.started_calls().last().kept, 7);

    hostile.start().end(false, Outcome::Done, "b", Some(3), true, None);
    drop(hostile.start());
    hostile.ended_calls().state(Outcome::Done).handle(false).assert_once();
    hostile.ended_calls().state(Outcome::Aborted).handle(true).guard("none").assert_once();
    hostile.start_move(Outcome::Done).end(Outcome::Done);
    hostile.r#match().end(Outcome::Done);
    hostile.move_calls().r#type(Outcome::Done).r#fn(Outcome::Done).assert_once();
    hostile.assert_none_in_flight();

    let captured = RecordingCaptured::default();
    let job = captured.begin_job(Outcome::Done, Outcome::Aborted);
    assert_eq!(captured.in_flight(), 1);
    drop(job);
    captured.jobs_calls().outcome(Outcome::Aborted).assert_once();

    let cfg = RecordingCfg::default();
    cfg.start_job(Outcome::Done).end(true);
    cfg.jobs_calls().cached(true).assert_once();
    assert_eq!(<dyn Cfg as Surface>::SCHEMA.events.len(), 1);

    let other = RecordingOther::default();
    other.start_job(Outcome::Done).end();
    other.jobs_calls().assert_once();
    NoOp.start_move(Outcome::Done).discard();
}
