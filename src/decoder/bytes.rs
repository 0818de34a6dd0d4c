//! The `Bytes` front: events that own their values and share the memory of the chunk.

use core::fmt;
use core::time::Duration;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use bytes::{Buf, Bytes};

use super::block::{Data, Whole};
use super::bytes_event::{joined, BytesBlock, BytesEvent, BytesItem, Spans};
use super::cursor::Outcome;
use super::region::{Place, Region};
use super::state::{Found, State};
use super::text::{Text, Validated};
use super::{Activity, Config, Counters, Decoder, End};
use crate::grammar::{Span, TERMINATOR};
use crate::{Dropped, SetIdError};

/// How much memory an event, or another item, may pin: what is sliced out of its chunk keeps the whole
/// chunk alive for as long as it lives itself.
///
/// An event is one slice, which has all its values. It is copied all the same, into memory of its
/// own, if its data are empty or are joined of several lines, if one of its values came in part or as a
/// whole in an earlier chunk, or if it is shown as text and is malformed. A last event ID of an earlier
/// block does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pinning {
    /// Events are sliced whatever their length.
    Always,
    /// An event is sliced if so many times the length of its data is at least the length of its
    /// chunk, else copied: it pins at most so many times that length. The default is 64.
    Bounded(usize),
    /// Events are always copied.
    Never,
}

impl Default for Pinning {
    fn default() -> Self {
        Self::Bounded(64)
    }
}

impl Pinning {
    fn slices(self, value: usize, chunk: usize) -> bool {
        match self {
            Self::Always => value != 0,
            Self::Bounded(times) => value.saturating_mul(times) >= chunk,
            Self::Never => false,
        }
    }
}

/// A [`Decoder`] from `Bytes` to events that hold `Bytes`: an event that stands whole in a chunk
/// shares its memory ([`Pinning`]). Everything else is as in [`Decoder`].
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::BytesDecoder;
///
/// let mut decoder = BytesDecoder::new();
/// let events: Vec<_> = decoder
///     .feed(Bytes::from_static(b"data: a\n\nevent: b\ndata: c\n\n"))
///     .collect::<Result<_, _>>()?;
/// assert_eq!(events[0].data(), "a");
/// assert_eq!(events[1].event_type(), "b");
/// # Ok::<(), sse_wire::Dropped>(())
/// ```
#[derive(Clone, Default)]
pub struct BytesDecoder {
    decoder: Decoder<Vec<u8>>,
    pinning: Pinning,
    last_event_id: LastId,
    /// A cursor is in use, or was forgotten.
    feeding: bool,
}

/// The last event ID string, as events share it whose blocks have none; nothing where it is empty.
#[derive(Clone, Debug, Default)]
struct LastId {
    /// It is another one by now.
    is_stale: bool,
    raw: Option<Bytes>,
    /// The same with U+FFFD in place of what is malformed, if anything is.
    replaced: Option<Bytes>,
}

impl LastId {
    fn new(id: &[u8]) -> Self {
        if id.is_empty() {
            return Self::default();
        }
        let replaced = replaced(id).map(Bytes::from);
        Self { is_stale: false, raw: Some(Bytes::copy_from_slice(id)), replaced }
    }

    /// Forgets it, till it is needed next.
    fn forget(&mut self) {
        *self = Self { is_stale: true, ..Self::default() };
    }

    #[inline(never)]
    fn renew(&mut self, region: &Region<Vec<u8>>, place: &Place, chunk: &[u8]) {
        *self = Self::new(region.bytes(place, chunk));
    }

    #[inline(always)]
    fn shown<const TEXT: bool>(&self) -> Option<Bytes> {
        if TEXT && self.replaced.is_some() {
            return self.replaced.clone();
        }
        self.raw.clone()
    }
}

