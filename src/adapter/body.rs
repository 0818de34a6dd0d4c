//! `http_body::Body`: the data of a body as a stream, and a stream of frames as a body.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{ready, Context, Poll};

use bytes::{Buf, Bytes};
use futures_core::{FusedStream, Stream};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{EventBody, EventStream, IntoFrame};
use crate::BytesDecoder;

pin_project! {
    /// The data frames of a body as a stream of chunks, the source of an [`EventStream`]; made by
    /// [`EventStream::from_body`]. Trailers are put aside.
    ///
    /// After the body's end it is not polled again.
    #[derive(Clone)]
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct BodyChunks<B> {
        #[pin]
        body: B,
        trailers: Option<HeaderMap>,
        ended: bool,
    }
}

impl<B> BodyChunks<B> {
    /// The data of this body.
    pub fn new(body: B) -> Self {
        Self { body, trailers: None, ended: false }
    }

    /// The trailers, once they have come: behind the last event.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{stream, FutureExt};
    /// use http::{HeaderMap, HeaderValue};
    /// use http_body::Frame;
    /// use http_body_util::StreamBody;
    /// use sse_wire::EventStream;
    ///
    /// let trailers = HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("7"))]);
    /// let body = StreamBody::new(stream::iter([
    ///     Ok::<_, std::io::Error>(Frame::data(Bytes::from("data: x\n\n"))),
    ///     Ok(Frame::trailers(trailers.clone())),
    /// ]));
    /// let mut events = EventStream::from_body(body);
    /// assert_eq!(events.next().now_or_never().unwrap().unwrap()?.data(), "x");
    /// assert!(events.next().now_or_never().unwrap().is_none());
    /// assert_eq!(events.get_ref().trailers(), Some(&trailers));
    /// # Ok::<(), sse_wire::StreamError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    /// The body.
    #[must_use]
    pub fn into_inner(self) -> B {
        self.body
    }
}

/// Shows the state, not the body, which may hold payload.
impl<B> fmt::Debug for BodyChunks<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyChunks")
            .field("has_trailers", &self.trailers.is_some())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl<B: Body> Stream for BodyChunks<B> {
    type Item = Result<Bytes, B::Error>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        while !*this.ended {
            match ready!(this.body.as_mut().poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(mut data) => {
                        let chunk = data.copy_to_bytes(data.remaining());
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                    Err(frame) => {
                        if let Ok(trailers) = frame.into_trailers() {
                            *this.trailers = Some(trailers);
                        }
                    }
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => *this.ended = true,
            }
        }
        Poll::Ready(None)
    }
}

impl<B: Body> FusedStream for BodyChunks<B> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<B: Body> EventStream<BodyChunks<B>> {
    /// The events of a body, decoded with the default settings.
    ///
    /// ```
    /// use futures_util::FutureExt;
    /// use http_body_util::Full;
    /// use sse_wire::EventStream;
    ///
    /// # async fn read() -> Result<(), Box<dyn std::error::Error>> {
    /// let body = Full::new("data: a\n\ndata: b\n\n".as_bytes());
    /// let mut events = EventStream::from_body(body);
    /// while let Some(event) = events.next().await {
    ///     println!("{:?}", event?.data());
    /// }
    /// # Ok(())
    /// # }
    /// # read().now_or_never().unwrap().unwrap();
    /// ```
    pub fn from_body(body: B) -> Self {
        Self::from_body_with_decoder(body, BytesDecoder::new())
    }

    /// The events of a body out of this decoder; see [`with_decoder`](Self::with_decoder).
    pub fn from_body_with_decoder(body: B, decoder: BytesDecoder) -> Self {
        Self::with_decoder(BodyChunks::new(body), decoder)
    }
}

/// Each frame is one frame of data: one write, unless the connection decides otherwise.
///
/// ```
/// use futures_util::stream;
/// use http_body_util::BodyExt;
/// use sse_wire::{EventBody, Message};
///
/// # async fn write() {
/// let mut body = EventBody::new(stream::iter([Message::new("a")]));
/// let frame = body.frame().await.unwrap().unwrap();
/// assert_eq!(frame.into_data().unwrap(), "data: a\n\n");
/// assert!(body.frame().await.is_none());
/// # }
/// # use futures_util::FutureExt;
/// # write().now_or_never().unwrap();
/// ```
impl<S, F, T> Body for EventBody<S, F, T>
where
    S: Stream,
    S::Item: IntoFrame,
    F: FnMut() -> T,
    T: Future,
{
    type Data = Bytes;
    type Error = <S::Item as IntoFrame>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.poll_next(context).map(|frame| frame.map(|frame| frame.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.is_terminated()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
