//! Vectored writing of pieces.
//!
//! - **(A)** Each byte is handed over until the writer says that it took it, and never after.
//! - **(B)** A writer that claims more than it was given is taken to have written all of it.

use std::io::{Error, ErrorKind, IoSlice, Result, Write};

/// How many pieces go into one write: an event of a few fields, or of five lines of data.
const BATCH: usize = 16;

/// Writes all pieces, whatever the writer takes at a time.
pub(super) fn write_all<'p, W: Write + ?Sized>(
    mut pieces: impl Iterator<Item = &'p [u8]>,
    writer: &mut W,
) -> Result<()> {
    loop {
        let mut batch: [&[u8]; BATCH] = [b""; BATCH];
        let mut len = 0;
        // The slots come first: a zip asks its second iterator only if the first has an item.
        for (slot, piece) in batch.iter_mut().zip(pieces.by_ref()) {
            *slot = piece;
            len += 1;
        }
        let mut left = batch.get_mut(..len).unwrap_or_default();
        if left.is_empty() {
            return Ok(());
        }
        while !left.is_empty() {
            match write_some(left, writer) {
                Ok(0) => return Err(Error::from(ErrorKind::WriteZero)),
                Ok(written) => left = advance(left, written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn write_some<W: Write + ?Sized>(pieces: &[&[u8]], writer: &mut W) -> Result<usize> {
    let mut slices = [IoSlice::new(b""); BATCH];
    for (slot, piece) in slices.iter_mut().zip(pieces) {
        *slot = IoSlice::new(piece);
    }
    writer.write_vectored(slices.get(..pieces.len()).unwrap_or_default())
}

/// Drops the first `written` bytes. (`IoSlice::advance_slices` is younger than the oldest Rust that
/// this crate supports.)
fn advance<'b, 'p>(pieces: &'b mut [&'p [u8]], mut written: usize) -> &'b mut [&'p [u8]] {
    let mut done = 0;
    for piece in pieces.iter_mut() {
        if written < piece.len() {
            *piece = piece.get(written..).unwrap_or_default();
            break;
        }
        written -= piece.len();
        done += 1;
    }
    pieces.get_mut(done..).unwrap_or_default()
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Takes a few bytes at a time and is interrupted in between.
    struct Trickle {
        taken: Vec<u8>,
        at_a_time: usize,
        interrupt: bool,
    }

    impl Write for Trickle {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.write_vectored(&[IoSlice::new(bytes)])
        }

        fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> Result<usize> {
            self.interrupt = !self.interrupt;
            if self.interrupt {
                return Err(Error::from(ErrorKind::Interrupted));
            }
            let before = self.taken.len();
            let bytes = slices.iter().flat_map(|slice| slice.iter());
            self.taken.extend(bytes.take(self.at_a_time));
            Ok(self.taken.len() - before)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_piece_arrives_once_whatever_the_writer_takes() {
        let pieces: Vec<Vec<u8>> =
            (1..60_u8).map(|i| alloc::vec![i; usize::from(i % 7) + 1]).collect();
        for at_a_time in [1, 2, 3, 5, 8, 13, 50, 1000] {
            let mut writer = Trickle { taken: Vec::new(), at_a_time, interrupt: false };
            write_all(pieces.iter().map(Vec::as_slice), &mut writer).unwrap();
            assert_eq!(writer.taken, pieces.concat(), "{at_a_time}");
        }
    }

    #[test]
    fn a_writer_that_takes_nothing_is_an_error() {
        let mut writer = Trickle { taken: Vec::new(), at_a_time: 0, interrupt: false };
        let error = write_all([&b"x"[..]].into_iter(), &mut writer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WriteZero);
    }

    #[test]
    fn a_writer_that_claims_too_much_ends_the_batch() {
        struct Liar(usize);
        impl Write for Liar {
            fn write(&mut self, _: &[u8]) -> Result<usize> {
                self.0 += 1;
                Ok(usize::MAX)
            }
            fn flush(&mut self) -> Result<()> {
                Ok(())
            }
        }
        let mut writer = Liar(0);
        write_all([&b"x"[..], b"y"].into_iter(), &mut writer).unwrap();
        assert_eq!(writer.0, 1);
    }
}
