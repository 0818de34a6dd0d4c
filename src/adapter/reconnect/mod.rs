//! `futures_core::Stream`: events of a connection that is reestablished, out of a function that makes a
//! request and one that sleeps.
//!
//! - **(A)** The machine decides; here its turns are done, one at a time.
//! - **(B)** Whatever is on its way is in `Slots`: the request or the body, and the timers. Leaving a
//!   turn drops it. Nothing runs outside of a poll.
//! - **(C)** A poll takes a bounded number of turns, also where everything that it asks is ready.

#[cfg(feature = "std")]
mod close;
#[cfg(feature = "http-body")]
mod http;
mod parts;
mod slots;

use core::fmt;
use core::future::{poll_fn, Future as _};
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use alloc::boxed::Box;
use bytes::Buf;
use futures_core::{FusedStream, Stream};

#[cfg(feature = "std")]
pub use self::close::Closer;
pub use self::parts::{Connect, Lost, Request, Response, Sleep, SourceItem, Update};
use self::slots::{is_over, Slots};
use super::pull::Pull;
use crate::decoder::{BytesItem, SetIdError};
use crate::source::{NetworkError, Policy, ReadyState, Stopped, Turn};
use crate::{BytesDecoder, BytesEvent, Dropped, EventSource, Text};

/// How many turns a poll takes that give no item, before it lets others run.
const TURNS_A_POLL: usize = 32;

/// The events of an event stream over connections that are reestablished: an
/// [`EventSource`] with a function that makes a request and one that sleeps. Any HTTP client, any
/// runtime; nothing has to be `Send`.
///
/// `C` and `S` are the functions, `I` is what it hands out: [`BytesEvent`]; or after
/// [`items`](Self::items) [`BytesItem`]; or after [`states`](Self::states) an [`Update`].
///
/// - It begins to connect when it is polled first, and reconnects as its [`Policy`] says.
/// - Network errors are no items, since what follows them is another attempt: see
///   [`lost`](Self::lost). An item is an error if an event was dropped; the stream goes on.
/// - The end, `None`, is that of the machine: [`stopped`](Self::stopped) says why.
/// - [`close`](Self::close) ends it, and so does a [`Closer`] from elsewhere. Nothing is handed out
///   after that. Dropped midway, it leaves nothing running; [`last_event_id`](Self::last_event_id) is
///   where another one can go on.
/// - A request that never answers is waited for until the stream is closed, unless there is a
///   [`response_timeout`](Self::response_timeout). If a function that it was passed panics, so does the
///   poll; polled again, the stream takes that for a network error.
/// - It is `Unpin`. It allocates once when it is made, and for each request the last event ID.
///
/// ```
/// use bytes::Bytes;
/// use futures_util::stream;
/// use sse_wire::source::{ReconnectingStream, Request, Response, Stopped};
///
/// # async fn follow() -> Result<(), sse_wire::Dropped> {
/// let mut bodies = vec!["id: 7\ndata: a\n\ndata: lost", "data: b\n\n"].into_iter();
/// let mut ids = Vec::new();
/// let connect = |request: Request| {
///     // A real one sends a request with `request.headers()`.
///     ids.push(request.last_event_id().map(<[u8]>::to_vec));
///     let (status, body) = bodies.next().map_or((204, ""), |body| (200, body));
///     let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]);
///     async move { Ok(Response::new(status, ["text/event-stream"], chunks)) }
/// };
/// let sleep = |_time| async {}; // tokio::time::sleep
///
/// let mut events = ReconnectingStream::new(connect, sleep);
/// let mut seen = Vec::new();
/// while let Some(event) = events.next().await {
///     seen.push(event?.data().to_string());
/// }
/// assert_eq!(events.stopped(), Some(Stopped::Status(204)));
/// assert_eq!(events.last_event_id(), "7");
/// drop(events);
/// assert_eq!(seen, ["a", "b"]);
/// assert_eq!(ids, [None, Some(b"7".to_vec()), Some(b"7".to_vec())]);
/// # Ok(())
/// # }
/// # use futures_util::FutureExt;
/// # follow().now_or_never().unwrap().unwrap();
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct ReconnectingStream<C: Connect, S: Sleep, I = BytesEvent> {
    source: EventSource<Pull>,
    connect: C,
    sleep: S,
    slots: Pin<Box<SlotsOf<C, S>>>,
    settings: Settings<C::Error>,
    lost: Option<Lost<C::Error>>,
    was_foreign: bool,
    /// The connection was idle for too long, unless what was read just now is progress.
    is_idle: bool,
    /// A change of the state that is still to be handed out.
    change: Option<ReadyState>,
    is_over: bool,
    /// A poll is at work, or has panicked.
    in_poll: bool,
    #[cfg(feature = "std")]
    closer: Option<Closer>,
    item: PhantomData<fn() -> I>,
}

