//! Converts times to those of the protocol.

use std::time::{SystemTime, UNIX_EPOCH};

/// Converts a time to nanoseconds since 1970, up to the year 2554.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
