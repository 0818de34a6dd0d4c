//! A stage for a `ReconnectingStream`: a network and a clock that do what a test says, when it says so.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::Stream;
use futures_util::task::noop_waker_ref;
use sse_wire::source::{
    Connect, NetworkError, ReconnectingStream, Request, Response, Sleep, SourceItem,
};
use sse_wire::Dropped;

/// What is on its way, and what was asked for.
#[derive(Default)]
pub struct World {
    /// The last event IDs of the requests.
    pub requests: Vec<Option<Vec<u8>>>,
    /// The answer to the request at hand, once there is one.
    pub answer: Option<Result<(u16, String), NetworkError>>,
    pub retry_after: Option<Duration>,
    /// What is to be read of the body at hand; an error ends it, or `None` does.
    pub body: VecDeque<Option<Result<Bytes, NetworkError>>>,
    /// The times that were slept for.
    pub slept: Vec<Duration>,
    /// Timers of this length are over.
    pub over: Option<Duration>,
    pub is_requesting: bool,
    pub is_reading: bool,
    pub timers: Vec<Duration>,
}

pub type Stage = Rc<RefCell<World>>;

pub struct Answering(Stage);

impl Future for Answering {
    type Output = Result<Response<Body>, NetworkError>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let mut world = self.0.borrow_mut();
        let Some(answer) = world.answer.take() else { return Poll::Pending };
        let retry_after = world.retry_after;
        Poll::Ready(answer.map(|(status, content_type)| {
            world.is_reading = true;
            let body = Body(self.0.clone());
            Response::new(status, [content_type], body).retry_after(retry_after)
        }))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.borrow_mut().is_requesting = false;
    }
}

pub struct Body(Stage);

impl Stream for Body {
    type Item = Result<Bytes, NetworkError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.borrow_mut().body.pop_front() {
            Some(piece) => Poll::Ready(piece),
            None => Poll::Pending,
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let mut world = self.0.borrow_mut();
        world.is_reading = false;
        world.body.clear();
    }
}

pub struct Timer(Stage, Duration);

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut world = self.0.borrow_mut();
        if world.over != Some(self.1) {
            return Poll::Pending;
        }
        world.over = None;
        Poll::Ready(())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let mut world = self.0.borrow_mut();
        let at = world.timers.iter().position(|time| *time == self.1).unwrap();
        world.timers.swap_remove(at);
    }
}

pub fn connect(stage: &Stage) -> impl FnMut(Request) -> Answering {
    let stage = stage.clone();
    move |request| {
        let mut world = stage.borrow_mut();
        world.requests.push(request.last_event_id().map(<[u8]>::to_vec));
        assert!(!world.is_requesting && !world.is_reading, "two connections at once");
        world.is_requesting = true;
        drop(world);
        Answering(stage.clone())
    }
}

pub fn sleep(stage: &Stage) -> impl FnMut(Duration) -> Timer {
    let stage = stage.clone();
    move |time| {
        let mut world = stage.borrow_mut();
        world.slept.push(time);
        world.timers.push(time);
        Timer(stage.clone(), time)
    }
}

/// Polls once; `Some(None)` is the end.
pub fn poll<C: Connect, S: Sleep, I: SourceItem>(
    stream: &mut ReconnectingStream<C, S, I>,
) -> Option<Option<Result<I, Dropped>>> {
    let mut context = Context::from_waker(noop_waker_ref());
    match Pin::new(stream).poll_next(&mut context) {
        Poll::Ready(item) => Some(item),
        Poll::Pending => None,
    }
}

/// Polls till there is nothing more, and gives the items.
pub fn items<C: Connect, S: Sleep, I: SourceItem>(
    stream: &mut ReconnectingStream<C, S, I>,
) -> Vec<Result<I, Dropped>> {
    let mut items = Vec::new();
    // A poll may yield without having an item.
    let mut empty = 0;
    while empty < 3 {
        match poll(stream) {
            Some(Some(item)) => items.push(item),
            Some(None) => break,
            None => empty += 1,
        }
    }
    items
}
