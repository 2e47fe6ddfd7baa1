//! Writes to writers that may take a part, be interrupted or fail, and counts the bytes they took.

use std::io::{self, ErrorKind, Write};

/// Writes as [`Write::write_all`] does, and adds the number of bytes that the writer took to `written`.
pub(super) fn write_all(
    writer: &mut (impl Write + ?Sized),
    bytes: &[u8],
    written: &mut usize,
) -> io::Result<()> {
    while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
        match writer.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            // A writer that claims more than it was given took all of it.
            Ok(count) => *written += count.min(rest.len()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Flushes, and retries if it was interrupted.
pub(super) fn flush(writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
    loop {
        match writer.flush() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
