//! The mark of a thread that may be about to set a gauge while its series is removed.

use super::writer::own;
use crate::sync::{AtomicU64, Ordering};
use std::sync::atomic::compiler_fence;

/// Says, as long as it lives, that this thread may set a gauge whose series is removed.
pub struct Setting<'a> {
    word: &'a AtomicU64,
    /// Set if a call of this thread is under way in whose allocation this one is made.
    before: u64,
}

impl<'a> Setting<'a> {
    #[inline(always)]
    pub fn begin(word: &'a AtomicU64) -> Self {
        let before = own(word);
        word.store(1, Ordering::Relaxed);
        // A removal looks at this word long after it has told the thread of itself: see `Removals`.
        compiler_fence(Ordering::SeqCst);
        Setting { word, before }
    }
}

impl Drop for Setting<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.word.store(self.before, Ordering::Release);
    }
}
