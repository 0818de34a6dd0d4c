//! A decoder with the chunk that it reads: chunks are pushed in, items pulled out.

use core::fmt;

use bytes::Bytes;

use crate::decoder::Reading;
use crate::{BytesDecoder, BytesEvent, BytesItem, Dropped, End};

/// What a stream hands out: [`BytesEvent`], or [`BytesItem`] for comments, reconnection times and
/// blocks without data as well. In either, what was dropped is the stream's error, so that
/// [`BytesItem::Dropped`] does not occur.
///
/// This trait is sealed.
pub trait StreamItem: Sized + sealed::Pulled {}

impl StreamItem for BytesEvent {}

impl StreamItem for BytesItem {}

pub(super) mod sealed {
    use super::{BytesDecoder, BytesEvent, BytesItem, Dropped, Reading};

    pub trait Pulled: Sized {
        /// The next of the chunk.
        fn pull(reading: &mut Reading, decoder: &mut BytesDecoder)
            -> Option<Result<Self, Dropped>>;

        fn from_event(event: BytesEvent) -> Self;
    }

    impl Pulled for BytesEvent {
        #[inline]
        fn pull(
            reading: &mut Reading,
            decoder: &mut BytesDecoder,
        ) -> Option<Result<Self, Dropped>> {
            reading.next_event::<true>(decoder)
        }

        fn from_event(event: BytesEvent) -> Self {
            event
        }
    }

    impl Pulled for BytesItem {
        #[inline]
        fn pull(
            reading: &mut Reading,
            decoder: &mut BytesDecoder,
        ) -> Option<Result<Self, Dropped>> {
            Some(match reading.next_item::<true>(decoder)? {
                BytesItem::Dropped(dropped) => Err(dropped),
                item => Ok(item),
            })
        }

        fn from_event(event: BytesEvent) -> Self {
            Self::Event(event)
        }
    }
}

/// - **(A)** While `reading` is there, the decoder is in use by it and by nothing else.
/// - **(B)** A chunk is pushed when the one before is read.
#[derive(Clone, Default)]
pub(super) struct Pull {
    decoder: BytesDecoder,
    reading: Option<Reading>,
    /// What is left of a chunk whose reading was settled before its end.
    rest: Bytes,
    end: Option<End>,
    dispatch_partial: bool,
    partial_due: bool,
}

impl Pull {
    pub(super) fn new(decoder: BytesDecoder) -> Self {
        Self { decoder, ..Self::default() }
    }

    pub(super) fn set_dispatch_partial(&mut self, wanted: bool) {
        self.dispatch_partial = wanted;
    }

    /// The next item of the chunk, or of the stream's end; `None` when it is time to push.
    #[inline]
    pub(super) fn next<I: StreamItem>(&mut self) -> Option<Result<I, Dropped>> {
        if let Some(reading) = &mut self.reading {
            if let Some(found) = I::pull(reading, &mut self.decoder) {
                return Some(found);
            }
            self.settle();
        }
        self.next_of_rest()
    }

    /// Goes on where the decoder was lent to the caller, or hands out what the stream broke off in.
    #[inline(never)]
    fn next_of_rest<I: StreamItem>(&mut self) -> Option<Result<I, Dropped>> {
        if core::mem::take(&mut self.partial_due) {
            return self.decoder.take_partial().map(|taken| taken.map(I::from_event));
        }
        if self.rest.is_empty() || self.decoder.is_stopped() {
            return None;
        }
        let reading = self.reading.insert(self.decoder.read(core::mem::take(&mut self.rest)));
        let found = I::pull(reading, &mut self.decoder);
        if found.is_none() {
            self.settle();
        }
        found
    }

    /// Takes a chunk, the one before being read.
    #[inline]
    pub(super) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.reading.is_none() && self.rest.is_empty(), "rule B");
        self.end = None;
        self.reading = Some(self.decoder.read(chunk));
    }

    /// Takes the end of the stream.
    pub(super) fn finish(&mut self) {
        self.settle();
        if self.end.is_none() {
            self.end = Some(self.decoder.finish());
            self.partial_due = self.dispatch_partial;
        }
    }

    /// Whether nothing comes any more, unless there is another push.
    #[cfg(feature = "futures-core")]
    pub(super) fn is_terminated(&self) -> bool {
        self.end.is_some() && !self.partial_due
    }

    pub(super) fn end(&self) -> Option<End> {
        self.end
    }

    /// Whether what was dropped last is the last item.
    pub(super) fn is_stopped(&mut self) -> bool {
        self.decoder_mut().is_stopped()
    }

    /// The decoder, exactly behind the last item.
    pub(super) fn decoder_mut(&mut self) -> &mut BytesDecoder {
        self.settle();
        &mut self.decoder
    }

    fn settle(&mut self) {
        if let Some(mut reading) = self.reading.take() {
            reading.settle(&mut self.decoder);
            self.rest = reading.remaining();
        }
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for Pull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pull")
            .field("decoder", &self.decoder)
            .field("reading", &self.reading.is_some())
            .field("rest", &self.rest.len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
