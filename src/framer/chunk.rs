//! The framer that owns its chunk.

use core::fmt;

use super::{FrameItem, Framer};
use crate::decoder::chunk::Site;
use crate::decoder::{PushError, Refusal};
use crate::region::Buffer;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// A [`Framer`] that owns the current chunk: chunks are fed, frames pulled out, one a call.
///
/// It has no lifetime, so it can be kept where a chunk has to outlive a call: in a future, in `poll_next`,
/// in a codec. `C` is the type of the chunks, any `AsRef<[u8]>`. All else is as in [`Framer`], and as in
/// [`ChunkDecoder`](crate::ChunkDecoder): a chunk that was read is kept until the next one comes or
/// [`take_chunk`](Self::take_chunk) is called, and what is not read of a chunk is gone when its stream is.
///
/// ```
/// use sse_wire::framer::{ChunkFramer, FrameItem};
///
/// let mut framer = ChunkFramer::new();
/// let mut count = 0;
/// for chunk in ["data: a\n\nda", "ta: b\n\n"] {
///     framer.feed(String::from(chunk));
///     while let Some(item) = framer.next_item() {
///         assert!(matches!(item, FrameItem::Frame(_)));
///         count += 1;
///     }
/// }
/// assert_eq!(count, 2);
/// ```
#[derive(Clone)]
pub struct ChunkFramer<
    C,
    #[cfg(feature = "alloc")] B: Buffer = Vec<u8>,
    #[cfg(not(feature = "alloc"))] B: Buffer,
> {
    framer: Framer<B>,
    chunk: Option<C>,
    /// The framer reads the chunk, of which `read` bytes had been read before.
    is_reading: bool,
    read: usize,
    /// Where the bytes were when they were looked at last.
    site: Site,
    /// The turn of the framer that the chunk belongs to, while nobody reads it.
    turn: u64,
}

#[cfg(feature = "alloc")]
impl<C> ChunkFramer<C> {
    /// A framer with the default settings, at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::with_framer(Framer::new())
    }
}

#[cfg(feature = "alloc")]
impl<C> Default for ChunkFramer<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C, B: Buffer> ChunkFramer<C, B> {
    /// Cuts frames with this framer: with its settings, behind what it has read.
    #[must_use]
    pub fn with_framer(framer: Framer<B>) -> Self {
        Self { framer, chunk: None, is_reading: false, read: 0, site: Site::default(), turn: 0 }
    }
}

impl<C: AsRef<[u8]>, B: Buffer> ChunkFramer<C, B> {
    /// Takes a chunk, and cannot fail: for a host that asks for a chunk where [`next_item`](Self::next_item) gave
    /// `None`.
    ///
    /// If the one before is not read, the rest of it is lost, as with a cursor that is forgotten
    /// ([`Framer::feed`]): the next item reports that. [`push`](Self::push) gives the chunk back instead.
    pub fn feed(&mut self, chunk: C) {
        if self.remaining().is_empty() {
            self.pause();
        } else if !self.is_reading {
            self.begin();
        }
        (self.chunk, self.read) = (Some(chunk), 0);
        self.begin();
    }

    /// Takes a chunk. The one before must have been read: it is when [`next_item`](Self::next_item) gave
    /// `None`, or when nothing [remains](Self::remaining) of it.
    ///
    /// # Errors
    ///
    /// If the one before is not read: the chunk is given back, and nothing has changed.
    pub fn push(&mut self, chunk: C) -> Result<(), PushError<C>> {
        let bytes = self.remaining().len();
        if bytes > 0 {
            return Err(PushError { chunk, reason: Refusal::Unread { bytes } });
        }
        self.feed(chunk);
        Ok(())
    }

    /// The next item; `None` when the chunk is read, or if there is none.
    pub fn next_item(&mut self) -> Option<FrameItem<'_>> {
        if !self.is_reading {
            if self.remaining().is_empty() {
                return None;
            }
            self.begin();
        }
        let bytes = rest(self.chunk.as_ref(), self.read);
        if self.site.has_moved(bytes) {
            self.framer.look_again();
        }
        let Some(outcome) = self.framer.advance(bytes) else {
            self.pause();
            return None;
        };
        Some(self.framer.item(outcome, rest(self.chunk.as_ref(), self.read)))
    }

    /// The part of the chunk that has not been read. Empty if there is no chunk.
    ///
    /// ```
    /// let mut framer = sse_wire::framer::ChunkFramer::new();
    /// framer.feed("data: a\n\ndata: b");
    /// assert!(framer.next_item().is_some());
    /// assert_eq!((framer.consumed(), framer.remaining()), (9, &b"data: b"[..]));
    /// ```
    #[must_use]
    pub fn remaining(&self) -> &[u8] {
        rest(self.chunk.as_ref(), self.consumed())
    }

    /// How many bytes of the chunk have been read; zero, if there is no chunk.
    #[must_use]
    pub fn consumed(&self) -> usize {
        match &self.chunk {
            None => 0,
            Some(_) if self.is_reading => self.read + self.framer.pos(),
            Some(_) if self.turn == self.framer.turns => self.read,
            Some(chunk) => chunk.as_ref().len(),
        }
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.framer.state.stream_offset()
    }

    /// The chunk, read or not: how much of it is, [`consumed`](Self::consumed) tells before. The framer
    /// stands exactly behind the last item.
    pub fn take_chunk(&mut self) -> Option<C> {
        self.pause();
        self.chunk.take()
    }

    /// The framer. As long as the chunk is being read, it tells nothing of that yet, and counts all of it as read;
    /// [`stream_offset`](Self::stream_offset) tells where it stands.
    #[must_use]
    pub fn get_ref(&self) -> &Framer<B> {
        &self.framer
    }

    /// The framer, exactly behind the last item. What is left of the chunk is read on with the next pull,
    /// unless the stream was ended or begun again.
    ///
    /// ```
    /// let mut framer = sse_wire::framer::ChunkFramer::new();
    /// framer.feed("id: 1\ndata: a\n\ndata: cut");
    /// assert!(framer.next_item().is_some());
    /// assert_eq!(framer.get_mut().last_event_id(), "1");
    /// assert!(framer.next_item().is_none());
    /// assert_eq!(framer.get_mut().finish().unwrap().raw(), b"data: cut");
    /// ```
    pub fn get_mut(&mut self) -> &mut Framer<B> {
        self.pause();
        &mut self.framer
    }

    /// The framer, exactly behind the last item. What is left of the chunk is discarded.
    #[must_use]
    pub fn into_inner(mut self) -> Framer<B> {
        self.pause();
        self.framer
    }

    /// Begins to read what is left of the chunk.
    fn begin(&mut self) {
        let bytes = rest(self.chunk.as_ref(), self.read);
        self.framer.begin(bytes);
        (self.is_reading, self.site) = (true, Site::of(bytes));
    }

    /// Ends the reading, as a cursor that is dropped does.
    fn pause(&mut self) {
        if core::mem::take(&mut self.is_reading) {
            self.framer.settle(rest(self.chunk.as_ref(), self.read));
            self.read += self.framer.pos();
            self.turn = self.framer.turns;
        }
    }
}

/// What a chunk has behind the first `read` bytes.
fn rest<C: AsRef<[u8]>>(chunk: Option<&C>, read: usize) -> &[u8] {
    chunk.and_then(|chunk| chunk.as_ref().get(read..)).unwrap_or_default()
}

/// Shows the state, not the payload.
impl<C: AsRef<[u8]>, B: Buffer> fmt::Debug for ChunkFramer<C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkFramer")
            .field("framer", &self.framer)
            .field("consumed", &self.consumed())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}
