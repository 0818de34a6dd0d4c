//! What is on its way.

use core::future::Future;
use core::pin::Pin;
use core::task::Context;

use pin_project_lite::pin_project;

pin_project! {
    /// The request or the body, and the timers.
    pub(super) struct Slots<F, B, T> {
        #[pin]
        pub(super) request: Option<F>,
        #[pin]
        pub(super) body: Option<B>,
        // The timer of the turn: for the response, of idleness, or of the wait.
        #[pin]
        pub(super) timer: Option<T>,
        // The time from which on the open connection is a success.
        #[pin]
        pub(super) success: Option<T>,
    }
}

impl<F, B, T> Slots<F, B, T> {
    pub(super) fn new() -> Self {
        Self { request: None, body: None, timer: None, success: None }
    }

    pub(super) fn clear(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.request.set(None);
        this.body.set(None);
        this.timer.set(None);
        this.success.set(None);
    }
}

/// Whether the future, if there is one, has completed just now. It is dropped then.
pub(super) fn is_over<T: Future>(
    mut future: Pin<&mut Option<T>>,
    context: &mut Context<'_>,
) -> bool {
    let is_over = future.as_mut().as_pin_mut().is_some_and(|it| it.poll(context).is_ready());
    if is_over {
        future.set(None);
    }
    is_over
}
