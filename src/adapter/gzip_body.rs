//! `flate2`: a stream of frames, compressed with gzip.

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;
use core::task::{ready, Context, Poll};
use std::error::Error;
use std::io;

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::GzipEncoder;

pin_project! {
    /// A stream of frames, compressed with gzip: each as soon as it comes and so that its reader has it at
    /// once. The source is any `Stream<Item = Result<C, E>>` where `C` is an `AsRef<[u8]>`, for example a
    /// [`EventBody`](crate::EventBody); with the feature `http-body` the result is an
    /// `http_body::Body`.
    ///
    /// What it costs, and the header fields that go with it, are at [`GzipEncoder`].
    ///
    /// - One item of the source is taken a poll, and its compressed bytes are given for it; nothing is
    ///   queued. Empty items are passed over.
    /// - An error of the source is passed on and is not the end: one that was an `io::Error` as it is, another
    ///   one inside of an `io::Error`. The end is the source's; the gzip trailer is the last item.
    ///
    /// ```
    /// use futures_util::{stream, FutureExt, StreamExt};
    /// use sse_wire::adapter::GzipBody;
    /// use sse_wire::{EventBody, Message};
    ///
    /// let messages = stream::iter([Message::new("a"), Message::new("b")]);
    /// let gzip = GzipBody::new(EventBody::new(messages));
    /// let chunks: Vec<_> = gzip.collect().now_or_never().unwrap();
    /// assert_eq!(chunks.len(), 3);
    /// ```
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct GzipBody<S> {
        #[pin]
        source: S,
        // Taken at the end.
        encoder: Option<GzipEncoder>,
    }
}

impl<S> GzipBody<S> {
    /// The frames of `source`, compressed with the usual level.
    pub fn new(source: S) -> Self {
        Self::with_encoder(source, GzipEncoder::new())
    }

    /// The frames of `source`, compressed by this encoder.
    pub fn with_encoder(source: S, encoder: GzipEncoder) -> Self {
        Self { source, encoder: Some(encoder) }
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
}

impl<S, C, E> Stream for GzipBody<S>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(encoder) = this.encoder else { return Poll::Ready(None) };
        let encoded = match ready!(this.source.poll_next(context)) {
            Some(Ok(frame)) => encoder.encode(frame.as_ref()),
            Some(Err(error)) => Err(as_io(error.into())),
            None => this.encoder.take().unwrap_or_default().finish(),
        };
        if matches!(&encoded, Ok(encoded) if encoded.is_empty()) {
            // As if it had not been there, but others run before the next is asked for.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(encoded))
    }
}

fn as_io(error: Box<dyn Error + Send + Sync>) -> io::Error {
    match error.downcast() {
        Ok(error) => *error,
        Err(error) => io::Error::other(error),
    }
}

impl<S, C, E> FusedStream for GzipBody<S>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn is_terminated(&self) -> bool {
        self.encoder.is_none()
    }
}

/// Shows the state, not the source, which may hold payload.
impl<S> fmt::Debug for GzipBody<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GzipBody").field("ended", &self.encoder.is_none()).finish_non_exhaustive()
    }
}

/// Each item is one frame of data.
#[cfg(feature = "http-body")]
impl<S, C, E> http_body::Body for GzipBody<S>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<http_body::Frame<Bytes>>>> {
        self.poll_next(context).map(|frame| frame.map(|frame| frame.map(http_body::Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.encoder.is_none()
    }
}
