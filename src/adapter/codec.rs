//! `tokio_util::codec`: for `FramedRead` and `FramedWrite`.

use std::io;

use bytes::{Bytes, BytesMut};
use core::fmt;
use core::marker::PhantomData;
use tokio_util::codec;

use super::pull::{Pull, StreamItem};
use super::StreamError;
use crate::decoder::{BytesItem, BytesUndispatched, End};
use crate::{BytesDecoder, BytesEvent, Dropped, Message, OwnedEvent, Text};

/// Events out of a byte stream, as a [`tokio_util::codec::Decoder`]: an adapter over
/// [`ChunkDecoder`](crate::ChunkDecoder).
///
/// `I` is what it hands out: [`BytesEvent`]; after [`owned`](Self::owned) [`OwnedEvent`], after
/// [`items`](Self::items) [`BytesItem`].
///
/// An event that was dropped is an *item*, `Ok(Err(dropped))`, since `FramedRead` ends at the first
/// error and the stream of events does not. Under [`Overflow::Stop`](crate::decoder::Overflow::Stop) it is
/// the error [`StreamError::Dropped`], for then the stream ends.
///
/// The codec takes over all that was read at once, without copying it; what is left of it lives in
/// the codec, not in the buffer of the `FramedRead`.
///
/// ```
/// use futures_util::{FutureExt, StreamExt};
/// use sse_wire::adapter::EventCodec;
/// use tokio_util::codec::FramedRead;
///
/// # async fn read() -> Result<(), Box<dyn std::error::Error>> {
/// let mut events = FramedRead::new(&b"data: a\n\ndata: b\n\nda"[..], EventCodec::new());
/// while let Some(event) = events.next().await {
///     match event? {
///         Ok(event) => println!("{:?}", event.data()),
///         Err(dropped) => eprintln!("{dropped}"), // over the limit; the stream goes on
///     }
/// }
/// assert!(matches!(events.decoder().end(), Some(sse_wire::decoder::End::Partial(_))));
/// # Ok(())
/// # }
/// # read().now_or_never().unwrap().unwrap();
/// ```
#[derive(Clone)]
pub struct EventCodec<I = BytesEvent> {
    pull: Pull,
    item: PhantomData<fn() -> I>,
}

impl EventCodec {
    /// A codec with the default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::with_decoder(BytesDecoder::new())
    }

    /// A codec over this decoder: with its settings, behind what it has read, from its last event
    /// ID.
    #[must_use]
    pub fn with_decoder(decoder: BytesDecoder) -> Self {
        Self { pull: Pull::new(decoder), item: PhantomData }
    }

    /// Hands out all items instead of the events alone.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::adapter::EventCodec;
    /// use sse_wire::decoder::BytesItem;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new().items();
    /// let mut buffer = BytesMut::from("id: 1\n\n");
    /// assert!(matches!(codec.decode(&mut buffer)?, Some(Ok(BytesItem::Undispatched(_)))));
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn items(self) -> EventCodec<BytesItem> {
        EventCodec { pull: self.pull, item: PhantomData }
    }

    /// Hands out events that own their text, as `String`s.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::adapter::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new().owned();
    /// let event = codec.decode(&mut BytesMut::from("data: x\n\n"))?.unwrap().unwrap();
    /// assert_eq!(event.data, "x");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn owned(self) -> EventCodec<OwnedEvent> {
        EventCodec { pull: self.pull, item: PhantomData }
    }
}

