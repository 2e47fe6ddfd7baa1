//! Views in statsd: differences, samples and up-down counters of what is summed have the tags that are left.

use crate::receiver::Receiver;
use crate::surface::LONG;
use telemetry::metrics;
use telemetry::registry::{Registry, View};
use telemetry::statsd::Dialect;

#[metrics(namespace = "viewed", labels(#[label(cap = 64)] pool: &str))]
pub trait Pool {
    /// Checkouts.
    #[counter]
    #[histogram(name = "took", value = n, buckets = [1.0])]
    #[log(off)]
    fn checkouts(&self, n: f64);

    /// Time that they waited.
    #[histogram(value = n, buckets = [1.0])]
    #[log(off)]
    fn waited(&self, n: f64);

    /// Connections in use.
    #[up_down_counter(value = n)]
    #[log(off)]
    fn in_use(&self, n: i64);
}

#[test]
fn what_is_summed_arrives_once_and_what_is_off_does_not() {
    let builder = Registry::builder().view("viewed.checkouts", View::without(["pool"]));
    let builder = builder.view("viewed.took", View::without(["pool"])).view("viewed.waited", View::off());
    let registry = builder.view("viewed.in_use", View::without(["pool"])).build().unwrap();
    let register = |pool| registry.register_with::<dyn Pool>(PoolLabels { pool }).unwrap();
    let receiver = Receiver::udp();
    let start = || receiver.config().dialect(Dialect::DogStatsd).start(&registry).unwrap();
    let guard = start();
    let (kept, gone) = (register("kept"), register("gone"));
    for pool in [&kept, &gone] {
        pool.checkouts(0.5);
        pool.waited(0.5);
        pool.in_use(2);
    }
    guard.flush(LONG).unwrap();
    let first = ["viewed.checkouts:2|c", "viewed.in_use:4|g", "viewed.took:0.5|h", "viewed.took:0.5|h"];
    assert_eq!(receiver.sorted(), first);
    gone.checkouts(5.0);
    drop(gone);
    guard.flush(LONG).unwrap();
    assert_eq!(receiver.sorted(), ["viewed.checkouts:1|c", "viewed.in_use:2|g", "viewed.took:5|h"]);
    guard.flush(LONG).unwrap();
    kept.checkouts(7.0);
    guard.shutdown(LONG).unwrap();
    let rest = ["viewed.checkouts:1|c", "viewed.in_use:2|g", "viewed.in_use:2|g", "viewed.took:7|h"];
    assert_eq!(receiver.sorted(), rest, "the final value of a part that is gone is not sent again");
    // The next exporter goes on where this one stopped.
    drop(guard);
    let guard = start();
    kept.checkouts(8.0);
    guard.flush(LONG).unwrap();
    assert_eq!(receiver.sorted(), ["viewed.checkouts:1|c", "viewed.in_use:2|g", "viewed.took:8|h"]);
}
