//! A struct that holds a surface derives `Debug`.

use std::rc::Rc;
use std::sync::Arc;
use telemetry::{NoOp, metrics};

#[metrics]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self);
}

#[derive(Debug)]
struct App<'a> {
    shared: Arc<dyn Metrics>,
    spelt_out: Box<dyn Metrics + Send + Sync>,
    half: [Box<dyn Metrics + Send>; 1],
    other_half: Option<Rc<dyn Metrics + Sync>>,
    borrowed: &'a dyn Metrics,
}

fn main() {
    let app = App {
        shared: Arc::new(NoOp),
        spelt_out: Box::new(NoOp),
        half: [Box::new(NoOp)],
        other_half: None,
        borrowed: &NoOp,
    };
    let shown = format!("{app:?}");
    assert_eq!(
        shown,
        "App { shared: Metrics, spelt_out: Metrics, half: [Metrics], other_half: None, borrowed: Metrics }"
    );
    for metrics in [&*app.shared, app.borrowed] {
        metrics.requests();
    }
    app.spelt_out.requests();
    app.half[0].requests();
}
