//! What a machine needs of the decoder under it.

use core::time::Duration;

use crate::decoder::{machine, Activity, Buffer, SetIdError};
use crate::{Decoder, Text};

#[cfg(feature = "bytes")]
use crate::BytesDecoder;

/// A decoder that an [`EventSource`](crate::EventSource) can stand on: a [`Decoder`] with any buffer, or with
/// the feature `bytes` a `BytesDecoder`.
///
/// This trait is sealed.
pub trait StreamDecoder: sealed::Front {}

impl<B: Buffer> StreamDecoder for Decoder<B> {}

#[cfg(feature = "bytes")]
impl StreamDecoder for BytesDecoder {}

pub(crate) mod sealed {
    use super::{Activity, Duration, SetIdError, Text};

    /// The part of a decoder that outlives its streams.
    pub trait Front {
        fn reset(&mut self);
        fn is_stopped(&self) -> bool;
        fn is_foreign(&self) -> bool;
        /// How many events of the stream were dispatched.
        fn events(&self) -> u64;
        fn last_event_id(&self) -> Text<'_>;
        fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError>;
        fn reconnection_time(&self) -> Option<Duration>;
        fn take_activity(&mut self) -> Activity;
    }
}

/// What a decoder, or one that stands on it, can tell.
impl<M: machine::sealed::Decode> sealed::Front for M {
    fn reset(&mut self) {
        self.decoder_mut().reset();
    }

    #[inline]
    fn is_stopped(&self) -> bool {
        self.decoder().is_stopped()
    }

    fn is_foreign(&self) -> bool {
        self.decoder().is_foreign()
    }

    fn events(&self) -> u64 {
        self.decoder().counters().events()
    }

    fn last_event_id(&self) -> Text<'_> {
        self.decoder().last_event_id()
    }

    fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError> {
        self.decoder_mut().set_last_event_id(id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        self.decoder().reconnection_time()
    }

    fn take_activity(&mut self) -> Activity {
        self.decoder_mut().take_activity()
    }
}
