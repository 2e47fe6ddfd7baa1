//! What a repeated scrape costs: nothing is allocated for what is known.

use crate::surface::{App, Metrics as _};
use allocation_counter::measure;
use telemetry::prometheus::{Format, Renderer, render};

#[test]
fn a_scrape_without_a_new_series_allocates_nothing() {
    let app = App::new();
    for route in 0..100 {
        app.metrics.requests(&format!("/{route}"));
    }
    let mut renderer = Renderer::new(&app.registry);
    let mut body = Vec::new();
    for format in [Format::Text, Format::OpenMetrics] {
        renderer.render(format, &mut body);
        assert_eq!(measure(|| renderer.render(format, &mut body)).count_total, 0, "nothing changed");

        (0..2_000).for_each(|_| app.metrics.requests("/7"));
        app.metrics.requests("/8");
        renderer.render(format, &mut body); // The buffer grows by the longer numbers.
        app.metrics.requests("/7");
        app.metrics.requests("/8");
        assert_eq!(measure(|| renderer.render(format, &mut body)).count_total, 0, "numbers changed");

        app.metrics.requests(&format!("/new in {format:?}"));
        assert!(measure(|| renderer.render(format, &mut body)).count_total > 0, "the control");
    }
    let lines = |text: &str| text.lines().filter(|line| !line.contains("scrapes")).collect::<String>();
    let text = String::from_utf8(body).unwrap();
    assert_eq!(lines(&text), lines(&render(&app.registry, Format::OpenMetrics)));
}