/// The text of a value that is not UTF-8.
fn replaced(value: &[u8]) -> Option<Vec<u8>> {
    match Text::new(value).to_str() {
        Some(_) => None,
        None => Some(Text::new(value).to_string_lossy().into_owned().into_bytes()),
    }
}

impl BytesDecoder {
    /// A decoder with the default settings, at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder with these settings, at the start of a stream.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self { decoder: Decoder::with_config(config), ..Self::default() }
    }

    /// Sets how much memory an event may pin.
    #[must_use]
    pub fn pinning(mut self, pinning: Pinning) -> Self {
        self.pinning = pinning;
        self
    }

    /// Starts reading a chunk of the stream; see [`Decoder::feed`].
    #[inline(always)] // The cursor is large; this spares a copy of it.
    pub fn feed(&mut self, chunk: Bytes) -> BytesEvents<'_> {
        let reading = self.read(chunk);
        BytesEvents { decoder: self, reading }
    }

    /// Begins to read a chunk without holding on to the decoder.
    #[inline(always)]
    pub(crate) fn read(&mut self, chunk: Bytes) -> Reading {
        self.decoder.begin_chunk();
        self.recover();
        self.feeding = true;
        Reading { chunk, validated: Validated::default() }
    }

    /// After a forgotten cursor.
    #[inline(always)]
    fn recover(&mut self) {
        if self.feeding {
            // The cursor moved it, and the decoder within went back; see `Reason::Leaked`.
            self.feeding = false;
            self.last_event_id.forget();
        }
    }

    /// The decoder within: what it can tell of the stream, it tells here as well.
    ///
    /// ```
    /// let mut decoder = sse_wire::BytesDecoder::new();
    /// decoder.feed("data: x\n\n: hi\ndata".into()).for_each(drop);
    /// assert_eq!(decoder.as_decoder().stream_offset(), 18);
    /// assert!(!decoder.as_decoder().at_boundary());
    /// ```
    #[must_use]
    pub fn as_decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Ends the stream; see [`Decoder::finish`].
    pub fn finish(&mut self) -> End {
        self.last_event_id.forget();
        self.decoder.finish()
    }

    /// The event that the stream broke off in; see [`Decoder::take_partial`].
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    pub fn take_partial(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.partial::<true>()
    }

    /// The same as [`take_partial`](Self::take_partial), in the bytes that came.
    ///
    /// # Errors
    ///
    /// The event is dropped for the same reasons as any other.
    pub fn take_partial_raw(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.partial::<false>()
    }

    fn partial<const TEXT: bool>(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.recover();
        let (outcome, state) = self.decoder.partial::<TEXT>()?;
        let chunk = Bytes::from_static(TERMINATOR);
        // The pending ID is the event's own; the decoder's does not move.
        let (mut last_event_id, mut validated) = (self.last_event_id.clone(), Validated::default());
        let mut events = Presenting {
            region: &self.decoder.region,
            found: &self.decoder.found,
            pinning: self.pinning,
            chunk: &chunk,
            state: &state,
            validated: &mut validated,
            last_event_id: &mut last_event_id,
        };
        event(events.item::<TEXT>(outcome))
    }

    /// Begins a new stream; see [`Decoder::reset`].
    pub fn reset(&mut self) {
        self.last_event_id.forget();
        self.decoder.reset();
    }

    /// The last event ID string; see [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.decoder.last_event_id()
    }

    /// Sets the last event ID string; see [`Decoder::set_last_event_id`].
    ///
    /// # Errors
    ///
    /// If the ID has a CR, LF or NUL, or if the limit leaves no room for it.
    pub fn set_last_event_id(
        &mut self,
        id: &(impl AsRef<[u8]> + ?Sized),
    ) -> Result<(), SetIdError> {
        self.decoder.set_last_event_id(id)?;
        self.last_event_id.forget();
        Ok(())
    }

    /// The reconnection time that the stream set last; see [`Decoder::reconnection_time`].
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    /// What has been counted; see [`Decoder::counters`].
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.decoder.counters()
    }

    /// What has been seen since this was called last; see [`Decoder::take_activity`].
    pub fn take_activity(&mut self) -> Activity {
        self.decoder.take_activity()
    }

    /// Whether something was dropped under [`Overflow::Stop`](crate::Overflow::Stop).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.decoder.is_stopped()
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for BytesDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesDecoder")
            .field("decoder", &self.decoder)
            .field("pinning", &self.pinning)
            .finish_non_exhaustive()
    }
}

