//! Makes the bodies of answers: one render for all who wait, in each format and coding that they ask for.

use super::{Format, Renderer};
use crate::registry::Registry;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::mem;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) format: Format,
    pub(super) gzip: bool,
}

/// All there are, each at its [`place`](Variant::place).
const VARIANTS: [Variant; 4] = [
    Variant { format: Format::Text, gzip: false },
    Variant { format: Format::Text, gzip: true },
    Variant { format: Format::OpenMetrics, gzip: false },
    Variant { format: Format::OpenMetrics, gzip: true },
];

impl Variant {
    const fn place(self) -> usize {
        let format = match self.format {
            Format::Text => 0,
            Format::OpenMetrics => 2,
        };
        format + self.gzip as usize
    }
}

/// The variants that a render is to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted([bool; VARIANTS.len()]);

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
pub(super) struct Generation([Bytes; VARIANTS.len()]);

impl Generation {
    /// The body, shared by all who take it; empty if it was not wanted.
    pub(super) fn body(&self, variant: Variant) -> Bytes {
        self.0[variant.place()].clone()
    }
}

/// Makes generations, and takes the memory of the last one back if nobody reads it any more.
pub(super) struct Bodies {
    renderer: Renderer,
    last: Generation,
}

impl Bodies {
    pub(super) fn new(registry: &Registry) -> Self {
        Bodies { renderer: Renderer::new(registry), last: Generation::default() }
    }

    /// Collects once, and writes each of the variants.
    pub(super) fn render(&mut self, wanted: Wanted) -> Generation {
        self.renderer.collect();
        let mut made = Generation::default();
        for format in [Format::Text, Format::OpenMetrics] {
            let [plain, gzip] = [false, true].map(|gzip| Variant { format, gzip });
            if !wanted.has(plain) && !wanted.has(gzip) {
                continue;
            }
            let mut text = self.buffer(plain);
            self.renderer.write(format, &mut text);
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