/// What is set by the caller, beside the policy.
struct Settings<E> {
    network_error: fn(&E) -> NetworkError,
    response_timeout: Option<Duration>,
    resumes_behind_dropped: bool,
}

type SlotsOf<C, S> = Slots<<C as Connect>::Future, <C as Connect>::Body, <S as Sleep>::Future>;

/// What a turn came to.
enum Step<I> {
    Again,
    Item(Result<I, Dropped>),
    Pending,
    Over,
}

impl<C: Connect, S: Sleep> ReconnectingStream<C, S> {
    /// The events of the stream that `connect` requests, with the default decoder and the
    /// [default policy](Policy). With the feature `std` the jitter has a seed of its own.
    ///
    /// `connect` makes a request with [`Request::headers`] and gives the [`Response`]; `sleep` gives a
    /// future that completes when so much time has passed.
    pub fn new<F>(connect: C, sleep: S) -> Self
    where
        C: FnMut(Request) -> F,
    {
        #[allow(unused_mut)]
        let mut source = EventSource::with_decoder(Pull::default());
        #[cfg(feature = "std")]
        source.set_seed(random());
        let settings = Settings {
            network_error: |_| NetworkError::Other,
            response_timeout: None,
            resumes_behind_dropped: true,
        };
        Self {
            source,
            connect,
            sleep,
            slots: Box::pin(Slots::new()),
            settings,
            lost: None,
            was_foreign: false,
            is_idle: false,
            change: None,
            is_over: false,
            in_poll: false,
            #[cfg(feature = "std")]
            closer: None,
            item: PhantomData,
        }
    }

    /// Hands out all items instead of the events alone.
    pub fn items(self) -> ReconnectingStream<C, S, BytesItem> {
        self.hand_out()
    }
}

impl<C: Connect, S: Sleep, I> ReconnectingStream<C, S, I> {
    fn hand_out<J>(self) -> ReconnectingStream<C, S, J> {
        ReconnectingStream {
            source: self.source,
            connect: self.connect,
            sleep: self.sleep,
            slots: self.slots,
            settings: self.settings,
            lost: self.lost,
            was_foreign: self.was_foreign,
            is_idle: self.is_idle,
            change: self.change,
            is_over: self.is_over,
            in_poll: self.in_poll,
            #[cfg(feature = "std")]
            closer: self.closer,
            item: PhantomData,
        }
    }

    /// Hands out changes of the ready state as well, each as an [`Update`].
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::source::{Lost, ReadyState, ReconnectingStream, Response, Update};
    ///
    /// let mut statuses = [200, 404].into_iter();
    /// let connect = |_| {
    ///     let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from("data: a\n\n"))]);
    ///     let response = Response::new(statuses.next().unwrap(), ["text/event-stream"], chunks);
    ///     async { Ok(response) }
    /// };
    /// let mut updates = ReconnectingStream::new(connect, |_time| async {}).states();
    /// let mut next = || updates.next().now_or_never().unwrap().map(Result::unwrap);
    ///
    /// assert!(matches!(next(), Some(Update::State(ReadyState::Open))));
    /// assert!(matches!(next(), Some(Update::Item(event)) if event.data() == "a"));
    /// assert!(matches!(next(), Some(Update::State(ReadyState::Connecting))));
    /// assert!(matches!(next(), Some(Update::State(ReadyState::Closed))));
    /// assert!(next().is_none());
    /// assert!(matches!(updates.lost(), Some(Lost::Response(404))));
    /// ```
    pub fn states(self) -> ReconnectingStream<C, S, Update<I>>
    where
        Update<I>: SourceItem,
    {
        self.hand_out()
    }

