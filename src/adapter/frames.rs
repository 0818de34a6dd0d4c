//! Messages as a stream of encoded frames: what a server sends as its body.

use core::convert::Infallible;
use core::fmt;
use core::future::{Future, Pending};
use core::pin::Pin;
use core::task::{ready, Context, Poll};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::encoder::KEEP_ALIVE;
use crate::Message;

/// What can be sent as one frame: a [`Message`]; `Bytes` that are encoded already, which may be
/// shared by many streams; a `Result` of one of these. To be implemented for event types of one's own.
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::adapter::IntoFrame;
/// use sse_wire::{InvalidValue, Message};
///
/// struct Price {
///     symbol: String,
///     cents: u32,
/// }
///
/// impl IntoFrame for Price {
///     type Error = InvalidValue;
///
///     fn into_frame(self) -> Result<Bytes, InvalidValue> {
///         let cents = self.cents.to_string();
///         Ok(Message::new(&cents).event_type(&self.symbol)?.to_bytes())
///     }
/// }
///
/// let frame = Price { symbol: "ACME".into(), cents: 995 }.into_frame()?;
/// assert_eq!(frame, "event: ACME\ndata: 995\n\n");
/// # Ok::<(), InvalidValue>(())
/// ```
pub trait IntoFrame {
    /// Why it cannot be encoded.
    type Error;

    /// Encodes it. Where another frame may follow, it must end in a blank line, as every message with
    /// data does; what is empty is not sent.
    ///
    /// # Errors
    ///
    /// The type's own.
    fn into_frame(self) -> Result<Bytes, Self::Error>;
}

/// Never fails: one exact allocation.
impl IntoFrame for Message<'_> {
    type Error = Infallible;

    fn into_frame(self) -> Result<Bytes, Infallible> {
        Ok(self.to_bytes())
    }
}

/// As they are; never fails. That they are a frame is the caller's word.
impl IntoFrame for Bytes {
    type Error = Infallible;

    fn into_frame(self) -> Result<Bytes, Infallible> {
        Ok(self)
    }
}

/// Passes errors on.
impl<F: IntoFrame<Error = Infallible>, E> IntoFrame for Result<F, E> {
    type Error = E;

    fn into_frame(self) -> Result<Bytes, E> {
        self.map(|frame| match frame.into_frame() {
            Ok(frame) => frame,
            Err(never) => match never {},
        })
    }
}

pin_project! {
    /// The frames of a stream of messages, each encoded in one piece of `Bytes`, with keep-alive
    /// frames between them if asked for. It is the body of a response: for libraries that take a
    /// `Stream<Item = Result<Bytes, E>>` as it is, and with the feature `http-body` as an
    /// `http_body::Body`.
    ///
    /// - One message is taken a poll, one frame given for it; nothing is queued. Messages that encode
    ///   to nothing are passed over.
    /// - An error of the source is passed on and is not the end; the end is the source's, and it is
    ///   not polled again after it.
    /// - It is `Send` if the source is (and the timer).
    ///
    /// ```
    /// use futures_util::{stream, FutureExt, StreamExt};
    /// use sse_wire::{EventBody, Message};
    ///
    /// let messages = stream::iter([Message::new("a"), Message::new("b")]);
    /// let frames = EventBody::new(messages);
    /// let frames: Vec<_> = frames.map(Result::unwrap).collect().now_or_never().unwrap();
    /// assert_eq!(frames, ["data: a\n\n", "data: b\n\n"]);
    /// ```
    #[derive(Clone)]
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct EventBody<S, F = fn() -> Pending<()>, T = Pending<()>> {
        #[pin]
        source: S,
        timer: Option<F>,
        #[pin]
        running: Option<T>,
        keep_alive: Bytes,
        ended: bool,
    }
}

impl<S> EventBody<S> {
    /// The frames of `source`, without keep-alive.
    pub fn new(source: S) -> Self {
        let keep_alive = Bytes::from_static(KEEP_ALIVE);
        Self { source, timer: None, running: None, keep_alive, ended: false }
    }

