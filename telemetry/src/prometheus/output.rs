//! The buffer that a render fills, over what it held before.

use std::mem;

/// A text that grows over the bytes of an older one, so that room for what is written next need not be
/// cleared first.
pub(super) struct Output {
    /// The text, then bytes that mean nothing.
    bytes: Vec<u8>,
    len: usize,
}

impl Output {
    /// An empty text in the memory of the buffer, which is empty until it gets the text.
    pub(super) fn over(buffer: &mut Vec<u8>) -> Self {
        Output { bytes: mem::take(buffer), len: 0 }
    }

    /// The text.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let Output { mut bytes, len } = self;
        bytes.truncate(len);
        bytes
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The text from there on.
    pub(super) fn since(&self, start: usize) -> &[u8] {
        &self.bytes[start..self.len]
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.room(text.len()).copy_from_slice(text);
        self.len += text.len();
    }

    /// So many bytes behind the text, with anything in them.
    pub(super) fn room(&mut self, len: usize) -> &mut [u8] {
        let end = self.len + len;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        &mut self.bytes[self.len..end]
    }

    /// Makes so many bytes of the room a part of the text.
    pub(super) fn advance(&mut self, len: usize) {
        self.len += len;
    }
}
