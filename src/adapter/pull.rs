//! What a stream and a codec have in common: the decoder that owns its chunk, and the end.

use core::fmt;
#[cfg(feature = "futures-core")]
use core::time::Duration;

use bytes::Bytes;

use crate::decoder::{BytesItem, End};
use crate::{BytesDecoder, BytesEvent, ChunkDecoder, Dropped, OwnedEvent};

#[cfg(feature = "futures-core")]
use crate::decoder::{Activity, SetIdError};
#[cfg(feature = "futures-core")]
use crate::source::sealed::Front;
#[cfg(feature = "futures-core")]
use crate::source::StreamDecoder;
#[cfg(feature = "futures-core")]
use crate::Text;

/// What a stream hands out: [`BytesEvent`]; [`BytesItem`] for comments, reconnection times and blocks
/// without data as well; or [`OwnedEvent`], which owns its text. What was dropped is the stream's error, so
/// that [`BytesItem::Dropped`] does not occur.
///
/// This trait is sealed.
pub trait StreamItem: Sized + sealed::Pulled {}

impl StreamItem for BytesEvent {}

impl StreamItem for BytesItem {}

impl StreamItem for OwnedEvent {}

/// The decoder of an adapter.
pub(super) type Chunks = ChunkDecoder<Bytes, BytesDecoder>;

pub(super) mod sealed {
    use super::{BytesEvent, BytesItem, Chunks, Dropped, OwnedEvent};

    pub trait Pulled: Sized {
        /// The next of the chunk, or what was dropped. With `RAW` values are as they came.
        fn next<const RAW: bool>(chunks: &mut Chunks) -> Option<Result<Self, Dropped>>;

        fn from_event(event: BytesEvent) -> Self;
    }

    impl Pulled for BytesEvent {
        #[inline(always)]
        fn next<const RAW: bool>(chunks: &mut Chunks) -> Option<Result<Self, Dropped>> {
            if RAW {
                chunks.next_raw_bytes()
            } else {
                chunks.next_bytes()
            }
        }

        fn from_event(event: BytesEvent) -> Self {
            event
        }
    }

    impl Pulled for BytesItem {
        #[inline]
        fn next<const RAW: bool>(chunks: &mut Chunks) -> Option<Result<Self, Dropped>> {
            let item = if RAW { chunks.next_raw_bytes_item() } else { chunks.next_bytes_item() };
            Some(match item? {
                Self::Dropped(dropped) => Err(dropped),
                item => Ok(item),
            })
        }

        fn from_event(event: BytesEvent) -> Self {
            Self::Event(event)
        }
    }

    impl Pulled for OwnedEvent {
        #[inline]
        fn next<const RAW: bool>(chunks: &mut Chunks) -> Option<Result<Self, Dropped>> {
            if RAW {
                chunks.next_raw().map(|found| found.map(Self::from))
            } else {
                chunks.next_owned()
            }
        }

        fn from_event(event: BytesEvent) -> Self {
            event.into_owned()
        }
    }
}

/// What a stream and a codec have in common.
#[derive(Clone, Default)]
pub(super) struct Pull {
    chunks: Chunks,
    end: Option<End>,
    dispatch_partial: bool,
    is_raw: bool,
}

impl Pull {
    pub(super) fn new(decoder: BytesDecoder) -> Self {
        Self { chunks: ChunkDecoder::with_decoder(decoder), ..Self::default() }
    }

    pub(super) fn set_dispatch_partial(&mut self, wanted: bool) {
        self.dispatch_partial = wanted;
    }

    pub(super) fn set_raw(&mut self, wanted: bool) {
        self.is_raw = wanted;
    }

    /// The next item of the chunk; `None` when it is time to feed. Items are large: each is made where
    /// it is handed out.
    #[inline(always)]
    pub(super) fn next<I: StreamItem>(&mut self) -> Option<Result<I, Dropped>> {
        if self.is_raw {
            I::next::<true>(&mut self.chunks)
        } else {
            I::next::<false>(&mut self.chunks)
        }
    }

    /// Takes a chunk, the one before being read.
    #[inline(always)] // A chunk is large; this spares copies of it.
    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.end = None;
        self.chunks.feed(chunk);
    }

    /// Takes the end of the stream, and gives what it broke off in if that is asked for.
    pub(super) fn finish<I: StreamItem>(&mut self) -> Option<Result<I, Dropped>> {
        if self.end.is_some() {
            return None;
        }
        let decoder = self.chunks.get_mut();
        self.end = Some(decoder.finish());
        if !self.dispatch_partial {
            return None;
        }
        let taken = if self.is_raw { decoder.take_partial_raw() } else { decoder.take_partial() };
        taken.map(|taken| taken.map(I::from_event))
    }

    pub(super) fn end(&self) -> Option<End> {
        self.end
    }

    /// Whether what was dropped last is the last item.
    pub(super) fn is_stopped(&self) -> bool {
        self.chunks.get_ref().is_stopped()
    }

    pub(super) fn chunks(&self) -> &Chunks {
        &self.chunks
    }

    /// The decoder, exactly behind the last item.
    pub(super) fn decoder_mut(&mut self) -> &mut BytesDecoder {
        self.chunks.get_mut()
    }

    /// The chunk that was read need not be kept.
    #[inline]
    pub(super) fn let_go(&mut self) {
        self.chunks.drop_chunk();
    }
}

#[cfg(feature = "futures-core")]
impl Pull {
    /// Makes the id of what was dropped just now the last event ID, if it was complete and the stream
    /// goes on.
    pub(super) fn resume_behind_dropped(&mut self) {
        if self.is_stopped() {
            return;
        }
        let Some(id) = self.chunks.dropped_block().id().map(<[u8]>::to_vec) else { return };
        // What the limit leaves no room for changes nothing.
        let _ = self.decoder_mut().set_last_event_id(&id);
    }
}

/// Under a connection.
#[cfg(feature = "futures-core")]
impl StreamDecoder for Pull {}

#[cfg(feature = "futures-core")]
impl Front for Pull {
    fn reset(&mut self) {
        self.end = None;
        self.chunks.take_chunk();
        self.decoder_mut().reset();
    }

    fn is_stopped(&self) -> bool {
        Self::is_stopped(self)
    }

    fn is_foreign(&self) -> bool {
        self.chunks.get_ref().as_decoder().is_foreign()
    }

    fn events(&self) -> u64 {
        self.chunks.get_ref().counters().events()
    }

    fn last_event_id(&self) -> Text<'_> {
        self.chunks.last_event_id()
    }

    fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError> {
        self.decoder_mut().set_last_event_id(id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        self.chunks.get_ref().reconnection_time()
    }

    fn take_activity(&mut self) -> Activity {
        self.decoder_mut().take_activity()
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for Pull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pull")
            .field("decoder", self.chunks.get_ref())
            .field("rest", &self.chunks.remaining().len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
