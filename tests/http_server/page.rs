//! The page for people: what it says, what it lets nobody say, and how much it can become.

use crate::client::{get, scrape, send};
use crate::surface::{App, Metrics as _};
use flate2::read::GzDecoder;
use std::io::Read;
use std::thread;
use std::time::Duration;
use telemetry::prometheus::{Config, Handler};
use telemetry::{Registry, metrics};

#[test]
fn the_page_has_the_catalog_and_the_values() {
    let app = App::new();
    (0..1_234).for_each(|_| app.metrics.requests("/v1/events"));
    let server = app.serve();
    let page = get(server.local_addr(), "/", "");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("content-length"), Some(page.body.len().to_string().as_str()));
    let text = page.text();
    assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">") && text.ends_with("</html>\n"));
    for part in [
        "<title>telemetry-tests metrics</title>",
        "app_requests<span class=\"suffix\">_total</span>",
        "<p>Requests served.</p>",
        "<dt>route</dt><dd>open, 20\u{202f}000 at the most</dd>",
        "<td><bdi>/v1/events</bdi></td><td class=\"n\" title=\"1234\">1\u{202f}234</td>",
        "<p class=\"big\" title=\"1\">1</p>",
        "<a class=\"scrape\" href=\"/metrics\">",
        "telemetry_dropped",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[metrics(namespace = "mail")]
trait Renamed {
    /// Mails handed to the server.
    #[counter(was = "mail_delivered_total")]
    fn sent(&self);

    /// Mails that wait.
    #[gauge(was = "mail_backlog")]
    fn set_waiting(&self, mails: u64);

    /// Time that it took.
    #[histogram(name = "took", unit = seconds, buckets = [1.0], was = "mail_latency_seconds")]
    fn took(&self, seconds: f64);
}

#[test]
fn a_renamed_metric_is_served_under_both_names() {
    let registry = Registry::new();
    let metrics = registry.register::<dyn Renamed>().unwrap();
    (0..4_321).for_each(|_| metrics.sent());
    metrics.set_waiting(8_765);
    metrics.took(0.5);
    let server = Config::default().serve("127.0.0.1:0", &registry).unwrap();
    let text = get(server.local_addr(), "/", "").text().to_owned();
    for name in ["sent", "delivered", "waiting", "backlog", "took_seconds", "latency_seconds"] {
        assert!(text.contains(&format!("mail_{name}<")), "{name} is not in {text}");
    }
    for value in ["title=\"4321\"", "title=\"8765\""] {
        assert_eq!(text.matches(value).count(), 2, "{value} in {text}");
    }
    assert_eq!(text.matches("Deprecated, use `").count(), 3, "{text}");
}

#[test]
fn views_are_shown_with_what_is_off_and_whom_it_silences() {
    use telemetry::registry::View;
    let builder = Registry::builder().view("mail_sent", View::off());
    let registry = builder.view("mail.took", View::buckets::<f64>([])).build().unwrap();
    let metrics = registry.register::<dyn Renamed>().unwrap();
    metrics.sent();
    metrics.took(0.5);
    let server = Config::default().serve("127.0.0.1:0", &registry).unwrap();
    let text = get(server.local_addr(), "/", "").text().to_owned();
    for part in [
        "<p class=\"view\">view: buckets none</p>",
        "<li>`mail_sent`: off</li><li>`mail_took_seconds`: buckets none</li>",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("mail_sent<"), "{text}");
}

/// Nothing is loaded, nothing runs, and nobody else can show it as theirs.
#[test]
fn a_browser_has_nothing_to_load_or_run() {
    let app = App::new();
    let server = app.serve();
    let page = get(server.local_addr(), "/", "");
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    assert_eq!(page.header("content-security-policy"), Some(policy));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for loads in ["<script", "<link", "<img", "<iframe", " src=", "url(", "@import", "http:", "https:", " on"]
    {
        let outside_text = page.text().replace(" on ", " ").replace(" only", " ");
        assert!(!outside_text.contains(loads), "{loads}");
    }
}

#[test]
fn no_label_can_be_markup() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</style></td></table><h1>gone</h1>",
        "'-alert(1)-'",
        "&lt;b&gt; &amp; &#x3c;",
        "\u{0}\u{7}\n\r\t\u{1b}[31m",
        "\u{202e}txt.exe\u{202c}\u{200b}",
        "<!-- ]]> --!>",
        "{{7*7}}${7*7}",
    ];
    let app = App::new();
    for text in hostile {
        app.metrics.requests(text);
    }
    let server = app.serve();
    let page = get(server.local_addr(), "/", "");
    let text = page.text().replace("<wbr>", "");
    let cells: Vec<&str> =
        text.split("<td><bdi>").skip(1).filter_map(|cell| cell.split("</bdi>").next()).collect();
    assert!(cells.len() >= hostile.len());
    for cell in cells {
        assert!(!cell.contains(['<', '>', '"', '\'']) && !cell.contains(char::is_control), "{cell}");
        assert!(!cell.contains(['\u{202e}', '\u{202c}', '\u{200b}']), "{cell}");
        // An entity is one of ours.
        for after in cell.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
            assert!(known.iter().any(|entity| after.starts_with(entity)), "{cell}");
        }
    }
    assert!(text.contains("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>"));
    assert!(text.contains("<bdi>&amp;lt;b&amp;gt; &amp;amp; &amp;#x3c;</bdi>"));
    assert!(text.contains(r"<bdi>\u{0}\u{7}\n\r\t\u{1b}[31m</bdi>"));
    assert!(text.contains(r"<bdi>\u{202e}txt.exe\u{202c}\u{200b}</bdi>"));
    assert!(!text.contains("<h1>gone"));
}

