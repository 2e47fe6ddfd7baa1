//! Answers HTTP requests for a registry, in a server that the user has.

use super::body::{Bodies, Content, Generation, Variant, Wanted};
use super::{Format, negotiate, page};
use crate::registry::Registry;
use crate::setting::{SettingError, http_path};
use crate::sync::{Entered, unpoisoned};
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::{Arc, Mutex, OnceLock};

/// Where what is answered, compared byte by byte.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) metrics: Cow<'static, str>,
    /// The page for people; nothing if there is none.
    pub(super) page: Option<Cow<'static, str>>,
}

impl Default for Paths {
    fn default() -> Self {
        Paths { metrics: Cow::Borrowed("/metrics"), page: None }
    }
}

/// Answers requests for a registry's exposition; for those who have a server, axum's or hyper's. Clones share
/// their work.
///
/// GET and HEAD of exactly one path are answered, `/metrics` unless [`with_path`](Self::with_path) says
/// otherwise, a query is ignored. All else is 404 or 405 without a look at the registry. The format is that
/// of [`Format::negotiate`]; the body is gzipped if `Accept-Encoding` asks for it. Requests that come while
/// another's render has not begun share it, and its body in memory: everything recorded before a request came
/// is in its answer. Of each kind of answer that was asked for, the last body stays in memory, for the next
/// one to be written there.
///
/// ```
/// use telemetry::prometheus::Handler;
/// use telemetry::registry::Registry;
///
/// let handler = Handler::new(&Registry::new());
/// let request = http::Request::get("/metrics").header("accept", "text/plain").body(())?;
/// let response = handler.respond(&request);
/// assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct Handler {
    paths: Paths,
    shared: Arc<Shared>,
}

impl Handler {
    /// A handler for `/metrics`.
    ///
    /// For the registry of a `Pipeline`, start that with `pipeline::Config::with_own_reader`: otherwise the surfaces are
    /// missing in it as long as no chosen back end reads it.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        let paths = Paths::default();
        let bodies = Mutex::new(Bodies::new(registry, paths.metrics.clone()));
        let shared = Shared { next: Mutex::default(), bodies };
        Handler { paths, shared: Arc::new(shared) }
    }

    /// Returns a handler for another path, compared byte by byte.
    ///
    /// # Errors
    ///
    /// If no request can ask for the path: it begins with `/`, has no query, and is percent-encoded where URLs are.
    pub fn with_path(mut self, path: impl Into<Cow<'static, str>>) -> Result<Self, SettingError> {
        let path = path.into();
        checked_path("path", &path)?;
        self.paths.metrics = path;
        unpoisoned(self.shared.bodies.lock()).link_to(self.paths.metrics.clone());
        Ok(self)
    }

    /// Answers this path too, with a page for people: each metric with its kind, unit, labels and help, and its
    /// current values; of a metric with more than 12 series, the 12 largest. It is one HTML document that loads
    /// nothing, has no script, and may not be framed. It links to the path that was last given to
    /// [`with_path`](Self::with_path), by any of the clones. Where both paths are the same, there is no page.
    ///
    /// ```
    /// use telemetry::prometheus::Handler;
    /// use telemetry::registry::Registry;
    ///
    /// let handler = Handler::new(&Registry::new()).with_page("/metrics/page")?;
    /// let response = handler.respond(&http::Request::get("/metrics/page").body(())?);
    /// assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`with_path`](Self::with_path).
    pub fn with_page(mut self, path: impl Into<Cow<'static, str>>) -> Result<Self, SettingError> {
        let path = path.into();
        checked_path("page", &path)?;
        self.paths.page = Some(path);
        Ok(self)
    }

    /// Answers a request; its body is not looked at.
    ///
    /// Renders on this thread, or waits for one that does, for as long as the registry's `on_collect`
    /// callbacks take: on an asynchronous runtime, call it through `spawn_blocking` if those may be slow.
    #[must_use]
    pub fn respond<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        match plan(&self.paths, request) {
            Plan::Refuse(response) => response,
            Plan::Render(variant) => match unless_rendering(|| self.shared.body(variant)) {
                Some(body) => answer(request.method(), variant, body),
                None => refusal(StatusCode::SERVICE_UNAVAILABLE, "asked for by what is collected\n"),
            },
        }
    }
}