    /// Sets the policy.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.source.set_policy(policy);
        self
    }

    /// Sets the decoder: with its settings, from its last event ID and reconnection time. So it is to be
    /// set before [`resume`](Self::resume).
    pub fn decoder(mut self, decoder: BytesDecoder) -> Self {
        *self.source.decoder_mut() = Pull::new(decoder);
        self
    }

    /// Sets where the chance of the [jitter](Policy::jitter) begins; see
    /// [`EventSource::set_seed`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.source.set_seed(seed);
        self
    }

    /// Sets the last event ID that the first request has: the stream goes on behind that event.
    ///
    /// # Errors
    ///
    /// If the ID has a CR, LF or NUL, or if the decoder's limit leaves no room for it.
    pub fn resume(mut self, id: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, SetIdError> {
        self.source.set_last_event_id(id)?;
        Ok(self)
    }

    /// Sets how long a response is waited for; without limit unless set, so that it is the HTTP
    /// client's to set one. After that the request is dropped, and made again after the delay.
    pub fn response_timeout(mut self, time: Duration) -> Self {
        self.settings.response_timeout = Some(time);
        self
    }

    /// Sets which kind of [`NetworkError`] an error of the functions is. All are
    /// [`NetworkError::Other`] unless set, after which the connection is reestablished.
    ///
    /// ```
    /// use std::io::{self, ErrorKind};
    /// use bytes::Bytes;
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::source::{Lost, NetworkError, ReconnectingStream, Response, Stopped};
    ///
    /// type Body = stream::Empty<io::Result<Bytes>>;
    /// let connect = |_| async { Err::<Response<Body>, _>(ErrorKind::InvalidInput.into()) };
    /// let mut events = ReconnectingStream::new(connect, |_time| async {})
    ///     .network_errors(|error: &io::Error| match error.kind() {
    ///         ErrorKind::InvalidInput => NetworkError::Futile,
    ///         _ => NetworkError::Other,
    ///     });
    /// assert!(events.next().now_or_never().unwrap().is_none());
    /// assert_eq!(events.stopped(), Some(Stopped::Futile));
    /// assert!(matches!(events.lost(), Some(Lost::Error(_))));
    /// ```
    pub fn network_errors(mut self, kind: fn(&C::Error) -> NetworkError) -> Self {
        self.settings.network_error = kind;
        self
    }

    /// Sets whether the next connection begins behind an event that was dropped. It does unless set,
    /// where the ID of the event was complete before the byte that exceeded the limit: the event is
    /// reported once, and not requested again and again. Where its decoder is set to
    /// [`Overflow::Stop`](crate::decoder::Overflow::Stop) the stream ends instead, before that event.
    pub fn resume_behind_dropped(mut self, wanted: bool) -> Self {
        self.settings.resumes_behind_dropped = wanted;
        self
    }

    /// Sets another policy for what is to come. Timers that run already are not changed.
    pub fn set_policy(&mut self, policy: Policy) {
        self.source.set_policy(policy);
    }

    /// Closes the stream, and drops what is on its way. It has no item any more.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{stream, FutureExt};
    /// use sse_wire::source::{ReconnectingStream, Response, Stopped};
    ///
    /// let connect = |_| async {
    ///     let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from("data: a\n\ndata: b\n\n"))]);
    ///     Ok(Response::new(200, ["text/event-stream"], chunks))
    /// };
    /// let mut events = ReconnectingStream::new(connect, |_time| async {});
    /// assert_eq!(events.next().now_or_never().unwrap().unwrap()?.data(), "a");
    /// events.close();
    /// assert!(events.next().now_or_never().unwrap().is_none());
    /// assert_eq!(events.stopped(), Some(Stopped::Closed));
    /// # Ok::<(), sse_wire::Dropped>(())
    /// ```
    pub fn close(&mut self) {
        self.source.close();
        self.slots.as_mut().clear();
        self.change = None;
    }

    /// Gives what closes this stream from elsewhere.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn closer(&mut self) -> Closer {
        self.closer.get_or_insert_with(Closer::new).clone()
    }

    /// The ready state.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.source.ready_state()
    }

    /// Why the stream has stopped; `None` as long as it has not.
    #[must_use]
    pub fn stopped(&self) -> Option<Stopped> {
        match self.source.poll() {
            crate::source::Action::Stop(stopped) => Some(stopped),
            _ => None,
        }
    }

    /// Why the last connection that is over is over; `None` if there was none.
    #[must_use]
    pub fn lost(&self) -> Option<&Lost<C::Error>> {
        self.lost.as_ref()
    }

    /// Whether the body of the last connection that is over had bytes, but neither a comment nor a
    /// field that the standard knows; see [`Decoder::is_foreign`](crate::Decoder::is_foreign).
    #[must_use]
    pub fn was_foreign(&self) -> bool {
        self.was_foreign
    }

    /// How long it is until the next request; see [`EventSource::delay`]. `None` unless the stream
    /// waits for it.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        match self.source.poll() {
            crate::source::Action::Wait(delay) => Some(delay),
            _ => None,
        }
    }

    /// The last event ID string, as of the last item.
    #[must_use]
    pub fn last_event_id(&mut self) -> Text<'_> {
        self.decoder_mut().as_decoder().last_event_id()
    }

    /// The decoder of the current connection, exactly behind the last item.
    pub fn decoder_mut(&mut self) -> &mut BytesDecoder {
        self.source.decoder_mut().decoder_mut()
    }
}

