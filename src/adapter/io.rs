//! `std::io::Read`: events out of a blocking reader.

use std::io::{self, ErrorKind, Read};

use core::fmt;

use super::StreamError;
use crate::adapter::ReadChunk;
use crate::decoder::End;
use crate::{ChunkDecoder, Decoder, OwnedEvent, Text};

/// How many bytes are read at a time, unless it is set.
const BUFFER: usize = 16 << 10;

/// The events of an [`std::io::Read`]: an adapter over [`ChunkDecoder`] with a buffer of its own.
///
/// [`next_chunk`](Self::next_chunk) reads a chunk and gives the decoder that holds it: borrowed events, at
/// full speed, in any form. As an iterator it gives events that own their text.
///
/// - A read that was interrupted is repeated. Any other error is passed on and is not the end: the
///   next call reads again, and nothing is lost. The end is where the reader gives no more bytes, or
///   what [`Overflow::Stop`](crate::decoder::Overflow::Stop) stopped at.
/// - At the end, [`end`](Self::end) says whether an event was cut off; `decoder_mut().take_partial()`
///   gives it.
///
/// ```
/// use sse_wire::EventReader;
///
/// let mut reader = EventReader::new(&b"data: a\n\ndata: b\n\n"[..]);
/// let mut count = 0;
/// while let Some(events) = reader.next_chunk()? {
///     while let Some(event) = events.next_event() {
///         println!("{}", event.map_err(std::io::Error::other)?.data());
///         count += 1;
///     }
/// }
/// assert_eq!((count, reader.end()), (2, Some(sse_wire::decoder::End::Clean)));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// ```
/// use sse_wire::EventReader;
///
/// let events = EventReader::new(&b"data: a\n\ndata: b\n\n"[..]);
/// let data = events.map(|event| event.map(|event| event.data));
/// assert_eq!(data.collect::<Result<Vec<_>, _>>()?, ["a", "b"]);
/// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
/// ```
#[must_use = "nothing is read unless it is asked for"]
pub struct EventReader<R> {
    reader: R,
    decoder: ChunkDecoder<ReadChunk>,
    /// Memory to read into, if no chunk has it.
    spare: ReadChunk,
    /// How many bytes are read at a time.
    buffer_size: usize,
    end: Option<End>,
}

impl<R> EventReader<R> {
    /// The events of `reader`, decoded with the default settings.
    pub fn new(reader: R) -> Self {
        Self::with_decoder(reader, Decoder::new())
    }

    /// The events of `reader` out of this decoder: with its settings, behind what it has read, from
    /// its last event ID.
    pub fn with_decoder(reader: R, decoder: Decoder) -> Self {
        Self {
            reader,
            decoder: ChunkDecoder::with_decoder(decoder),
            spare: ReadChunk::default(),
            buffer_size: BUFFER,
            end: None,
        }
    }

    /// Sets how many bytes are read at a time, from the next read on: 16 KiB unless set, and at least
    /// one.
    ///
    /// ```
    /// let reader = sse_wire::EventReader::new(std::io::empty()).buffer_size(1 << 10);
    /// ```
    pub const fn buffer_size(mut self, bytes: usize) -> Self {
        self.buffer_size = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// How the stream ended; `None` as long as it has not.
    #[must_use]
    pub const fn end(&self) -> Option<End> {
        self.end
    }

    /// The last event ID string as of the last item: what a new connection is to send.
    ///
    /// ```
    /// let mut reader = sse_wire::EventReader::new(&b"id: 1\ndata: a\n\nid: 2\n\n"[..]);
    /// assert_eq!(reader.next().unwrap()?.data, "a");
    /// assert_eq!(reader.last_event_id(), "1");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.decoder.last_event_id()
    }

    /// The decoder, exactly behind the last item: for the reconnection time, counters and activity, and at
    /// the end the partial event.
    ///
    /// What is left of the current chunk is read on by the next call, unless the stream was ended or begun
    /// again. What the caller feeds here comes before it.
    ///
    /// ```
    /// let mut reader = sse_wire::EventReader::new(&b"id: 1\ndata: a\n\ndata: [DONE]"[..]);
    /// assert_eq!(reader.next().unwrap()?.data, "a");
    /// assert_eq!(reader.decoder_mut().last_event_id(), "1");
    /// assert!(reader.next().is_none());
    /// assert_eq!(reader.decoder_mut().take_partial().unwrap().unwrap().data(), "[DONE]");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn decoder_mut(&mut self) -> &mut Decoder {
        self.decoder.get_mut()
    }

    /// The reader.
    #[must_use]
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader, mutably. Bytes that are taken from it are missing in the stream.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The reader; what is left of the current chunk is discarded.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: Read> EventReader<R> {
    /// Reads a chunk and gives the decoder that holds it; `None` at the end.
    ///
    /// Blocks until there is at least one byte. If the chunk before was not pulled empty, there is no read: it
    /// is read on behind the last item.
    ///
    /// # Errors
    ///
    /// The reader's, except for [`ErrorKind::Interrupted`].
    pub fn next_chunk(&mut self) -> io::Result<Option<&mut ChunkDecoder<ReadChunk>>> {
        Ok(if self.fill()? { Some(&mut self.decoder) } else { None })
    }

    /// Sees to it that there is something to read; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.end.is_some() {
            return Ok(false);
        }
        let is_stopped = self.decoder.get_ref().is_stopped();
        if !is_stopped && !self.decoder.remaining().is_empty() {
            return Ok(true);
        }
        if let Some(chunk) = self.decoder.take_chunk() {
            self.spare = chunk;
        }
        let filled = if is_stopped { 0 } else { self.read()? };
        if filled == 0 {
            self.end = Some(self.decoder.get_mut().finish());
            return Ok(false);
        }
        self.decoder.feed(core::mem::take(&mut self.spare));
        Ok(true)
    }

    fn read(&mut self) -> io::Result<usize> {
        let Self { reader, spare, buffer_size, .. } = self;
        spare.refill(*buffer_size, |buffer| loop {
            match reader.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        })
    }
}

/// Events that own their text.
impl<R: Read> Iterator for EventReader<R> {
    type Item = Result<OwnedEvent, StreamError<io::Error>>;

    #[inline(always)] // An event is large; this spares a copy of it.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(found) = self.decoder.next_owned() {
                return Some(found.map_err(StreamError::Dropped));
            }
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(StreamError::Source(error))),
            }
        }
    }
}

impl<R: Read> core::iter::FusedIterator for EventReader<R> {}

/// Shows the state, not the reader, which may hold payload.
impl<R> fmt::Debug for EventReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("decoder", &self.decoder)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
