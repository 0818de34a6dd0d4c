//! Closing a stream from elsewhere.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};

use alloc::sync::Arc;
use std::sync::{Mutex, PoisonError};

/// Closes a [`ReconnectingStream`](super::ReconnectingStream) from elsewhere: another task or another
/// thread. Clones close the same stream.
///
/// From [`ReconnectingStream::closer`](super::ReconnectingStream::closer).
///
/// ```
/// use bytes::Bytes;
/// use futures_util::{stream, FutureExt};
/// use sse_wire::source::{ReconnectingStream, Response, Stopped};
///
/// type Body = stream::Empty<std::io::Result<Bytes>>;
/// let never_answers = |_| std::future::pending::<std::io::Result<Response<Body>>>();
/// let mut events = ReconnectingStream::new(never_answers, |_time| async {});
/// let closer = events.closer();
/// std::thread::spawn(move || closer.close()).join().unwrap();
/// assert!(events.next().now_or_never().unwrap().is_none());
/// assert_eq!(events.stopped(), Some(Stopped::Closed));
/// ```
#[derive(Clone, Debug)]
pub struct Closer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_closed: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Closer {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Closes the stream: a task that waits for its next item gets its end, and the request, the body and
    /// the current timer are dropped there. May be repeated.
    pub fn close(&self) {
        self.0.is_closed.store(true, Ordering::Release);
        let waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether the stream is to be closed; if not, the task is woken once it is.
    pub(super) fn is_closed(&self, context: &mut Context<'_>) -> bool {
        let mut waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
        drop(waker);
        // Behind the waker, so that neither misses the other.
        self.0.is_closed.load(Ordering::Acquire)
    }
}