    /// Sends [`KEEP_ALIVE`] whenever the source has had nothing for as long as a timer runs.
    ///
    /// `timer` makes a future that ends when it is time, and is asked for a new one each time the
    /// source has run dry: `|| tokio::time::sleep(Duration::from_secs(15))`. There is no clock here.
    /// Proxies are known to close what is silent for a minute or so; the standard suggests 15 seconds
    /// (WHATWG HTML, 9.2.7 "Authoring notes").
    ///
    /// ```
    /// use futures_util::{stream, FutureExt, StreamExt};
    /// use sse_wire::{EventBody, Message};
    ///
    /// let silent = stream::pending::<Message<'static>>();
    /// // A timer that runs out at once.
    /// let mut frames = EventBody::new(silent).keep_alive(|| core::future::ready(()));
    /// assert_eq!(frames.next().now_or_never(), Some(Some(Ok(":\n\n".into()))));
    /// ```
    pub fn keep_alive<F, T>(self, timer: F) -> EventBody<S, F, T>
    where
        F: FnMut() -> T,
        T: Future,
    {
        let Self { source, keep_alive, ended, .. } = self;
        EventBody { source, timer: Some(timer), running: None, keep_alive, ended }
    }
}

impl<S, F, T> EventBody<S, F, T> {
    /// Sets the frame that keeps the connection alive, in the place of [`KEEP_ALIVE`]. One that is empty is not sent.
    ///
    /// ```
    /// use futures_util::stream;
    /// use sse_wire::encoder::Style;
    /// use sse_wire::{EventBody, Message};
    ///
    /// let ping = Message::empty().comment("ping").style(Style::new().crlf());
    /// let frames = EventBody::new(stream::pending::<Message<'static>>())
    ///     .keep_alive(|| core::future::ready(()))
    ///     .keep_alive_frame(ping);
    /// ```
    pub fn keep_alive_frame(mut self, frame: impl IntoFrame<Error = Infallible>) -> Self {
        match frame.into_frame() {
            Ok(frame) => self.keep_alive = frame,
            Err(never) => match never {},
        }
        self
    }

    /// The source.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.source
    }

    /// The source, mutably.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.source
    }

    /// The source.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.source
    }
}

impl<S, F, T> Stream for EventBody<S, F, T>
where
    S: Stream,
    S::Item: IntoFrame,
    F: FnMut() -> T,
    T: Future,
{
    type Item = Result<Bytes, <S::Item as IntoFrame>::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if *this.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(message) = this.source.as_mut().poll_next(context) {
            let frame = message.map(IntoFrame::into_frame);
            if matches!(&frame, Some(Ok(frame)) if frame.is_empty()) {
                // As if it had not been there, but others run before the next is asked for.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            *this.ended = frame.is_none();
            this.running.set(None);
            return Poll::Ready(frame);
        }
        let timer = this.timer.as_mut().filter(|_| !this.keep_alive.is_empty());
        let Some(timer) = timer else { return Poll::Pending };
        if this.running.is_none() {
            this.running.set(Some(timer()));
        }
        if let Some(running) = this.running.as_mut().as_pin_mut() {
            ready!(running.poll(context));
        }
        this.running.set(None);
        Poll::Ready(Some(Ok(this.keep_alive.clone())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.ended {
            return (0, Some(0));
        }
        // A message may be passed over, a keep-alive frame put in.
        (0, None)
    }
}

impl<S, F, T> FusedStream for EventBody<S, F, T>
where
    S: Stream,
    S::Item: IntoFrame,
    F: FnMut() -> T,
    T: Future,
{
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

/// Shows the state, neither the source nor a frame, which hold payload.
impl<S, F, T> fmt::Debug for EventBody<S, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBody")
            .field("keeps_alive", &self.timer.is_some())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