#[test]
fn a_page_is_small_however_many_series_there_are() {
    let app = App::large();
    (0..7).for_each(|_| app.metrics.requests(&format!("{:0>200}", 12_345)));
    let server = app.serve();
    let page = get(server.local_addr(), "/", "");
    assert!(scrape(server.local_addr()).body.len() > 4_000_000);
    assert!(page.body.len() < 40_000, "{} bytes", page.body.len());
    // Of 20,000 texts twelve are shown, the largest first.
    let first = page.text().split("<bdi>").nth(1).unwrap().replace("<wbr>", "");
    assert!(
        first.starts_with(&format!("{:0>200}</bdi></td><td class=\"n\" title=\"8\">8</td>", 12_345)),
        "{first}"
    );
    assert!(page.text().contains("the largest; 19\u{202f}988 more are in the scrape"));
}

#[test]
fn the_page_is_get_and_head_of_one_path() {
    let app = App::new();
    let server = app.serve();
    for path in ["/", "/?", "/?a=b"] {
        assert_eq!(get(server.local_addr(), path, "").status, 200, "{path}");
    }
    let collected = app.gate.passed();
    for path in ["//", "/index.html", "/./", "/%20"] {
        let answer = get(server.local_addr(), path, "");
        assert_eq!((answer.status, answer.text()), (404, "not here: metrics are at /metrics\n"), "{path}");
    }
    assert_eq!(app.gate.passed(), collected);
    let head = send(server.local_addr(), b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn the_page_can_be_packed() {
    let app = App::new();
    let server = app.serve();
    let page = get(server.local_addr(), "/", "Accept-Encoding: gzip\r\n");
    assert_eq!(
        (page.header("content-encoding"), page.header("vary")),
        (Some("gzip"), Some("Accept-Encoding"))
    );
    let mut text = String::new();
    GzDecoder::new(page.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("</html>\n"));
}

#[test]
fn the_page_can_be_off_or_out_of_the_way() {
    let app = App::new();
    let off = app.serve_with(Config::default().page(false));
    assert_eq!(get(off.local_addr(), "/", "").status, 404);
    assert_eq!(scrape(off.local_addr()).status, 200);
    // Who serves metrics there wants metrics there.
    let root = app.serve_with(Config::default().path("/"));
    let answer = get(root.local_addr(), "/", "");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let moved = app.serve_with(Config::default().path("/internal/metrics"));
    assert!(get(moved.local_addr(), "/", "").text().contains("href=\"/internal/metrics\""));
}

#[test]
fn a_page_waits_no_longer_than_a_scrape_does() {
    let app = App::new();
    let server = app.serve_with(Config::default().render_timeout(Duration::from_millis(50)));
    app.gate.close();
    let page = get(server.local_addr(), "/", "");
    assert_eq!((page.status, page.text()), (503, "collecting takes too long\n"));
    app.gate.open();
}

#[test]
fn pages_and_scrapes_share_one_render() {
    let app = App::new();
    let server = app.serve();
    let address = server.local_addr();
    // Whether all wait cannot be seen from here: give them more and more time.
    let shared = (0..10).any(|attempt| {
        let before = app.gate.passed();
        app.gate.close();
        thread::scope(|scope| {
            let first = scope.spawn(|| scrape(address));
            app.gate.wait_for(before + 1);
            let others =
                ["/", "/metrics", "/", "/metrics"].map(|path| scope.spawn(move || get(address, path, "")));
            thread::sleep(Duration::from_millis(20 << attempt));
            app.gate.open();
            assert_eq!(first.join().unwrap().status, 200);
            for other in others {
                assert_eq!(other.join().unwrap().status, 200);
            }
        });
        app.gate.passed() == before + 2
    });
    assert!(shared, "two pages and two scrapes had one render");
}

#[test]
fn a_handler_has_a_page_if_it_is_asked_for() {
    let app = App::new();
    let request = |path: &str| http::Request::get(path).body(()).unwrap();
    let plain = Handler::new(&app.registry);
    assert_eq!(plain.respond(&request("/")).status(), 404);
    let handler =
        Handler::new(&app.registry).with_page("/metrics/page").unwrap().with_path("/stats").unwrap();
    assert_eq!(handler.respond(&request("/")).status(), 404);
    let page = handler.respond(&request("/metrics/page"));
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(crate::handler::text(page).contains("href=\"/stats\""));
}
