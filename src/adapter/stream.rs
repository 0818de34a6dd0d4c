//! `futures_core::Stream`: events out of a stream of chunks.

use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{ready, Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::pull::{Pull, StreamItem};
use super::StreamError;
use crate::decoder::{BytesItem, BytesUndispatched, End};
use crate::{BytesDecoder, BytesEvent, OwnedEvent, Text};

/// How many chunks in a row a poll reads that hold no item, before it lets others run.
const CHUNKS_A_POLL: usize = 32;

pin_project! {
    /// The events of a stream of chunks: an adapter over [`ChunkDecoder`](crate::ChunkDecoder) for any
    /// `Stream<Item = Result<C, E>>` where `C` is an `AsRef<[u8]>` and has no lifetime. `Bytes`, `BytesMut`,
    /// `Vec<u8>`, `String` and `&'static str` are taken over as they are; other chunks are copied. A chunk that has a
    /// lifetime is copied first, as in `source.map_ok(Bytes::copy_from_slice)`, or is fed to a `ChunkDecoder`.
    ///
    /// `I` is what it hands out: [`BytesEvent`]; after [`owned`](Self::owned) [`OwnedEvent`], after
    /// [`items`](Self::items) [`BytesItem`].
    ///
    /// - One item a poll. A chunk is asked for when the one before is read; nothing is queued. A poll
    ///   that has read 32 chunks without an item yields to the executor.
    /// - An error of the source is passed on and is not the end. The end is the source's, or what
    ///   [`Overflow::Stop`](crate::decoder::Overflow::Stop) stopped at; after it the source is not polled again.
    /// - It reads what it is given. Whether that is an event stream the response says: its status, and its type
    ///   ([`is_event_stream`](crate::headers::is_event_stream)). With `reqwest`:
    ///   `response.error_for_status()?.bytes_stream()`.
    /// - At the end, [`end`](Self::end) says whether an event was cut off;
    ///   [`dispatch_partial`](Self::dispatch_partial) hands it out.
    /// - Dropped midway, it loses nothing that it handed out; [`last_event_id`](Self::last_event_id) is
    ///   where to go on from.
    /// - It is `Send` if the source is, and `Unpin` if the source is. No runtime is needed.
    ///
    /// ```
    /// use futures_util::stream;
    /// use sse_wire::EventStream;
    ///
    /// # async fn read() -> Result<(), Box<dyn std::error::Error>> {
    /// let chunks = ["data: hel", "lo\n\nevent: bye\nda", "ta\n\n"];
    /// let chunks = stream::iter(chunks.map(Ok::<_, std::io::Error>));
    ///
    /// let mut events = EventStream::new(chunks);
    /// let event = events.next().await.unwrap()?;
    /// assert_eq!(event.data(), "hello");
    /// let event = events.next().await.unwrap()?;
    /// assert!(event.event_type() == "bye" && event.data().is_empty());
    /// assert!(events.next().await.is_none());
    /// assert_eq!(events.end(), Some(sse_wire::decoder::End::Clean));
    /// # Ok(())
    /// # }
    /// # use futures_util::FutureExt;
    /// # read().now_or_never().unwrap().unwrap();
    /// ```
    #[derive(Clone)]
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct EventStream<S, I = BytesEvent> {
        #[pin]
        source: S,
        pull: Pull,
        item: core::marker::PhantomData<fn() -> I>,
    }
}

impl<S> EventStream<S> {
    /// The events of `source`, decoded with the default settings.
    pub fn new(source: S) -> Self {
        Self::with_decoder(source, BytesDecoder::new())
    }

    /// The events of `source` out of this decoder: with its settings, behind what it has read, from
    /// its last event ID.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::decoder::Config;
    /// use sse_wire::{BytesDecoder, EventStream};
    ///
    /// let mut decoder = BytesDecoder::with_config(Config::new().limit(1 << 20));
    /// decoder.set_last_event_id("41")?;
    /// let source = futures_util::stream::empty::<Result<Bytes, std::io::Error>>();
    /// let events = EventStream::with_decoder(source, decoder);
    /// # Ok::<(), sse_wire::decoder::SetIdError>(())
    /// ```
    pub fn with_decoder(source: S, decoder: BytesDecoder) -> Self {
        Self { source, pull: Pull::new(decoder), item: core::marker::PhantomData }
    }

    /// Hands out all items instead of the events alone.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::decoder::BytesItem;
    /// use sse_wire::EventStream;
    ///
    /// let chunk = Ok::<_, std::io::Error>(Bytes::from("retry: 5\nid: 1\n\ndata: x\n\n"));
    /// let mut items = EventStream::new(stream::iter([chunk])).items();
    /// let mut next = || items.next().now_or_never().unwrap();
    /// assert!(matches!(next(), Some(Ok(BytesItem::Retry(_)))));
    /// assert!(matches!(next(), Some(Ok(BytesItem::Undispatched(_)))));
    /// assert!(matches!(next(), Some(Ok(BytesItem::Event(_)))));
    /// assert!(next().is_none());
    /// ```
    pub fn items(self) -> EventStream<S, BytesItem> {
        self.handing_out()
    }

    /// Hands out events that own their text, as `String`s.
    ///
    /// ```
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::{EventStream, OwnedEvent};
    ///
    /// let chunk = Ok::<_, std::io::Error>(String::from("data: x\n\n"));
    /// let mut events = EventStream::new(stream::iter([chunk])).owned();
    /// let event: OwnedEvent = events.next().now_or_never().unwrap().unwrap()?;
    /// assert_eq!(event.data, "x");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn owned(self) -> EventStream<S, OwnedEvent> {
        self.handing_out()
    }

    fn handing_out<I>(self) -> EventStream<S, I> {
        let Self { source, pull, .. } = self;
        EventStream { source, pull, item: core::marker::PhantomData }
    }
}