/// The cursor over one chunk of `Bytes`: an iterator over its events. See [`BytesDecoder::feed`].
///
/// Dropped early it leaves the decoder exactly behind the last item handed out.
pub struct BytesEvents<'d> {
    decoder: &'d mut BytesDecoder,
    reading: Reading,
}

impl BytesEvents<'_> {
    /// The next event in the bytes that came; `None` when the chunk is read. Nothing is validated
    /// and no [text policy](crate::TextPolicy) applies.
    ///
    /// # Errors
    ///
    /// An event that was dropped is reported in its place; it is not the end.
    #[inline]
    pub fn next_raw(&mut self) -> Option<Result<BytesEvent, Dropped>> {
        self.reading.next_event::<false>(self.decoder)
    }

    /// The next item; its values are UTF-8. `None` when the chunk is read.
    pub fn next_item(&mut self) -> Option<BytesItem> {
        self.reading.next_item::<true>(self.decoder)
    }

    /// The next item in the bytes that came; `None` when the chunk is read.
    pub fn next_raw_item(&mut self) -> Option<BytesItem> {
        self.reading.next_item::<false>(self.decoder)
    }

    /// What of the chunk has not been read: to be fed next if the cursor is dropped now.
    #[must_use]
    pub fn remaining(&self) -> Bytes {
        self.reading.remaining(self.decoder)
    }

    /// How many bytes of the stream have been read.
    #[must_use]
    pub fn stream_offset(&self) -> u64 {
        self.decoder.decoder.cursor_offset()
    }
}

impl Iterator for BytesEvents<'_> {
    type Item = Result<BytesEvent, Dropped>;

    /// The next event; its values are UTF-8.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.reading.next_event::<true>(self.decoder)
    }
}

impl core::iter::FusedIterator for BytesEvents<'_> {}

impl Drop for BytesEvents<'_> {
    fn drop(&mut self) {
        self.reading.settle(self.decoder);
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for BytesEvents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesEvents")
            .field("stream_offset", &self.stream_offset())
            .field("remaining", &self.remaining().len())
            .finish_non_exhaustive()
    }
}

/// A cursor and its chunk, without the decoder: that comes with each call, and is always the one
/// that began the reading. Settled before the decoder is used for anything else.
#[derive(Clone)]
#[allow(unreachable_pub, missing_debug_implementations)] // Public only as a sealed trait names it.
pub struct Reading {
    chunk: Bytes,
    validated: Validated,
}

impl Reading {
    /// The next event, or what was dropped.
    #[inline(always)] // An event is large; this spares copies of it.
    pub(crate) fn next_event<const TEXT: bool>(
        &mut self,
        decoder: &mut BytesDecoder,
    ) -> Option<Result<BytesEvent, Dropped>> {
        if decoder.decoder.is_read(&self.chunk, &mut self.validated) {
            return None;
        }
        if let Some(whole) = decoder.decoder.read_usual::<TEXT>(&self.chunk, &mut self.validated) {
            return Some(Ok(self.presenting(decoder).whole_event::<TEXT>(whole)));
        }
        if let Some(whole) = decoder.decoder.read_block::<TEXT>(&self.chunk, &mut self.validated) {
            return Some(Ok(self.presenting(decoder).whole_event::<TEXT>(whole)));
        }
        loop {
            match decoder.decoder.advance::<TEXT>(&self.chunk, &mut self.validated)? {
                Outcome::Event => return Some(Ok(self.presenting(decoder).event::<TEXT>())),
                Outcome::Dropped => return Some(Err(decoder.decoder.found.dropped)),
                Outcome::Block => self.presenting(decoder).commit(),
                Outcome::Comment | Outcome::Retry => {}
            }
        }
    }

