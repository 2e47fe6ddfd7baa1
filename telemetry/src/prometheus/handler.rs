//! Responds to HTTP requests for a registry, in a server that the program has.

use super::negotiate::{self, Encoding};
use super::page;
use super::response::{Document, Variant};
use super::single_flight::SingleFlight;
use crate::registry::Registry;
use crate::setting::{SettingError, http_path};
use crate::sync::Entered;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

/// The paths that have a response, compared byte by byte.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) metrics: Cow<'static, str>,
    /// The page for people, if it is served.
    pub(super) page: Option<Cow<'static, str>>,
}

impl Default for Paths {
    fn default() -> Self {
        Paths { metrics: Cow::Borrowed("/metrics"), page: None }
    }
}

/// Responds to scrapes in a server that the program has, such as axum's or hyper's. Clones share their work.
///
/// | request | response |
/// |---|---|
/// | GET or HEAD of the path; a query is ignored | the metrics, in the format that the scrape prefers |
/// | another method | 405 |
/// | another path | 404; the registry is not read |
/// | from an `on_collect` callback that this handler is calling | 503 |
///
/// The formats are those of [`Renderer::render_for`](super::Renderer::render_for).
/// The path is `/metrics` unless [`with_path`](Self::with_path) sets another.
/// The body is gzipped if `Accept-Encoding` allows it. Requests that arrive before a render has begun share
/// that render and its body in memory, so each response has everything that was recorded before its request
/// arrived. The last body of each requested format and coding stays in memory and is reused for the next one.
///
/// # Examples
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
    flights: Arc<SingleFlight>,
}

impl Handler {
    /// Creates a handler for `/metrics`.
    ///
    /// For the registry of a `Pipeline`, start the pipeline with `pipeline::Config::with_own_reader`. Without
    /// it, the registry has no surfaces unless a selected back end reads it.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        let paths = Paths::default();
        let flights = Arc::new(SingleFlight::new(registry, paths.metrics.clone()));
        Handler { paths, flights }
    }

    /// Sets the path of the metrics, compared byte by byte.
    ///
    /// # Errors
    ///
    /// Returns an error if no request can have the path. It must begin with `/`, have no query, and be
    /// percent-encoded where URLs are.
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::Handler;
    /// use telemetry::registry::Registry;
    ///
    /// let handler = Handler::new(&Registry::new()).with_path("/internal/metrics")?;
    /// let response = handler.respond(&http::Request::get("/metrics").body(())?);
    /// assert_eq!(response.status(), 404);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_path(mut self, path: impl Into<Cow<'static, str>>) -> Result<Self, SettingError> {
        let path = path.into();
        checked_path("path", &path)?;
        self.paths.metrics = path;
        self.flights.link_to(self.paths.metrics.clone());
        Ok(self)
    }

    /// Adds a page for people at this path.
    ///
    /// The page shows each metric with its kind, unit, labels, help and current values; of a metric with more
    /// than 12 series, the 12 largest. It is one HTML document that loads nothing, has no script, and cannot
    /// be framed. It links to the path that any clone last set with [`with_path`](Self::with_path). If both
    /// paths are the same, the metrics are served and the page is not.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`with_path`](Self::with_path).
    ///
    /// # Examples
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
    pub fn with_page(mut self, path: impl Into<Cow<'static, str>>) -> Result<Self, SettingError> {
        let path = path.into();
        checked_path("page", &path)?;
        self.paths.page = Some(path);
        Ok(self)
    }

    /// Sets whether OpenMetrics has `_created` samples, for all clones; `true` by default. See
    /// [`Renderer::with_created_samples`](super::Renderer::with_created_samples).
    ///
    /// # Examples
    ///
    /// ```
    /// use telemetry::prometheus::Handler;
    /// use telemetry::registry::Registry;
    ///
    /// let handler = Handler::new(&Registry::new()).with_created_samples(false);
    /// ```
    #[must_use]
    pub fn with_created_samples(self, created: bool) -> Self {
        self.flights.set_created_samples(created);
        self
    }

    /// Responds to a request without reading its body.
    ///
    /// Renders on this thread, or waits for another thread that does. This takes as long as the registry's
    /// `on_collect` callbacks: on an asynchronous runtime, call it through `spawn_blocking` if they may be
    /// slow.
    #[must_use]
    pub fn respond<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let variant = match route(&self.paths, request) {
            Route::Reject(response) => return response,
            Route::Render(variant) => variant,
        };
        match unless_rendering(|| self.body(variant)) {
            Some(Some(body)) => respond_with(request.method(), variant, body),
            Some(None) => rejection(StatusCode::SERVICE_UNAVAILABLE, "rendering the metrics failed\n"),
            None => rejection(StatusCode::SERVICE_UNAVAILABLE, REENTRANT),
        }
    }

    fn body(&self, variant: Variant) -> Option<Bytes> {
        let flight = self.flights.join(variant);
        self.flights.render(&flight).map(|version| version.body(variant))
    }
}

