//! The sinks of the guide's page: what a call of a surface costs that records into somebody else's facade.

#[path = "../../guide/sinks/facade.rs"]
mod facade;
#[path = "../../guide/sinks/meter.rs"]
mod meter;
#[path = "../../guide/sinks/series.rs"]
mod series;

use crate::ours::{Metrics, WHO};
use crate::peers::{metrics as of_facade, opentelemetry as of_meter};
use crate::row::{Class, Fallible, Loop, Row, each};
use crate::workload::Workload;
use crate::workload::input;
use facade::Facade;
use meter::ToMeter;
use std::sync::Arc;
use telemetry::SinkAdapter;

type Dyn = Arc<dyn Metrics>;

/// A row for each sink.
pub fn rows(workload: Workload) -> Vec<Row> {
    let make: fn(Dyn) -> Loop = match workload {
        Workload::ClosedLabel => |metrics| each(input::methods(), move |method| metrics.by_method(method)),
        Workload::CappedText => |metrics| each(input::paths(), move |path| metrics.by_path(path)),
        _ => return Vec::new(),
    };
    vec![
        row("a sink into the `metrics` facade", make, || {
            of_facade::installed()?;
            Ok(Arc::new(SinkAdapter(Facade::default())))
        }),
        row("a sink into an OpenTelemetry `Meter`", make, || {
            Ok(Arc::new(SinkAdapter(ToMeter::new(of_meter::meter()))))
        }),
    ]
}

fn row(how: &'static str, make: fn(Dyn) -> Loop, sink: fn() -> Fallible<Dyn>) -> Row {
    Row::new(WHO, how, Class::Reference, move || {
        let metrics = sink()?;
        Ok(move || make(metrics.clone()))
    })
}