    /// The next item.
    #[inline]
    pub(crate) fn next_item<const TEXT: bool>(
        &mut self,
        decoder: &mut BytesDecoder,
    ) -> Option<BytesItem> {
        if decoder.decoder.is_read(&self.chunk, &mut self.validated) {
            return None;
        }
        if let Some(whole) = decoder.decoder.read_block::<TEXT>(&self.chunk, &mut self.validated) {
            return Some(BytesItem::Event(self.presenting(decoder).whole_event::<TEXT>(whole)));
        }
        let outcome = decoder.decoder.advance::<TEXT>(&self.chunk, &mut self.validated)?;
        Some(self.presenting(decoder).item::<TEXT>(outcome))
    }

    pub(crate) fn remaining(&self, decoder: &BytesDecoder) -> Bytes {
        self.chunk.slice(decoder.decoder.cursor.pos()..)
    }

    /// Ends the reading: the decoder is exactly behind the last item handed out.
    #[inline]
    pub(crate) fn settle(&mut self, decoder: &mut BytesDecoder) {
        decoder.decoder.settle(&self.chunk);
        decoder.feeding = false;
    }

    #[inline(always)]
    fn presenting<'a>(&'a mut self, decoder: &'a mut BytesDecoder) -> Presenting<'a> {
        let Self { chunk, validated } = self;
        let BytesDecoder { decoder, pinning, last_event_id, .. } = decoder;
        let (Decoder { region, state, found, .. }, pinning) = (decoder, *pinning);
        Presenting { region, found, pinning, chunk, state, validated, last_event_id }
    }
}

/// Makes items of what the cursor found.
struct Presenting<'a> {
    region: &'a Region<Vec<u8>>,
    found: &'a Found,
    pinning: Pinning,
    chunk: &'a Bytes,
    state: &'a State,
    validated: &'a mut Validated,
    last_event_id: &'a mut LastId,
}