/// Checks that a request can ask for a path.
pub(super) fn checked_path(setting: &str, path: &str) -> Result<(), SettingError> {
    http_path(path)
        .map_err(|error| SettingError::new(setting, path, format_args!("{error}: write `/metrics`")))
}

/// Calls `f`, unless this thread renders already: an `on_collect` callback that asked for a render would wait
/// for itself.
fn unless_rendering<T>(f: impl FnOnce() -> T) -> Option<T> {
    thread_local! {
        static RENDERING: Cell<Option<()>> = const { Cell::new(None) };
    }
    let _entered = Entered::enter(&RENDERING, ())?;
    Some(f())
}

/// What the clones of a handler share.
struct Shared {
    /// The round that a request joins: its render has not begun.
    next: Mutex<Arc<Round>>,
    /// Held while a render runs.
    bodies: Mutex<Bodies>,
}

/// Requests that share a render.
#[derive(Default)]
struct Round {
    wanted: Mutex<Wanted>,
    made: OnceLock<Generation>,
}

impl Shared {
    fn body(&self, variant: Variant) -> Bytes {
        let round = self.join(variant);
        // Whoever of the round comes first renders for all of it; the others find the result.
        let mut bodies = unpoisoned(self.bodies.lock());
        let made = round.made.get_or_init(|| bodies.render(self.begin(&round)));
        made.body(variant)
    }

    fn join(&self, variant: Variant) -> Arc<Round> {
        let next = unpoisoned(self.next.lock());
        unpoisoned(next.wanted.lock()).add(variant);
        Arc::clone(&next)
    }

    /// Closes the round for those who come from now on.
    fn begin(&self, round: &Arc<Round>) -> Wanted {
        let mut next = unpoisoned(self.next.lock());
        if Arc::ptr_eq(&next, round) {
            *next = Arc::default();
        }
        *unpoisoned(round.wanted.lock())
    }
}

/// What to do with a request.
pub(super) enum Plan {
    Refuse(Response<Full<Bytes>>),
    Render(Variant),
}

pub(super) fn plan<B>(paths: &Paths, request: &Request<B>) -> Plan {
    // Of a URI in absolute form this is the path too.
    let path = request.uri().path();
    let is_page = path != paths.metrics && paths.page.as_ref().is_some_and(|page| path == page);
    if path != paths.metrics && !is_page {
        let text = format!("not here: metrics are at {}\n", paths.metrics);
        return Plan::Refuse(refusal(StatusCode::NOT_FOUND, text));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Plan::Refuse(response);
    }
    let headers = request.headers();
    let content = if is_page {
        Content::Page
    } else {
        Content::Exposition(Format::negotiate(list(headers, &ACCEPT).as_deref()))
    };
    let gzip = list(headers, &ACCEPT_ENCODING).is_some_and(|header| negotiate::accepts_gzip(&header));
    Plan::Render(Variant { content, gzip })
}

/// A header that is a list, from all lines that it came in; those that are no text are left out.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let mut all = Cow::Borrowed(lines.next()?);
    for line in lines {
        all.to_mut().push(',');
        all.to_mut().push_str(line);
    }
    Some(all)
}

/// An answer without metrics, as text for who looks at it.
pub(super) fn refusal(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// The page is of one moment, and has nothing to load.
const PAGE_HEADERS: &[(HeaderName, &str)] = &[
    (VARY, "Accept-Encoding"),
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, page::POLICY),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

pub(super) fn answer(method: &Method, variant: Variant, body: Bytes) -> Response<Full<Bytes>> {
    let length = HeaderValue::from(body.len());
    let body = if *method == Method::HEAD { Bytes::new() } else { body };
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(variant.content.content_type()));
    headers.insert(CONTENT_LENGTH, length);
    let others = match variant.content {
        Content::Exposition(_) => &[(VARY, "Accept, Accept-Encoding")][..],
        Content::Page => PAGE_HEADERS,
    };
    for (name, value) in others {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if variant.gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