impl<C: Connect, S: Sleep, I: SourceItem> ReconnectingStream<C, S, I> {
    /// The next item; `None` at the end. The same as `next` of the extension traits for streams, for
    /// those who have none at hand. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// What was dropped, in its place.
    pub async fn next(&mut self) -> Option<Result<I, Dropped>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn turns(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<I, Dropped>>> {
        for _ in 0..TURNS_A_POLL {
            if let Some(change) = self.change.take().and_then(I::change) {
                return Poll::Ready(Some(Ok(change)));
            }
            match self.turn(context) {
                Step::Again => {}
                Step::Item(item) => return Poll::Ready(Some(item)),
                Step::Pending => return Poll::Pending,
                Step::Over => return Poll::Ready(None),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes the current turn as far as it goes without waiting.
    fn turn(&mut self, context: &mut Context<'_>) -> Step<I> {
        if self.source.ready_state() == ReadyState::Open {
            let pull = self.source.decoder_mut();
            match pull.next() {
                Some(Ok(item)) => return Step::Item(Ok(I::item(item))),
                Some(Err(dropped)) => {
                    if self.settings.resumes_behind_dropped {
                        pull.resume_behind_dropped();
                    }
                    return Step::Item(Err(dropped));
                }
                None => {}
            }
        }
        let Self { source, connect, sleep, slots, settings, is_idle, .. } = self;
        let mut slots = slots.as_mut().project();
        match source.turn() {
            Turn::Connect(turn) => {
                if slots.request.is_none() {
                    let request = Request::new(turn.last_event_id_header());
                    slots.request.set(Some(connect.connect(request)));
                    slots.timer.set(settings.response_timeout.map(|time| sleep.sleep(time)));
                }
                let request = slots.request.as_mut().as_pin_mut();
                match request.map_or(Poll::Pending, |request| request.poll(context)) {
                    Poll::Ready(Ok(response)) => self.respond(response),
                    Poll::Ready(Err(error)) => self.fail(Lost::Error(error)),
                    Poll::Pending if is_over(slots.timer, context) => self.fail(Lost::NoResponse),
                    Poll::Pending => return Step::Pending,
                }
            }
            Turn::Read(mut turn) => {
                if turn.take_progress() {
                    slots.timer.set(turn.idle_timeout().map(|time| sleep.sleep(time)));
                    *is_idle = false;
                } else if *is_idle {
                    self.fail(Lost::Idle);
                    return Step::Again;
                }
                if is_over(slots.success.as_mut(), context) {
                    // By the policy's own measure.
                    source.opened_for(source.policy().success_after.unwrap_or_default());
                }
                let body = slots.body.as_mut().as_pin_mut();
                let read = body.map_or(Poll::Ready(None), |body| body.poll_next(context));
                *is_idle = is_over(slots.timer, context);
                match read {
                    Poll::Ready(Some(Ok(mut chunk))) => {
                        source.decoder_mut().feed(chunk.copy_to_bytes(chunk.remaining()));
                    }
                    Poll::Ready(Some(Err(error))) => self.fail(Lost::Error(error)),
                    Poll::Ready(None) => self.fail(Lost::End),
                    Poll::Pending if *is_idle => self.fail(Lost::Idle),
                    Poll::Pending => return Step::Pending,
                }
            }
            Turn::Wait(turn) => {
                if slots.timer.is_none() {
                    slots.timer.set(Some(sleep.sleep(turn.delay())));
                }
                if !is_over(slots.timer.as_mut(), context) {
                    return Step::Pending;
                }
                turn.over();
            }
            Turn::Stop(stopped) => {
                self.slots.as_mut().clear();
                if self.is_over {
                    return Step::Over;
                }
                self.is_over = true;
                // A stream that is closed has no more to say (WHATWG HTML, 9.2.2, "close").
                let change = Some(ReadyState::Closed).filter(|_| stopped != Stopped::Closed);
                self.change = change;
            }
        }
        Step::Again
    }

    /// The response has come.
    fn respond(&mut self, response: Response<C::Body>) {
        self.slots.as_mut().clear();
        let Response { status, content_type, retry_after, body } = response;
        if let Turn::Connect(turn) = self.source.turn() {
            turn.response(status, &content_type);
        }
        if self.source.ready_state() == ReadyState::Open {
            let Self { source, sleep, slots, .. } = self;
            let mut slots = slots.as_mut().project();
            slots.body.set(Some(body));
            slots.success.set(source.policy().success_after.map(|time| sleep.sleep(time)));
            self.change = Some(ReadyState::Open);
            return;
        }
        self.lost = Some(Lost::Response(status));
        self.was_foreign = false;
        if let Turn::Wait(mut turn) = self.source.turn() {
            turn.postpone(retry_after.unwrap_or_default());
            self.change = Some(ReadyState::Connecting);
        }
    }

    /// The connection is lost, or did not come about.
    fn fail(&mut self, lost: Lost<C::Error>) {
        self.slots.as_mut().clear();
        self.was_foreign = self.source.decoder_mut().decoder_mut().as_decoder().is_foreign();
        let kind = match &lost {
            Lost::Error(error) => (self.settings.network_error)(error),
            _ => NetworkError::Other,
        };
        match (self.source.turn(), &lost) {
            (Turn::Read(turn), Lost::End) => turn.end(),
            (Turn::Read(turn), Lost::Idle) => turn.timeout(),
            (Turn::Read(turn), _) => turn.error(kind),
            (Turn::Connect(turn), _) => turn.error(kind),
            (Turn::Wait(_) | Turn::Stop(_), _) => return,
        }
        self.lost = Some(lost);
        if self.source.ready_state() == ReadyState::Connecting {
            self.change = Some(ReadyState::Connecting);
        }
    }
}

/// Not pinned: the functions, and what is decoded.
impl<C: Connect, S: Sleep, I> Unpin for ReconnectingStream<C, S, I> {}

impl<C: Connect, S: Sleep, I: SourceItem> Stream for ReconnectingStream<C, S, I> {
    type Item = Result<I, Dropped>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if core::mem::replace(&mut this.in_poll, true) {
            this.fail(Lost::Panic);
        }
        #[cfg(feature = "std")]
        if this.closer.as_ref().is_some_and(|closer| closer.is_closed(context)) {
            this.close();
        }
        let polled = this.turns(context);
        this.in_poll = false;
        polled
    }
}

impl<C: Connect, S: Sleep, I: SourceItem> FusedStream for ReconnectingStream<C, S, I> {
    fn is_terminated(&self) -> bool {
        self.is_over && self.change.is_none()
    }
}

/// Any number, another for each stream.
#[cfg(feature = "std")]
fn random() -> u64 {
    use core::hash::{BuildHasher, Hasher};

    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// Shows the state, not the payload.
impl<C: Connect, S: Sleep, I> fmt::Debug for ReconnectingStream<C, S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconnectingStream").field("source", &self.source).finish_non_exhaustive()
    }
}