impl<'a> Presenting<'a> {
    /// The same again, to be passed on: so this one need not be in memory.
    #[inline(always)]
    fn reborrow(&mut self) -> Presenting<'_> {
        Presenting { validated: self.validated, last_event_id: self.last_event_id, ..*self }
    }

    /// Behind a block.
    #[inline(always)]
    fn commit(&mut self) {
        self.last_event_id.is_stale |= self.state.interpreter.has_id();
    }

    #[inline(always)]
    fn event<const TEXT: bool>(&mut self) -> BytesEvent {
        let State { interpreter, event_type, data, last_event_id, .. } = self.state;
        let event_type = if interpreter.has_type() { *event_type } else { Place::EMPTY };
        let id = interpreter.has_id().then_some(*last_event_id);
        self.event_of::<TEXT>(event_type, *data, id)
    }

    /// An event that the state does not tell.
    ///
    /// Of joined data the first line is where it was, behind what is before it in the chunk: what else the
    /// event has is told as it is there.
    #[inline(always)]
    fn whole_event<const TEXT: bool>(&mut self, whole: Whole) -> BytesEvent {
        let Whole { lines, event_type, data, id } = whole;
        let has_id = id.is_some();
        let (id, base) = (id.unwrap_or_default(), lines.start);
        // All else in the lines is ASCII.
        if !TEXT || self.validated.is_text(self.chunk, lines) {
            match data {
                Data::Chunk(data) => {
                    let spans = Spans { event_type, data, id, base };
                    return self.event_in::<TEXT>(lines, spans, has_id);
                }
                Data::Joined { stored, first } if event_type.end.max(id.end) <= first.start => {
                    let last_event_id = self.earlier_id::<TEXT>(has_id);
                    let stored = self.region.bytes(&Place::Front(stored), &[]);
                    let data = Span::new(first.start, first.start + stored.len());
                    if event_type.len() + id.len() == 0 {
                        let values = Bytes::copy_from_slice(stored);
                        let spans = Spans { data, base: first.start, ..Spans::default() };
                        return BytesEvent { values, spans, last_event_id, has_id };
                    }
                    let values = both(Span::new(base, first.start).of(self.chunk), stored);
                    let spans = Spans { event_type, data, id, base };
                    return BytesEvent { values, spans, last_event_id, has_id };
                }
                Data::Joined { .. } => {}
            }
        }
        let last_event_id = self.earlier_id::<TEXT>(has_id);
        let (event_type, id) = (Place::Chunk(event_type), Place::Chunk(id));
        let (values, spans) = self.reborrow().joined::<TEXT>(event_type, data.place(), id);
        BytesEvent { values, spans, last_event_id, has_id }
    }

    /// An event of this type and data, and of the ID of its block; an empty type is the default one.
    #[inline(always)]
    fn event_of<const TEXT: bool>(
        &mut self,
        event_type: Place,
        data: Place,
        id: Option<Place>,
    ) -> BytesEvent {
        let has_id = id.is_some();
        let id = id.unwrap_or(Place::EMPTY);
        if let Some(spans) = self.spans::<TEXT>(&event_type, &data, &id) {
            let hull = spans.hull();
            // Is there little between the values?
            let are_close = hull.len() <= 2 * spans.len() + 64;
            if are_close || self.pinning.slices(spans.data.len(), self.chunk.len()) {
                return self.event_in::<TEXT>(hull, spans, has_id);
            }
        }
        let last_event_id = self.earlier_id::<TEXT>(has_id);
        if event_type.len() + id.len() > 0 {
            let (values, spans) = self.reborrow().joined::<TEXT>(event_type, data, id);
            return BytesEvent { values, spans, last_event_id, has_id };
        }
        let values = self.copied::<TEXT>(&data);
        let spans = Spans { data: Span::new(0, values.len()), ..Spans::default() };
        BytesEvent { values, spans, last_event_id, has_id }
    }

    /// An event of a part of the chunk, which has all its values.
    ///
    /// However its values come to be, an event is built in one go: where a `Bytes` that was just made has to
    /// be moved in memory, what it is made of is waited for. And as little as may be is written before the
    /// atomic of `clone`, which waits for it: `slice` would write what its panics tell.
    #[inline(always)]
    fn event_in<const TEXT: bool>(&mut self, part: Span, spans: Spans, has_id: bool) -> BytesEvent {
        let last_event_id = self.earlier_id::<TEXT>(has_id);
        if self.pinning.slices(spans.data.len(), self.chunk.len()) {
            let mut values = self.chunk.clone();
            values.truncate(part.end);
            values.advance(part.start);
            return BytesEvent { values, spans, last_event_id, has_id };
        }
        let values = Bytes::copy_from_slice(part.of(self.chunk));
        BytesEvent { values, spans, last_event_id, has_id }
    }

    /// The last event ID string of an event whose block has none.
    #[inline(always)]
    fn earlier_id<const TEXT: bool>(&mut self, has_id: bool) -> Option<Bytes> {
        self.last_event_id.is_stale |= has_id;
        if has_id {
            return None;
        }
        self.shared_id::<TEXT>()
    }

    /// The last event ID string.
    #[inline(always)]
    fn shared_id<const TEXT: bool>(&mut self) -> Option<Bytes> {
        if self.last_event_id.is_stale {
            self.last_event_id.renew(self.region, &self.state.last_event_id, self.chunk);
        }
        self.last_event_id.shown::<TEXT>()
    }

    /// Where in the chunk the values are, if there are data and they can be shown as they are. What is
    /// empty is where the data are.
    #[inline(always)]
    fn spans<const TEXT: bool>(
        &mut self,
        event_type: &Place,
        data: &Place,
        id: &Place,
    ) -> Option<Spans> {
        let data = self.span::<TEXT>(data)?;
        let mut span = |place: &Place| match place.len() {
            0 => Some(Span::new(data.start, data.start)),
            _ => self.span::<TEXT>(place),
        };
        let (event_type, id) = (span(event_type)?, span(id)?);
        let base = data.start.min(event_type.start).min(id.start);
        Some(Spans { event_type, data, id, base })
    }

    fn item<const TEXT: bool>(&mut self, outcome: Outcome) -> BytesItem {
        let state = self.state;
        let has_id = state.interpreter.has_id();
        match outcome {
            Outcome::Event => BytesItem::Event(self.event::<TEXT>()),
            Outcome::Block => {
                self.commit();
                let has_type = state.interpreter.has_type();
                let event_type = has_type.then(|| self.value::<TEXT>(&state.event_type));
                let id = has_id.then(|| self.shared_id::<TEXT>().unwrap_or_default());
                BytesItem::Block(BytesBlock { event_type, id })
            }
            Outcome::Comment => BytesItem::Comment(self.value::<TEXT>(&self.found.comment)),
            Outcome::Retry => BytesItem::Retry(state.retry()),
            Outcome::Dropped => BytesItem::Dropped(self.found.dropped),
        }
    }

    #[inline]
    fn value<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        match self.span::<TEXT>(place) {
            Some(Span { start, end }) if self.pinning.slices(end - start, self.chunk.len()) => {
                self.chunk.slice(start..end)
            }
            _ => self.copied::<TEXT>(place),
        }
    }

    /// Where in the chunk a value is, if it can be shown as it is and is not empty: that may be in a chunk
    /// before this one, where it was not worth storing.
    #[inline(always)]
    fn span<const TEXT: bool>(&mut self, place: &Place) -> Option<Span> {
        match *place {
            Place::Chunk(span) if !span.is_empty() => {
                (!TEXT || self.validated.is_text(self.chunk, span)).then_some(span)
            }
            _ => None,
        }
    }

    /// A value in memory of its own.
    #[inline(always)]
    fn copied<const TEXT: bool>(&mut self, place: &Place) -> Bytes {
        match self.shown::<TEXT>(place) {
            Cow::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Cow::Owned(text) => Bytes::from(text),
        }
    }

    /// The values in memory of their own.
    #[inline(never)]
    fn joined<const TEXT: bool>(
        mut self,
        event_type: Place,
        data: Place,
        id: Place,
    ) -> (Bytes, Spans) {
        let event_type = self.shown::<TEXT>(&event_type);
        let (data, id) = (self.shown::<TEXT>(&data), self.shown::<TEXT>(&id));
        joined(&event_type, &data, &id)
    }

    /// A value as it is shown.
    #[inline(always)]
    fn shown<const TEXT: bool>(&mut self, place: &Place) -> Cow<'a, [u8]> {
        let bytes = self.region.bytes(place, self.chunk);
        if TEXT && self.span::<TEXT>(place).is_none() {
            if let Some(replaced) = replaced(bytes) {
                return Cow::Owned(replaced);
            }
        }
        Cow::Borrowed(bytes)
    }
}

fn event(item: BytesItem) -> Option<Result<BytesEvent, Dropped>> {
    match item {
        BytesItem::Event(event) => Some(Ok(event)),
        BytesItem::Dropped(dropped) => Some(Err(dropped)),
        _ => None,
    }
}

/// A copy of both, the one behind the other.
#[inline(always)]
fn both(first: &[u8], second: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(first.len() + second.len());
    bytes.extend_from_slice(first);
    bytes.extend_from_slice(second);
    Bytes::from(bytes)
}
