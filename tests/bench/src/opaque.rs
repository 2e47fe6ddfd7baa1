//! What the optimizer must not see through, at the price of no instruction at all.
//!
//! `std::hint::black_box` writes its argument to memory and reads it back, which below a nanosecond is most
//! of what would be measured.
#![expect(unsafe_code, reason = "an empty `asm!` is the only barrier that costs nothing")]
#![expect(clippy::inline_always, reason = "a call would cost more than what it guards")]

use std::arch::asm;

/// Whatever memory may be seen from outside may have changed: an operation is done again each time.
#[inline(always)]
pub fn memory() {
    // SAFETY: the assembly is empty.
    unsafe { asm!("", options(nostack, preserves_flags)) }
}

/// Returns `value`, of which nothing is known any more.
#[inline(always)]
pub fn value(mut value: u64) -> u64 {
    // SAFETY: the assembly is empty, so the register holds what it held.
    unsafe { asm!("/* {0} */", inout(reg) value, options(nomem, nostack, preserves_flags)) }
    value
}