impl<I> EventCodec<I> {
    /// Sets whether values are handed out in the bytes that came. They are not validated then, and no
    /// [text policy](crate::decoder::TextPolicy) applies; an `OwnedEvent` has U+FFFD all the same.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::adapter::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new().raw(true);
    /// let event = codec.decode(&mut BytesMut::from(&b"data: caf\xE9\n\n"[..]))?.unwrap().unwrap();
    /// assert_eq!(event.data().as_bytes(), b"caf\xE9");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn raw(mut self, wanted: bool) -> Self {
        self.pull.set_raw(wanted);
        self
    }

    /// Sets whether an event that the end cut off is handed out, as the last one; see
    /// [`Decoder::take_partial`](crate::Decoder::take_partial). The standard discards it.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::adapter::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new().dispatch_partial(true);
    /// let event = codec.decode_eof(&mut BytesMut::from("data: [DONE]"))?.unwrap().unwrap();
    /// assert_eq!(event.data(), "[DONE]");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn dispatch_partial(mut self, wanted: bool) -> Self {
        self.pull.set_dispatch_partial(wanted);
        self
    }

    /// How the stream ended; `None` as long as it has not.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        self.pull.end()
    }

    /// The last event ID string as of the last item: what a new connection is to send.
    #[must_use]
    pub fn last_event_id(&self) -> Text<'_> {
        self.pull.chunks().last_event_id()
    }

    /// What the block that was dropped last had, as far as it was complete. To be asked before the next item.
    #[must_use]
    pub fn dropped_block(&self) -> BytesUndispatched {
        self.pull.chunks().dropped_block().into()
    }

    /// The decoder, exactly behind the last item: for the reconnection time, counters and activity, and at
    /// the end the partial event.
    ///
    /// What is left of the current chunk is read on with the next call, unless the stream was ended or begun
    /// again. What the caller feeds here comes before it.
    pub fn decoder_mut(&mut self) -> &mut BytesDecoder {
        self.pull.decoder_mut()
    }
}

impl Default for EventCodec {
    fn default() -> Self {
        Self::new()
    }
}

/// What a codec gives.
type Found<I> = Result<Option<Result<I, Dropped>>, StreamError<io::Error>>;

impl<I: StreamItem> codec::Decoder for EventCodec<I> {
    type Item = Result<I, Dropped>;
    type Error = StreamError<io::Error>;

    #[inline(always)] // An item is large; this spares a copy of it.
    fn decode(&mut self, buffer: &mut BytesMut) -> Found<I> {
        loop {
            match self.pull.next() {
                Some(Ok(item)) => return Ok(Some(Ok(item))),
                Some(Err(dropped)) => return hand_out_dropped(&self.pull, dropped),
                None => self.pull.let_go(),
            }
            if buffer.is_empty() {
                return Ok(None);
            }
            if self.pull.is_stopped() {
                buffer.clear();
            } else {
                self.pull.feed(buffer.split().freeze());
            }
        }
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> Found<I> {
        if let Some(found) = self.decode(buffer)? {
            return Ok(Some(found));
        }
        match self.pull.finish() {
            Some(Err(dropped)) => hand_out_dropped(&self.pull, dropped),
            found => Ok(found),
        }
    }
}

/// What was dropped is an item, or the error that the stream stopped at.
#[cold]
fn hand_out_dropped<I>(pull: &Pull, dropped: Dropped) -> Found<I> {
    if pull.is_stopped() {
        Err(StreamError::Dropped(dropped))
    } else {
        Ok(Some(Err(dropped)))
    }
}

/// Shows the state, not the payload.
impl<I> fmt::Debug for EventCodec<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventCodec").field("pull", &self.pull).finish()
    }
}

/// Messages into a byte stream, as a [`tokio_util::codec::Encoder`]; frames that are encoded already,
/// as `Bytes`, go out as they are.
///
/// ```
/// use futures_util::{FutureExt, SinkExt};
/// use sse_wire::adapter::MessageCodec;
/// use sse_wire::Message;
/// use tokio_util::codec::FramedWrite;
///
/// # async fn write() -> Result<(), Box<dyn std::error::Error>> {
/// let mut stream = Vec::new();
/// let mut messages = FramedWrite::new(&mut stream, MessageCodec);
/// messages.send(Message::new("a\nb").id("1")?).await?;
/// assert_eq!(stream, b"id: 1\ndata: a\ndata: b\n\n");
/// # Ok(())
/// # }
/// # write().now_or_never().unwrap().unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageCodec;

impl codec::Encoder<Message<'_>> for MessageCodec {
    type Error = io::Error;

    fn encode(&mut self, message: Message<'_>, buffer: &mut BytesMut) -> io::Result<()> {
        match message.encode_to(buffer) {
            Ok(()) => Ok(()),
            Err(never) => match never {},
        }
    }
}

impl codec::Encoder<Bytes> for MessageCodec {
    type Error = io::Error;

    fn encode(&mut self, frame: Bytes, buffer: &mut BytesMut) -> io::Result<()> {
        buffer.extend_from_slice(&frame);
        Ok(())
    }
}
