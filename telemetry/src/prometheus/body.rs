//! Makes the bodies of answers: one render for all who wait, in each format and coding that they ask for.

use super::{Format, Renderer, page};
use crate::registry::Registry;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::borrow::Cow;
use std::io::Write;
use std::mem;

/// What an answer can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Exposition(Format),
    Page,
}

/// All there are, each at its [`place`](Content::place).
const CONTENTS: [Content; 3] =
    [Content::Exposition(Format::Text), Content::Exposition(Format::OpenMetrics), Content::Page];

impl Content {
    const fn place(self) -> usize {
        match self {
            Content::Exposition(Format::Text) => 0,
            Content::Exposition(Format::OpenMetrics) => 1,
            Content::Page => 2,
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Content::Exposition(format) => format.content_type(),
            Content::Page => "text/html; charset=utf-8",
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) content: Content,
    pub(super) gzip: bool,
}

const VARIANTS: usize = 2 * CONTENTS.len();

impl Variant {
    const fn place(self) -> usize {
        2 * self.content.place() + self.gzip as usize
    }
}

/// The variants that a render is to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted([bool; VARIANTS]);

impl Wanted {
    pub(super) const fn add(&mut self, variant: Variant) {
        self.0[variant.place()] = true;
    }

    #[cfg(feature = "prometheus-server")]
    pub(super) fn is_empty(self) -> bool {
        self == Wanted::default()
    }

    const fn has(self, variant: Variant) -> bool {
        self.0[variant.place()]
    }
}

/// The bodies of one render: one state of the registry.
#[derive(Clone, Debug, Default)]
pub(super) struct Generation([Bytes; VARIANTS]);

impl Generation {
    /// The body, shared by all who take it; empty if it was not wanted.
    pub(super) fn body(&self, variant: Variant) -> Bytes {
        self.0[variant.place()].clone()
    }
}

/// Makes generations, and takes the memory of the last one back if nobody reads it any more.
pub(super) struct Bodies {
    renderer: Renderer,
    /// Where the page says that the text is.
    metrics: Cow<'static, str>,
    last: Generation,
}

impl Bodies {
    pub(super) fn new(registry: &Registry, metrics: Cow<'static, str>) -> Self {
        Bodies { renderer: Renderer::new(registry), metrics, last: Generation::default() }
    }

    /// Says where the text is, from now on.
    pub(super) fn link_to(&mut self, metrics: Cow<'static, str>) {
        self.metrics = metrics;
    }

    /// Collects once, and writes each of the variants.
    pub(super) fn render(&mut self, wanted: Wanted) -> Generation {
        self.renderer.collect();
        let mut made = Generation::default();
        for content in CONTENTS {
            let [plain, gzip] = [false, true].map(|gzip| Variant { content, gzip });
            if !wanted.has(plain) && !wanted.has(gzip) {
                continue;
            }
            let mut text = self.buffer(plain);
            match content {
                Content::Exposition(format) => self.renderer.write(format, &mut text),
                Content::Page => page::write(self.renderer.collected(), &self.metrics, &mut text),
            }
            if wanted.has(gzip) {
                let body = Bytes::from(compressed(&text, self.buffer(gzip)));
                self.keep(&mut made, gzip, body);
            }
            let body = Bytes::from(text);
            if wanted.has(plain) {
                self.keep(&mut made, plain, body);
            } else {
                self.last.0[plain.place()] = body;
            }
        }
        made
    }

    fn keep(&mut self, made: &mut Generation, variant: Variant, body: Bytes) {
        self.last.0[variant.place()] = body.clone();
        made.0[variant.place()] = body;
    }

    /// The memory of the last body of this variant if nobody reads it, else new memory of that size.
    fn buffer(&mut self, variant: Variant) -> Vec<u8> {
        let last = mem::take(&mut self.last.0[variant.place()]);
        if last.is_unique() {
            let mut buffer = Vec::from(last);
            buffer.clear();
            buffer
        } else {
            Vec::with_capacity(last.len())
        }
    }
}

/// At the fastest level: text of this kind shrinks eightfold even so, at about 1 ms a megabyte.
fn compressed(text: &[u8], buffer: Vec<u8>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(buffer, Compression::fast());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}
