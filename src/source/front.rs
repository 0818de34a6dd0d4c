//! What a machine needs of the decoder under it.

use core::time::Duration;

use crate::{Activity, Buffer, Decoder, Text};

#[cfg(feature = "bytes")]
use crate::BytesDecoder;

/// A decoder that an [`EventSource`](crate::EventSource) can stand on: [`Decoder`] with any buffer, or
/// [`BytesDecoder`](crate::BytesDecoder).
///
/// This trait is sealed.
pub trait StreamDecoder: sealed::Front {}

impl<B: Buffer> StreamDecoder for Decoder<B> {}

#[cfg(feature = "bytes")]
impl StreamDecoder for BytesDecoder {}

pub(crate) mod sealed {
    use super::{Activity, Duration, Text};
    use crate::SetIdError;

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

use crate::SetIdError;
use sealed::Front;

impl<B: Buffer> Front for Decoder<B> {
    fn reset(&mut self) {
        Self::reset(self);
    }

    #[inline]
    fn is_stopped(&self) -> bool {
        Self::is_stopped(self)
    }

    fn is_foreign(&self) -> bool {
        Self::is_foreign(self)
    }

    fn events(&self) -> u64 {
        self.counters().events()
    }

    fn last_event_id(&self) -> Text<'_> {
        Self::last_event_id(self)
    }

    fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError> {
        Self::set_last_event_id(self, id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        Self::reconnection_time(self)
    }

    fn take_activity(&mut self) -> Activity {
        Self::take_activity(self)
    }
}

#[cfg(feature = "bytes")]
impl Front for BytesDecoder {
    fn reset(&mut self) {
        Self::reset(self);
    }

    fn is_stopped(&self) -> bool {
        Self::is_stopped(self)
    }

    fn is_foreign(&self) -> bool {
        self.as_decoder().is_foreign()
    }

    fn events(&self) -> u64 {
        self.counters().events()
    }

    fn last_event_id(&self) -> Text<'_> {
        Self::last_event_id(self)
    }

    fn set_last_event_id(&mut self, id: &[u8]) -> Result<(), SetIdError> {
        Self::set_last_event_id(self, id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        Self::reconnection_time(self)
    }

    fn take_activity(&mut self) -> Activity {
        Self::take_activity(self)
    }
}
