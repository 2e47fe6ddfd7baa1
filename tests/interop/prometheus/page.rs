//! The page in a headless Chromium: what a reader sees of the running outbox and of the relay.

use crate::http;
use crate::outbox::run::{self, Serving};
use crate::tool::{self, Scratch};
use std::fs;
use std::process::Command;

/// The picture in the README: `TELEMETRY_UPDATE=1` takes it again.
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../telemetry/docs/page.png");

fn chromium(scratch: &Scratch) -> Command {
    let mut chromium = tool::program("bin/chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    chromium.arg("--hide-scrollbars");
    chromium.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    chromium.arg(format!("--user-data-dir={}", scratch.file("profile").display()));
    chromium
}

/// The document as the browser holds it.
fn dom(serving: &Serving) -> String {
    let scratch = Scratch::new(&format!("dom-{}", serving.address.port())).unwrap();
    let mut chromium = chromium(&scratch);
    let dumped = chromium.arg("--dump-dom").arg(format!("http://{}/", serving.address)).output().unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    String::from_utf8(dumped.stdout).unwrap()
}

/// The sum of a counter in the scrape.
fn sum(text: &str, name: &str) -> u64 {
    let values =
        text.lines().filter(|line| line.starts_with(name)).map(|line| line.rsplit(' ').next().unwrap());
    values.map(|value| value.parse::<u64>().unwrap()).sum()
}

#[test]
fn a_browser_shows_the_values_of_the_outbox() {
    let outbox = Serving::start(&mut run::command(&[]));
    let text = |address| http::get(address, "/metrics", "text/plain").unwrap().body;
    // The run takes a moment: it is over when the counters stand.
    let scraped = crate::tool::poll(
        || Some(text(outbox.address)).filter(|text| sum(text, "e2a_outbox_events_published_total{") == 1_200),
        || "the run does not end".to_owned(),
    );
    // Where a long word may be broken is no part of the text.
    let dom = dom(&outbox).replace("<wbr>", "");
    assert!(dom.contains("<title>telemetry-outbox metrics</title>"));
    assert!(dom.contains("Webhook events written to the outbox."));
    let lines = scraped.lines().filter(|line| line.starts_with("e2a_outbox_events_published_total{"));
    let mut seen = 0;
    for line in lines {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let label = series.split('"').nth(1).unwrap();
        assert!(
            dom.contains(&format!("<td><bdi>{label}</bdi></td><td class=\"n\" title=\"{value}\">")),
            "{line}"
        );
        seen += 1;
    }
    assert!(seen > 2, "several types of event");
    assert!(dom.contains("href=\"/metrics\""));
}

#[test]
fn a_browser_draws_the_page() {
    let relay = Serving::start(&mut run::relay(&[]));
    let scratch = Scratch::new("screenshot").unwrap();
    let picture = scratch.file("page.png");
    let mut chromium = chromium(&scratch);
    chromium.arg(format!("--screenshot={}", picture.display())).arg("--window-size=1280,620");
    let drawn = chromium.arg(format!("http://{}/", relay.address)).output().unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let png = fs::read(picture).unwrap();
    if std::env::var_os("TELEMETRY_UPDATE").is_some_and(|update| update == "1") {
        fs::write(README, &png).unwrap();
    }
    assert!(png.starts_with(b"\x89PNG"));
    // A page of one colour is far smaller.
    assert!(png.len() > 50_000, "{} bytes", png.len());
    // It says of what it would not load that nothing was there to load.
    let said = String::from_utf8_lossy(&drawn.stderr).into_owned();
    assert!(!said.contains("Content Security Policy"), "{said}");
}