const REENTRANT: &str = "a metrics callback requested the endpoint that it is being collected for\n";

/// Checks that a request can have this path.
pub(super) fn checked_path(setting: &str, path: &str) -> Result<(), SettingError> {
    http_path(path)
        .map_err(|error| SettingError::new(setting, path, format_args!("{error}: write `/metrics`")))
}

/// Calls `f` unless this thread is rendering: an `on_collect` callback that requested a render would wait for
/// itself.
fn unless_rendering<T>(f: impl FnOnce() -> T) -> Option<T> {
    thread_local! {
        static RENDERING: Cell<Option<()>> = const { Cell::new(None) };
    }
    let _entered = Entered::enter(&RENDERING, ())?;
    Some(f())
}

/// The decision about a request.
pub(super) enum Route {
    Reject(Response<Full<Bytes>>),
    Render(Variant),
}

pub(super) fn route<B>(paths: &Paths, request: &Request<B>) -> Route {
    // A URI in absolute form has its path here too.
    let path = request.uri().path();
    let is_page = path != paths.metrics && paths.page.as_ref().is_some_and(|page| path == page);
    if path != paths.metrics && !is_page {
        let text = format!("not here: metrics are at {}\n", paths.metrics);
        return Route::Reject(rejection(StatusCode::NOT_FOUND, text));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = rejection(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Route::Reject(response);
    }
    let headers = request.headers();
    let document = if is_page {
        Document::Page
    } else {
        Document::Exposition(Encoding::negotiate(list(headers, &ACCEPT).as_deref()))
    };
    let gzip = list(headers, &ACCEPT_ENCODING).is_some_and(|header| negotiate::accepts_gzip(&header));
    Route::Render(Variant { document, gzip })
}

/// Joins a list header from all of its lines, without those that are not text.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let mut all = Cow::Borrowed(lines.next()?);
    for line in lines {
        all.to_mut().push(',');
        all.to_mut().push_str(line);
    }
    Some(all)
}

/// Creates a response without metrics, whose text is for people.
pub(super) fn rejection(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Headers of the page, which shows one moment and has nothing to load.
const PAGE_HEADERS: &[(HeaderName, &str)] = &[
    (VARY, "Accept-Encoding"),
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, page::POLICY),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

pub(super) fn respond_with(method: &Method, variant: Variant, body: Bytes) -> Response<Full<Bytes>> {
    let length = HeaderValue::from(body.len());
    let body = if *method == Method::HEAD { Bytes::new() } else { body };
    let mut response = Response::new(Full::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(variant.document.content_type()));
    headers.insert(CONTENT_LENGTH, length);
    let others = match variant.document {
        Document::Exposition(_) => &[(VARY, "Accept, Accept-Encoding")][..],
        Document::Page => PAGE_HEADERS,
    };
    for (name, value) in others {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if variant.gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
