//! `flate2`: frames compressed with gzip, so that a reader has each at once.

use alloc::vec::Vec;
use core::fmt;
use std::io;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The header of a gzip member (RFC 1952, 2.3) that is compressed with deflate: no name of a file, no time, an
/// unknown system.
const HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

/// The least room for output. The end of a frame fits into it.
const STEP: usize = 512;

/// How many bytes of the output's memory are kept from one frame to the next.
const KEPT: usize = 4 << 10;

/// A gzip encoder that hands out every frame whole: what comes out for a frame is all that its reader needs
/// to have it, so no event waits for the next one. It is for hosts that write frames by themselves; for
/// a stream of frames there is `GzipBody` (feature `futures-core`).
///
/// The output is the body of a response with `Content-Encoding: gzip`, to be sent to clients whose
/// `Accept-Encoding` allows that, with `Vary: Accept-Encoding`.
///
/// - A frame is compressed with the frames before it, so what they had costs little. The end of a call costs
///   about 3 bytes, and frames become smaller together than each alone: pass those that are ready in one call.
/// - One encoder takes about 320 KiB of memory, whatever it is fed, and its reader 32 KiB. Encoders are
///   therefore worth a bound of their own.
/// - Compressed secrets beside text that others choose can be guessed by the length of the output. A stream
///   that has both should not be compressed.
///
/// ```
/// use sse_wire::adapter::GzipEncoder;
/// use sse_wire::Message;
///
/// let mut gzip = GzipEncoder::new();
/// for text in ["hello", "hello again"] {
///     let compressed = gzip.encode(&Message::new(text).to_vec())?;
///     // Goes to the client at once.
/// }
/// let end = gzip.finish()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct GzipEncoder {
    compress: Compress,
    /// Of all that was compressed.
    sum: Crc,
    out: Vec<u8>,
}

impl Default for GzipEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl GzipEncoder {
    /// An encoder with the usual level, 6.
    #[must_use]
    pub fn new() -> Self {
        Self::with_level(6)
    }

    /// An encoder with a level from 0 (no compression) and 1 (fast) to 9 (small). It takes the same memory at
    /// each level.
    #[must_use]
    pub fn with_level(level: u32) -> Self {
        let compress = Compress::new(Compression::new(level.min(9)), false);
        Self { compress, sum: Crc::new(), out: HEADER.to_vec() }
    }

    /// Compresses one frame, or several that are ready together. For nothing it gives nothing.
    ///
    /// # Errors
    ///
    /// Those of the compressing library. It has none for an encoder that is used so.
    pub fn encode(&mut self, frames: &[u8]) -> io::Result<Bytes> {
        if frames.is_empty() {
            return Ok(Bytes::new());
        }
        self.sum.update(frames);
        self.compress(frames)?;
        self.end(FlushCompress::Partial)?;
        let encoded = Bytes::copy_from_slice(&self.out);
        self.out.clear();
        self.out.shrink_to(KEPT);
        Ok(encoded)
    }

    /// Ends the body. A reader knows by it that nothing was cut off.
    ///
    /// # Errors
    ///
    /// Those of the compressing library. It has none for an encoder that is used so.
    pub fn finish(mut self) -> io::Result<Bytes> {
        self.end(FlushCompress::Finish)?;
        for part in [self.sum.sum(), self.sum.amount()] {
            self.out.extend_from_slice(&part.to_le_bytes());
        }
        Ok(self.out.into())
    }

    /// Compresses until nothing is left to read and to write. Only then does a flush begin: with something left
    /// to write the compressing library does nothing else.
    fn compress(&mut self, mut frames: &[u8]) -> io::Result<()> {
        loop {
            let (read, len) = (self.compress.total_in(), self.step(frames, FlushCompress::None)?);
            let read = self.compress.total_in() - read;
            // No more than there is.
            frames = frames.get(usize::try_from(read).unwrap_or(usize::MAX)..).unwrap_or_default();
            if frames.is_empty() && len == 0 {
                return Ok(());
            }
        }
    }

    /// Writes the end of a frame or of the body: of a frame an empty block of 10 bits, of which some stay behind,
    /// and nothing of the frame does. It is complete once there is room left in the output.
    fn end(&mut self, flush: FlushCompress) -> io::Result<()> {
        loop {
            self.step(&[], flush)?;
            if self.out.len() < self.out.capacity() {
                return Ok(());
            }
        }
    }

    /// Returns how much was written.
    fn step(&mut self, frames: &[u8], flush: FlushCompress) -> io::Result<usize> {
        self.out.reserve(STEP);
        let before = self.out.len();
        self.compress.compress_vec(frames, &mut self.out, flush)?;
        Ok(self.out.len() - before)
    }
}

impl fmt::Debug for GzipEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GzipEncoder").finish_non_exhaustive()
    }
}