impl<S, I> EventStream<S, I> {
    /// Sets whether values are handed out in the bytes that came. They are not validated then, and no
    /// [text policy](crate::decoder::TextPolicy) applies; an `OwnedEvent` has U+FFFD all the same.
    ///
    /// ```
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::EventStream;
    ///
    /// let chunk = Ok::<_, std::io::Error>(b"data: caf\xE9\n\n");
    /// let mut events = EventStream::new(stream::iter([chunk])).raw(true);
    /// let event = events.next().now_or_never().unwrap().unwrap()?;
    /// assert_eq!(event.data().as_bytes(), b"caf\xE9");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn raw(mut self, wanted: bool) -> Self {
        self.pull.set_raw(wanted);
        self
    }

    /// Sets whether an event that the source's end cut off is handed out, as the last one. The
    /// standard discards it, and so does this unless asked; some services end without the blank line.
    /// See [`Decoder::take_partial`](crate::Decoder::take_partial).
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::EventStream;
    ///
    /// let chunk = Ok::<_, std::io::Error>(Bytes::from("data: [DONE]"));
    /// let mut events = EventStream::new(stream::iter([chunk])).dispatch_partial(true);
    /// let event = events.next().now_or_never().unwrap().unwrap()?;
    /// assert_eq!(event.data(), "[DONE]");
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    pub fn dispatch_partial(mut self, wanted: bool) -> Self {
        self.pull.set_dispatch_partial(wanted);
        self
    }

    /// How the stream ended; `None` as long as it has not. Behind an error of the source it has not yet: it does when
    /// the next poll says that the source has no more.
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
    /// What is left of the current chunk is read on with the next poll, unless the stream was ended or begun
    /// again. What the caller feeds here comes before it.
    pub fn decoder_mut(&mut self) -> &mut BytesDecoder {
        self.pull.decoder_mut()
    }

    /// The source.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.source
    }

    /// The source, mutably. Chunks that are taken from it are missing in the stream.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.source
    }

    /// The source; what is left of the current chunk is discarded.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.source
    }
}

impl<S, C, E, I> EventStream<S, I>
where
    S: Stream<Item = Result<C, E>> + Unpin,
    C: AsRef<[u8]> + 'static,
    I: StreamItem,
{
    /// The next item; `None` at the end. The same as `next` of the extension traits for streams,
    /// for those who have none at hand. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<I, StreamError<E>>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<S, C, E, I> Stream for EventStream<S, I>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]> + 'static,
    I: StreamItem,
{
    type Item = Result<I, StreamError<E>>;

    #[inline(always)] // An item is large; this spares a copy of it.
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        for _ in 0..CHUNKS_A_POLL {
            match this.pull.next() {
                Some(Ok(item)) => return Poll::Ready(Some(Ok(item))),
                Some(Err(dropped)) => return Poll::Ready(Some(Err(StreamError::Dropped(dropped)))),
                None => {}
            }
            match ready!(poll_chunk(this.source.as_mut(), this.pull, context)) {
                Some(Ok(())) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(StreamError::Source(error)))),
                None => {
                    let last = this.pull.finish();
                    return Poll::Ready(last.map(|found| found.map_err(StreamError::Dropped)));
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Gets the next chunk; `None` at the end of the source, or if nothing more is read.
#[inline(never)]
fn poll_chunk<S, C, E>(
    source: Pin<&mut S>,
    pull: &mut Pull,
    context: &mut Context<'_>,
) -> Poll<Option<Result<(), E>>>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]> + 'static,
{
    pull.let_go();
    if pull.end().is_some() || pull.is_stopped() {
        return Poll::Ready(None);
    }
    let chunk = ready!(source.poll_next(context));
    Poll::Ready(chunk.map(|chunk| chunk.map(|chunk| pull.feed(into_bytes(chunk)))))
}

/// The chunk as `Bytes`: taken over, if it is of a type that can be, or else copied.
#[inline]
fn into_bytes<C: AsRef<[u8]> + 'static>(chunk: C) -> Bytes {
    fn take<T: Default + 'static>(chunk: &mut dyn Any) -> Option<T> {
        chunk.downcast_mut().map(core::mem::take)
    }
    let mut chunk = chunk;
    let any: &mut dyn Any = &mut chunk;
    if let Some(bytes) = take::<Bytes>(any) {
        return bytes;
    }
    if let Some(bytes) = take::<Vec<u8>>(any) {
        return bytes.into();
    }
    if let Some(text) = take::<String>(any) {
        return text.into();
    }
    if let Some(bytes) = take::<BytesMut>(any) {
        return bytes.freeze();
    }
    if let Some(text) = take::<&'static str>(any) {
        return Bytes::from_static(text.as_bytes());
    }
    Bytes::copy_from_slice(chunk.as_ref())
}

impl<S, C, E, I> FusedStream for EventStream<S, I>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]> + 'static,
    I: StreamItem,
{
    fn is_terminated(&self) -> bool {
        self.pull.end().is_some()
    }
}

/// Shows the state, not the source, which may hold payload.
impl<S, I> fmt::Debug for EventStream<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("pull", &self.pull).finish_non_exhaustive()
    }
}
