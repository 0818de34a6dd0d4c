//! A decoder with the chunk that it reads: chunks are pushed in, items pulled out.

use core::fmt;
#[cfg(feature = "futures-core")]
use core::time::Duration;

use bytes::Bytes;

use crate::decoder::Reading;
use crate::{BytesDecoder, BytesEvent, BytesItem, Dropped, End};

#[cfg(feature = "futures-core")]
use crate::source::{sealed::Front, StreamDecoder};
#[cfg(feature = "futures-core")]
use crate::{Activity, SetIdError, Text};

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
        /// The next of the chunk, or what was dropped.
        fn next(reading: &mut Reading, decoder: &mut BytesDecoder)
            -> Option<Result<Self, Dropped>>;

        fn from_event(event: BytesEvent) -> Self;
    }

    impl Pulled for BytesEvent {
        #[inline(always)]
        fn next(
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
        fn next(
            reading: &mut Reading,
            decoder: &mut BytesDecoder,
        ) -> Option<Result<Self, Dropped>> {
            match reading.next_item::<true>(decoder)? {
                Self::Dropped(dropped) => Some(Err(dropped)),
                item => Some(Ok(item)),
            }
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
}

impl Pull {
    pub(super) fn new(decoder: BytesDecoder) -> Self {
        Self { decoder, ..Self::default() }
    }

    pub(super) fn set_dispatch_partial(&mut self, wanted: bool) {
        self.dispatch_partial = wanted;
    }

    /// The next item of the chunk; `None` when it is time to push. Items are large: each is made where
    /// it is handed out.
    #[inline(always)]
    pub(super) fn next<I: StreamItem, T>(
        &mut self,
        item: impl FnOnce(I) -> T,
        dropped: impl FnOnce(&mut Self, Dropped) -> T,
    ) -> Option<T> {
        loop {
            if let Some(reading) = &mut self.reading {
                match I::next(reading, &mut self.decoder) {
                    Some(Ok(found)) => return Some(item(found)),
                    Some(Err(what)) => return Some(dropped(self, what)),
                    None => {}
                }
            }
            if !self.resume() {
                return None;
            }
        }
    }

    /// Ends the reading, and begins one of what it has left, if it was ended early.
    #[inline(never)]
    fn resume(&mut self) -> bool {
        self.settle();
        if self.rest.is_empty() || self.decoder.is_stopped() {
            return false;
        }
        self.reading = Some(self.decoder.read(core::mem::take(&mut self.rest)));
        true
    }

    /// Takes a chunk, the one before being read.
    #[inline]
    pub(super) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.reading.is_none() && self.rest.is_empty(), "rule B");
        self.end = None;
        self.reading = Some(self.decoder.read(chunk));
    }

    /// Takes the end of the stream, and gives what it broke off in if that is asked for.
    pub(super) fn finish<I: StreamItem>(&mut self) -> Option<Result<I, Dropped>> {
        if self.end.is_some() {
            return None;
        }
        self.settle();
        self.end = Some(self.decoder.finish());
        let partial = if self.dispatch_partial { self.decoder.take_partial() } else { None };
        partial.map(|taken| taken.map(I::from_event))
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
            self.rest = reading.remaining(&self.decoder);
        }
    }
}

#[cfg(feature = "futures-core")]
impl Pull {
    /// Makes the id of what was dropped just now the last event ID, if it was complete and the stream
    /// goes on.
    pub(super) fn resume_behind_dropped(&mut self) {
        let reading = self.reading.as_ref().filter(|_| !self.decoder.is_stopped());
        let Some(reading) = reading else { return };
        let block = reading.dropped_block(&self.decoder);
        if let Some(id) = block.id() {
            // What the limit leaves no room for changes nothing.
            let _ = self.decoder_mut().set_last_event_id(id.as_bytes());
        }
    }
}

/// Under a connection.
#[cfg(feature = "futures-core")]
impl StreamDecoder for Pull {}

#[cfg(feature = "futures-core")]
impl Front for Pull {
    fn reset(&mut self) {
        (self.reading, self.rest, self.end) = (None, Bytes::new(), None);
        self.decoder.reset();
    }

    fn is_stopped(&self) -> bool {
        self.decoder.is_stopped()
    }

    fn is_foreign(&self) -> bool {
        self.decoder.as_decoder().is_foreign()
    }

    fn events(&self) -> u64 {
        self.decoder.counters().events()
    }

    fn last_event_id(&self) -> Text<'_> {
        self.decoder.last_event_id()
    }

    fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError> {
        self.decoder_mut().set_last_event_id(id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    fn take_activity(&mut self) -> Activity {
        self.decoder_mut().take_activity()
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
