//! A client as a page has it, without std: its requests, bodies and timers are promises, and none is
//! `Send`. To build it is the test.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use sse_wire::headers::MIME_TYPE;
use sse_wire::source::{ReconnectingStream, Request, Response};
use sse_wire::{BytesEvent, Dropped};

/// What the page knows of an error.
pub type Error = Rc<str>;

/// What the page settles.
pub struct Promise<T>(Rc<RefCell<(Option<T>, Option<Waker>)>>);

impl<T> Promise<T> {
    pub fn settle(&self, value: T) {
        let (settled, waker) = &mut *self.0.borrow_mut();
        *settled = Some(value);
        if let Some(waker) = waker.take() {
            waker.wake();
        }
    }
}

impl<T> Future for Promise<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let (settled, waker) = &mut *self.0.borrow_mut();
        *waker = Some(context.waker().clone());
        settled.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// A body: its next piece, and nothing at its end.
pub struct Body(Promise<Option<Result<Bytes, Error>>>);

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll(context)
    }
}

/// The page's functions: a request with a last event ID, and a timer.
pub type Fetch = Box<dyn FnMut(Option<&[u8]>) -> Promise<Result<(u16, Body), Error>>>;
pub type Timer = Box<dyn FnMut(Duration) -> Promise<()>>;

/// The events of a stream that these functions get.
pub fn events(
    mut fetch: Fetch,
    timer: Timer,
) -> Box<dyn Stream<Item = Result<BytesEvent, Dropped>> + Unpin> {
    let connect = move |request: Request| {
        let response = fetch(request.last_event_id());
        async move {
            let (status, body) = response.await?;
            Ok(Response::new(status, [MIME_TYPE], body))
        }
    };
    Box::new(ReconnectingStream::new(connect, timer))
}
