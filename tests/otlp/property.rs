//! Whatever is recorded, and whichever pushes fail: what arrives adds up to what the registry holds.

use crate::every_kind::{Metrics, Stage};
use crate::fake::{Fake, OK, answer};
use crate::surface::{HOSTILE, config, registered};
use crate::totals::{of_registry, of_requests};
use proptest::prelude::*;
use std::io::Write;
use std::time::Duration;
use telemetry::otlp::{Compression, Temporality};

#[derive(Clone, Debug)]
enum Step {
    Call(Call),
    /// A push, and whether it is taken.
    Push(bool),
}

#[derive(Clone, Debug)]
enum Call {
    Calls,
    Received(u64),
    Cost(f64),
    Busy(Duration),
    Texts(String, Option<Stage>),
    Opened,
    Closed,
    Credit(f64),
    Load(f64),
    Depth(u64, Stage),
    Balance(i64),
    Age(Duration),
    Size(f64),
    Change(f64),
    Took(Option<Duration>, Stage),
}

fn make(call: &Call, metrics: &dyn Metrics) {
    match call {
        Call::Calls => metrics.calls(),
        Call::Received(n) => metrics.received(*n),
        Call::Cost(n) => metrics.cost(*n),
        Call::Busy(took) => metrics.busy(*took),
        Call::Texts(text, stage) => metrics.texts(text, *stage),
        Call::Opened => metrics.opened(),
        Call::Closed => metrics.closed(),
        Call::Credit(n) => metrics.credit(*n),
        Call::Load(n) => metrics.set_load(*n),
        Call::Depth(n, stage) => metrics.set_depth(*n, *stage),
        Call::Balance(n) => metrics.set_balance(*n),
        Call::Age(age) => metrics.set_age(*age),
        Call::Size(n) => metrics.size(*n),
        Call::Change(n) => metrics.change(*n),
        Call::Took(took, stage) => metrics.took(*took, *stage),
    }
}

fn stage() -> impl Strategy<Value = Stage> {
    prop_oneof![Just(Stage::Lease), Just(Stage::Insert)]
}

/// Durations that a sum of some hundred has room for.
fn time() -> impl Strategy<Value = Duration> {
    (0..1_000_000_000_000_u64).prop_map(Duration::from_nanos)
}

/// Numbers that a sum keeps to the ninth digit, and all that are refused.
fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e6..1e6_f64,
        prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&HOSTILE[..]).prop_map(str::to_owned), any::<String>()]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        Just(Call::Calls),
        (0..1_u64 << 40).prop_map(Call::Received),
        float().prop_map(Call::Cost),
        time().prop_map(Call::Busy),
        (text(), prop::option::of(stage())).prop_map(|(text, stage)| Call::Texts(text, stage)),
        Just(Call::Opened),
        Just(Call::Closed),
        (-1000_i32..1000).prop_map(|n| Call::Credit(f64::from(n) / 4.0)),
        float().prop_map(Call::Load),
        (any::<u64>(), stage()).prop_map(|(n, stage)| Call::Depth(n, stage)),
        any::<i64>().prop_map(Call::Balance),
        time().prop_map(Call::Age),
        float().prop_map(Call::Size),
        float().prop_map(Call::Change),
        (prop::option::of(time()), stage()).prop_map(|(took, stage)| Call::Took(took, stage)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![8 => call().prop_map(Step::Call), 1 => any::<bool>().prop_map(Step::Push)];
    prop::collection::vec(step, 0..100)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_arrives_is_what_was_recorded(steps in steps(), is_delta: bool, is_compressed: bool) {
        // Says for each request whether it is taken: the last push has to be.
        let mut taken: Vec<bool> = steps.iter().filter_map(|step| match step {
            Step::Push(taken) => Some(*taken),
            Step::Call(_) => None,
        }).collect();
        taken.push(true);
        let answers = taken.clone();
        let refusal = answer("400 Bad Request", "", b"no");
        let fake = Fake::start(move |number, stream| {
            stream.write_all(if answers[number] { OK } else { &refusal }).unwrap();
        });
        let (registry, metrics) = registered();
        let temporality = if is_delta { Temporality::Delta } else { Temporality::Cumulative };
        let compression = if is_compressed { Compression::Gzip } else { Compression::None };
        let guard = config(&fake.url()).temporality(temporality).compression(compression).start(&registry).unwrap();
        for step in &steps {
            match step {
                Step::Call(call) => make(call, &metrics),
                Step::Push(taken) => {
                    prop_assert_eq!(guard.flush(Duration::from_secs(10)).is_ok(), *taken);
                }
            }
        }
        prop_assert_eq!(guard.shutdown(Duration::from_secs(10)), Ok(()));
        let requests = fake.requests();
        prop_assert_eq!(requests.len(), taken.len());
        let arrived = requests.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(request, _)| &request.message);
        prop_assert_eq!(of_requests(arrived), of_registry(&registry));
    }
}
