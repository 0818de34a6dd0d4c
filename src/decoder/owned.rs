//! Events that own their text, one a call, without a cursor that holds on to the decoder.

use alloc::string::String;

use super::cursor::Outcome;
use super::present::raw_event;
use super::text::Text;
use super::Decoder;
use crate::event::MESSAGE;
use crate::{Dropped, OwnedEvent};

/// A cursor that does not hold on to the decoder and the chunk: the chunk comes with each call, and
/// is always the one that it began with. Settled before the decoder is used for anything else.
impl Decoder {
    pub(crate) fn begin_owned(&mut self) {
        self.begin_chunk();
    }

    /// The next event, as a copy of what [`Events::next_event`](super::Events::next_event) gives;
    /// made into what is handed out where it is handed out, for it is large.
    #[inline]
    pub(crate) fn next_owned<T>(
        &mut self,
        chunk: &[u8],
        hand_out: impl FnOnce(Result<OwnedEvent, Dropped>) -> T,
    ) -> Option<T> {
        if self.is_read(chunk, &mut ()) {
            return None;
        }
        loop {
            match self.advance::<true>(chunk, &mut ())? {
                Outcome::Event => break,
                Outcome::Dropped => return Some(hand_out(Err(self.found.dropped))),
                _ => {}
            }
        }
        let event = raw_event(&self.state, &self.region, chunk);
        Some(hand_out(Ok(OwnedEvent {
            event_type: if event.event_type == MESSAGE.as_bytes() {
                MESSAGE.into()
            } else {
                to_string(event.event_type)
            },
            data: to_string(event.data),
            last_event_id: to_string(event.last_event_id),
            has_id: event.has_id,
        })))
    }

    /// Ends the cursor: the decoder is exactly behind the last event. Says how many bytes of the
    /// chunk have been read.
    pub(crate) fn settle_owned(&mut self, chunk: &[u8]) -> usize {
        self.settle(chunk);
        self.cursor.pos()
    }
}

#[inline(always)]
fn to_string(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    match Text::new(bytes).to_str() {
        Some(text) => text.into(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}
