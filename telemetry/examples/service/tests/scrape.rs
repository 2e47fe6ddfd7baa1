//! Runs the service, places orders, scrapes it and reads its log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A running service, killed if a test ends early.
struct Service {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Service {
    fn start() -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_service"));
        command
            .arg("127.0.0.1:0")
            .env("RUST_LOG", "service=info")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let log = BufReader::new(child.stderr.take().ok_or("no stderr")?);
        Ok(Service { child, log })
    }

    /// Reads log lines up to one that contains `end`.
    fn lines_until(&mut self, end: &str) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.log.read_line(&mut line)? == 0 {
                return Err(format!("no line with `{end}` in {lines:#?}").into());
            }
            lines.push(line.trim_end().to_owned());
            if line.contains(end) {
                return Ok(lines);
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(address: &str, line: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

#[test]
fn orders_are_counted_scraped_and_logged() -> Result<()> {
    let mut service = Service::start()?;
    let lines = service.lines_until("listening")?;
    let (_, address) = lines.last().and_then(|line| line.rsplit_once("address=")).ok_or("no address")?;

    for items in [3, 4, 11] {
        let response = request(address, &format!("POST /orders/{items}"))?;
        assert!(response.starts_with("HTTP/1.1 202 "), "{response}");
    }
    assert!(request(address, "GET /nowhere")?.starts_with("HTTP/1.1 404 "));
    let lines = service.lines_until("outcome=sold_out")?;
    let metrics = lines.iter().filter(|line| line.starts_with("[metrics] ")).collect::<Vec<_>>();
    assert_eq!(
        metrics,
        [
            "[metrics] event=order.finished outcome=packed items=3",
            "[metrics] event=order.finished outcome=packed items=4",
            "[metrics] event=order.finished outcome=sold_out items=11",
        ]
    );
    assert!(lines.iter().any(|line| line.ends_with("INFO service: packing items=4")), "{lines:#?}");

    // A count may show a moment before its log line, and never after it.
    let page = request(address, "GET /metrics")?;
    for sample in [
        r#"shop_orders_finished_total{outcome="packed"} 2"#,
        r#"shop_items_total{outcome="packed"} 7"#,
        r#"shop_http_requests_total{route="/orders/{items}",status="202"} 3"#,
        r#"shop_http_request_duration_seconds_count{route="/orders/{items}"} 3"#,
        r#"shop_http_requests_in_flight{route="/orders/{items}"} 0"#,
        "shop_orders_waiting 0",
    ] {
        assert!(page.lines().any(|line| line == sample), "{sample} is not in\n{page}");
    }
    Ok(())
}

/// The text between `begin` and `end`, or all behind `begin`.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Result<&'a str> {
    let (_, rest) = text.split_once(begin).ok_or_else(|| format!("no `{begin}`"))?;
    Ok(rest.split_once(end).map_or(rest, |(inner, _)| inner))
}

#[test]
fn the_readme_shows_this_service() -> Result<()> {
    let readme = include_str!("../../../../README.md");
    let section = between(readme, "\n## A whole service\n", "\n## ")?;
    let shown = between(section, "```rust,ignore\n", "```\n")?;
    assert_eq!(shown, include_str!("../main.rs"));
    let shown = between(section, "```toml\n[dependencies]\n", "```\n")?;
    let dependencies = between(include_str!("../Cargo.toml"), "[dependencies]\n", "\n[lints]")?;
    assert_eq!(shown.replace("../telemetry/telemetry", "../.."), dependencies);
    Ok(())
}

#[test]
fn the_readme_shows_the_quickstart() -> Result<()> {
    let section = between(include_str!("../../../../README.md"), "\n## Ten lines that run\n", "\n## ")?;
    let shown = between(section, "```rust\n", "```\n")?;
    let (_, quickstart) =
        include_str!("../../quickstart.rs").split_once("\n\n").ok_or("no first paragraph")?;
    assert_eq!(shown, quickstart);
    Ok(())
}
