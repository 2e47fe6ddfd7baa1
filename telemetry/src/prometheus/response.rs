//! Makes response bodies: one render for all waiting requests, in each format and coding that they request.

use super::negotiate::Encoding;
use super::{Format, Renderer, page};
use crate::registry::Registry;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::borrow::Cow;
use std::io::Write;
use std::mem;

/// The document in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    Exposition(Encoding),
    Page,
}

/// All documents, ordered by [`Document::index`].
const DOCUMENTS: [Document; 4] = [
    Document::Exposition(Encoding::Text(Format::Text)),
    Document::Exposition(Encoding::Text(Format::OpenMetrics)),
    Document::Exposition(Encoding::Protobuf),
    Document::Page,
];

impl Document {
    const fn index(self) -> usize {
        match self {
            Document::Exposition(Encoding::Text(Format::Text)) => 0,
            Document::Exposition(Encoding::Text(Format::OpenMetrics)) => 1,
            Document::Exposition(Encoding::Protobuf) => 2,
            Document::Page => 3,
        }
    }

    /// Returns the document without compression, and with it.
    const fn variants(self) -> [Variant; 2] {
        [Variant { document: self, gzip: false }, Variant { document: self, gzip: true }]
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Document::Exposition(encoding) => encoding.content_type(),
            Document::Page => "text/html; charset=utf-8",
        }
    }
}

/// A document and its coding, as a request selects them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) document: Document,
    pub(super) gzip: bool,
}

const VARIANTS: usize = 2 * DOCUMENTS.len();

impl Variant {
    const fn index(self) -> usize {
        2 * self.document.index() + self.gzip as usize
    }
}

/// The set of variants that waiting requests want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RequestedVariants([bool; VARIANTS]);

impl RequestedVariants {
    pub(super) const fn add(&mut self, variant: Variant) {
        self.0[variant.index()] = true;
    }

    #[cfg(feature = "prometheus-server")]
    pub(super) fn is_empty(self) -> bool {
        self == RequestedVariants::default()
    }

    const fn has(self, variant: Variant) -> bool {
        self.0[variant.index()]
    }

    /// Returns true if the document is wanted in any coding.
    fn has_any(self, document: Document) -> bool {
        document.variants().iter().any(|variant| self.has(*variant))
    }
}

/// The bodies of one render, all of the same state of the registry.
#[derive(Clone, Debug, Default)]
pub(super) struct RenderedVersion([Bytes; VARIANTS]);

impl RenderedVersion {
    /// Returns a body, which all requests share; empty if the variant was not requested.
    pub(super) fn body(&self, variant: Variant) -> Bytes {
        self.0[variant.index()].clone()
    }
}

/// Renders versions, and reuses the memory of the last one when nobody reads it any more.
pub(super) struct ResponseCache {
    renderer: Renderer,
    /// The path of the exposition, which the page links to.
    metrics: Cow<'static, str>,
    last: RenderedVersion,
}

impl ResponseCache {
    pub(super) fn new(registry: &Registry, metrics: Cow<'static, str>) -> Self {
        ResponseCache { renderer: Renderer::new(registry), metrics, last: RenderedVersion::default() }
    }

    /// Sets whether later expositions have `_created` samples.
    pub(super) fn set_created_samples(&mut self, created: bool) {
        self.renderer.set_created_samples(created);
    }

    /// Sets the path that later pages link to.
    pub(super) fn link_to(&mut self, metrics: Cow<'static, str>) {
        self.metrics = metrics;
    }

    /// Collects once, and writes each of the requested variants.
    pub(super) fn render(&mut self, requested: RequestedVariants) -> RenderedVersion {
        let protobuf = Document::Exposition(Encoding::Protobuf);
        self.renderer.collect(requested.has_any(protobuf));
        let mut version = RenderedVersion::default();
        for document in DOCUMENTS {
            if !requested.has_any(document) {
                continue;
            }
            let [plain, gzip] = document.variants();
            let mut text = self.buffer(plain);
            match document {
                Document::Exposition(encoding) => self.renderer.write(encoding, &mut text),
                Document::Page => page::write(self.renderer.collected(), &self.metrics, &mut text),
            }
            if requested.has(gzip) {
                let body = Bytes::from(compressed(&text, self.buffer(gzip)));
                self.keep(&mut version, gzip, body);
            }
            let body = Bytes::from(text);
            if requested.has(plain) {
                self.keep(&mut version, plain, body);
            } else {
                self.last.0[plain.index()] = body;
            }
        }
        version
    }

    fn keep(&mut self, version: &mut RenderedVersion, variant: Variant, body: Bytes) {
        self.last.0[variant.index()] = body.clone();
        version.0[variant.index()] = body;
    }

    /// Returns the memory of the last body of this variant if nobody reads it, else new memory of that size.
    fn buffer(&mut self, variant: Variant) -> Vec<u8> {
        let last = mem::take(&mut self.last.0[variant.index()]);
        if last.is_unique() {
            let mut buffer = Vec::from(last);
            buffer.clear();
            buffer
        } else {
            Vec::with_capacity(last.len())
        }
    }
}

/// Compresses at the fastest level, which makes text of this kind eight times smaller at about 1 ms a
/// megabyte.
fn compressed(text: &[u8], buffer: Vec<u8>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(buffer, Compression::fast());
    // Writing to a vector does not fail.
    let written = encoder.write_all(text).and_then(|()| encoder.finish());
    debug_assert!(written.is_ok(), "a vector takes everything");
    written.unwrap_or_default()
}
