//! M17: traits with the names of what an expansion could need.

use telemetry::{NoOp, metrics};

macro_rules! surfaces {
    ($($module:ident $name:ident $recording:ident)*) => {$(
        mod $module {
            use super::*;

            #[metrics]
            pub trait $name {
                /// Requests served.
                #[counter]
                fn requests(&self, cached: bool, route: core::option::Option<bool>);

                /// Bytes sent.
                #[counter(value = size)]
                fn sent(&self, size: core::option::Option<u64>);
            }

            pub fn test() {
                let recording = $recording::default();
                for metrics in [&NoOp as &dyn $name, &recording] {
                    metrics.requests(true, core::option::Option::None);
                    metrics.sent(core::option::Option::Some(3));
                }
                recording.sent_calls().assert_sum(3);
            }
        }
    )*};
}

surfaces! {
    counter Counter RecordingCounter
    result Result RecordingResult
    option Option RecordingOption
    string String RecordingString
    vec Vec RecordingVec
    label Label RecordingLabel
    event Event RecordingEvent
    sink Sink RecordingSink
    send Send RecordingSend
    clone Clone RecordingClone
    t T RecordingT
    call Call RecordingCall
}

fn main() {
    counter::test();
    result::test();
    option::test();
    string::test();
    vec::test();
    label::test();
    event::test();
    sink::test();
    send::test();
    clone::test();
    t::test();
    call::test();
}
