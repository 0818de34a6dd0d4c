//! `std::io::Read`: events out of a blocking reader.

use std::io::{self, ErrorKind, Read};

use alloc::vec::Vec;
use core::fmt;

use super::StreamError;
use crate::{Decoder, End, Events, OwnedEvent};

/// How many bytes are read at a time, unless it is set.
const BUFFER: usize = 16 << 10;

/// The events of an [`std::io::Read`]: an adapter over [`Decoder`] with a buffer of its own.
///
/// [`next_chunk`](Self::next_chunk) gives the cursor over each chunk that is read: borrowed events, at
/// full speed. As an iterator it gives events that own their text, and copies each.
///
/// - A read that was interrupted is repeated. Any other error is passed on and is not the end: the
///   next call reads again, and nothing is lost. The end is where the reader gives no more bytes, or
///   what [`Overflow::Stop`](crate::Overflow::Stop) stopped at.
/// - At the end, [`end`](Self::end) says whether an event was cut off; `decoder_mut().take_partial()`
///   gives it.
///
/// ```
/// use sse_wire::EventReader;
///
/// let mut reader = EventReader::new(&b"data: a\n\ndata: b\n\n"[..]);
/// let mut count = 0;
/// while let Some(mut events) = reader.next_chunk()? {
///     while let Some(event) = events.next_event() {
///         println!("{}", event.map_err(std::io::Error::other)?.data());
///         count += 1;
///     }
/// }
/// assert_eq!((count, reader.end()), (2, Some(sse_wire::End::Clean)));
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
pub struct EventReader<R> {
    reader: R,
    decoder: Decoder,
    buffer: Vec<u8>,
    /// How many bytes are read at a time.
    buffer_size: usize,
    /// What has been read from the reader and not yet by the decoder: `buffer[start..filled]`.
    start: usize,
    filled: usize,
    fed: Fed,
    end: Option<End>,
}

/// Who reads `buffer[start..filled]`, of whom it is still to be found out how far.
enum Fed {
    Nobody,
    /// The cursor that the caller got, when the decoder stood at this stream offset.
    Cursor(u64),
    /// The iterator.
    Iterator,
}

impl<R> EventReader<R> {
    /// The events of `reader`, decoded with the default settings.
    #[must_use]
    pub fn new(reader: R) -> Self {
        Self::with_decoder(reader, Decoder::new())
    }

    /// The events of `reader` out of this decoder: with its settings, behind what it has read, from
    /// its last event ID.
    #[must_use]
    pub fn with_decoder(reader: R, decoder: Decoder) -> Self {
        Self {
            reader,
            decoder,
            buffer: Vec::new(),
            buffer_size: BUFFER,
            start: 0,
            filled: 0,
            fed: Fed::Nobody,
            end: None,
        }
    }

    /// Sets how many bytes are read at a time, from the next read on: 16 KiB unless set, and at least
    /// one.
    ///
    /// ```
    /// let reader = sse_wire::EventReader::new(std::io::empty()).buffer_size(1 << 10);
    /// ```
    #[must_use]
    pub const fn buffer_size(mut self, bytes: usize) -> Self {
        self.buffer_size = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// How the stream ended; `None` as long as it has not.
    #[must_use]
    pub const fn end(&self) -> Option<End> {
        self.end
    }

    /// The decoder, exactly behind the last item: for the last event ID, the reconnection time,
    /// counters and activity, and at the end the partial event.
    ///
    /// What is left of the chunk at hand is read on by the next call. What the caller feeds here comes
    /// before it.
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
        self.settle();
        &mut self.decoder
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

    /// The reader; what is left of the chunk at hand is discarded.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Finds out how far was read.
    fn settle(&mut self) {
        let read = match core::mem::replace(&mut self.fed, Fed::Nobody) {
            Fed::Nobody => return,
            Fed::Cursor(at) => {
                let read = self.decoder.stream_offset().saturating_sub(at);
                usize::try_from(read).unwrap_or(usize::MAX)
            }
            Fed::Iterator => {
                let chunk = self.buffer.get(self.start..self.filled).unwrap_or_default();
                self.decoder.settle_owned(chunk)
            }
        };
        self.start = self.start.saturating_add(read).min(self.filled);
    }
}

impl<R: Read> EventReader<R> {
    /// Reads a chunk and gives the cursor over it; `None` at the end.
    ///
    /// Blocks until there is at least one byte. If the cursor before was dropped early, there is no
    /// read: the next one goes on behind its last item.
    ///
    /// # Errors
    ///
    /// The reader's, except for [`ErrorKind::Interrupted`].
    pub fn next_chunk(&mut self) -> io::Result<Option<Events<'_, '_, Vec<u8>>>> {
        if !self.fill()? {
            return Ok(None);
        }
        self.fed = Fed::Cursor(self.decoder.stream_offset());
        let chunk = self.buffer.get(self.start..self.filled).unwrap_or_default();
        Ok(Some(self.decoder.feed(chunk)))
    }

    /// Sees to it that there is something to feed; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.settle();
        if self.end.is_some() {
            return Ok(false);
        }
        let stopped = self.decoder.is_stopped();
        if self.start < self.filled && !stopped {
            return Ok(true);
        }
        let read = if stopped { 0 } else { self.read()? };
        (self.start, self.filled) = (0, read);
        if read == 0 {
            self.end = Some(self.decoder.finish());
        }
        Ok(read > 0)
    }

    fn read(&mut self) -> io::Result<usize> {
        if self.buffer.len() != self.buffer_size {
            self.buffer = alloc::vec![0; self.buffer_size];
        }
        loop {
            match self.reader.read(&mut self.buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A reader may claim more than there was room for.
                result => return result.map(|read| read.min(self.buffer.len())),
            }
        }
    }
}

/// Events that own their text.
impl<R: Read> Iterator for EventReader<R> {
    type Item = Result<OwnedEvent, StreamError<io::Error>>;

    #[inline(always)] // An event is large; this spares a copy of it.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Fed::Iterator = self.fed {
                let chunk = self.buffer.get(self.start..self.filled).unwrap_or_default();
                let hand_out = |event: Result<_, _>| event.map_err(StreamError::Dropped);
                let event = self.decoder.next_owned(chunk, hand_out);
                if event.is_some() {
                    return event;
                }
            }
            match self.fill() {
                Ok(true) => {
                    let chunk = self.buffer.get(self.start..self.filled).unwrap_or_default();
                    self.decoder.begin_owned(chunk);
                    self.fed = Fed::Iterator;
                }
                Ok(false) => return None,
                Err(error) => return Some(Err(StreamError::Source(error))),
            }
        }
    }
}

impl<R: Read> core::iter::FusedIterator for EventReader<R> {}

/// Shows the state, not the payload.
impl<R: fmt::Debug> fmt::Debug for EventReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("reader", &self.reader)
            .field("decoder", &self.decoder)
            .field("rest", &(self.filled - self.start))
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
