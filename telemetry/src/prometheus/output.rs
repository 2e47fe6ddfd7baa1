//! A buffer that a render fills over its earlier content.

use std::mem;

/// A text that grows over the bytes of an older one, so that space for new text need not be cleared first.
pub(super) struct Output {
    /// The text, then unused bytes.
    bytes: Vec<u8>,
    len: usize,
}

impl Output {
    /// Creates an empty text in the memory of the buffer, which stays empty until it gets the text back.
    pub(super) fn over(buffer: &mut Vec<u8>) -> Self {
        Output { bytes: mem::take(buffer), len: 0 }
    }

    /// Returns the text.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let Output { mut bytes, len } = self;
        bytes.truncate(len);
        bytes
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Returns the text from this index on.
    pub(super) fn since(&self, start: usize) -> &[u8] {
        &self.bytes[start..self.len]
    }

    /// Takes away the text from this index on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.room(text.len()).copy_from_slice(text);
        self.len += text.len();
    }

    /// Returns `len` bytes after the text, with arbitrary content.
    pub(super) fn room(&mut self, len: usize) -> &mut [u8] {
        let end = self.len + len;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.len..end]
    }

    /// Adds the first `len` bytes after the text to it.
    pub(super) fn advance(&mut self, len: usize) {
        self.len += len;
    }
}
