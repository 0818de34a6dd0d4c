// An extension of every stream of chunks, borrowed ones too: `.events()` is a stream of events that own their text. An
// error of the source is passed on and is not the end, and neither is an event over the limit.

use core::pin::Pin;
use core::task::{ready, Context, Poll};
use core::time::Duration;

use futures_util::stream::{Fuse, Stream, StreamExt as _};
use pin_project_lite::pin_project;
use sse_wire::decoder::SetIdError;
use sse_wire::{ChunkDecoder, Decoder, OwnedEvent, StreamError};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub event: String,
    pub data: String,
    pub id: String,
    /// The reconnection time that the event's own block has set.
    pub retry: Option<Duration>,
}

impl From<OwnedEvent> for Event {
    fn from(event: OwnedEvent) -> Self {
        let OwnedEvent { event_type, data, last_event_id, retry, .. } = event;
        Self { event: event_type, data, id: last_event_id, retry }
    }
}

pub trait IntoEvents: Sized {
    fn events(self) -> Events<Self>;
}

impl<S, C, E> IntoEvents for S
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
{
    fn events(self) -> Events<Self> {
        Events { source: self.fuse(), decoder: ChunkDecoder::new() }
    }
}

pin_project! {
    // The chunk at hand is copied, so that its type is no part of this one.
    #[derive(Debug)]
    pub struct Events<S> {
        #[pin]
        source: Fuse<S>,
        decoder: ChunkDecoder<Vec<u8>>,
    }
}

impl<S: Stream> Events<S> {
    /// The events of a stream that goes on behind this ID.
    pub fn resumed(source: S, id: &str) -> Result<Self, SetIdError> {
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(id)?;
        Ok(Self { source: source.fuse(), decoder: ChunkDecoder::with_decoder(decoder) })
    }

    /// What a new request is to send as `Last-Event-ID`, unless it is empty.
    pub fn last_event_id(&self) -> String {
        self.decoder.last_event_id().to_string()
    }
}

impl<S, C, E> Stream for Events<S>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
{
    type Item = Result<Event, StreamError<E>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(found) = this.decoder.next_owned() {
                return Poll::Ready(Some(found.map(Event::from).map_err(StreamError::Dropped)));
            }
            match ready!(this.source.as_mut().poll_next(context)) {
                Some(Ok(chunk)) => {
                    let mut buffer = this.decoder.take_chunk().unwrap_or_default();
                    buffer.clear();
                    buffer.extend_from_slice(chunk.as_ref());
                    this.decoder.feed(buffer);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(StreamError::Source(error)))),
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{stream, FutureExt as _};

    fn event(event: &str, data: &str, id: &str, retry: Option<u64>) -> Event {
        let retry = retry.map(Duration::from_millis);
        Event { event: event.into(), data: data.into(), id: id.into(), retry }
    }

    fn all(chunks: &[&'static str]) -> Vec<Event> {
        let chunks = stream::iter(chunks.to_vec()).map(Ok::<_, ()>);
        chunks.events().map(Result::unwrap).collect().now_or_never().unwrap()
    }

    #[test]
    fn events_own_their_text_and_errors_are_not_the_end() {
        let chunks: [Result<&[u8], &str>; 4] = [
            Ok(b"retry: 5\nid: 1\nda"),
            Ok(b"ta: caf\xC3"),
            Err("reset"),
            Ok(b"\xA9\n\nid: 2\n\nevent: bye\ndata: a\ndata: b\n\n"),
        ];
        let found: Vec<_> = stream::iter(chunks).events().collect().now_or_never().unwrap();
        let expected = [
            Err(StreamError::Source("reset")),
            Ok(event("message", "café", "1", Some(5))),
            Ok(event("bye", "a\nb", "2", None)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn chunks_may_be_borrowed() {
        let body = String::from("data: a\n\nda");
        let chunks: Vec<&[u8]> = body.as_bytes().chunks(3).chain([&b"ta: b\n\n"[..]]).collect();
        let events = stream::iter(&chunks).map(Ok::<_, ()>).events();
        let found: Vec<_> = events.map(Result::unwrap).collect().now_or_never().unwrap();
        assert_eq!(found, [event("message", "a", "", None), event("message", "b", "", None)]);
    }

    #[test]
    fn fields_and_their_first_space() {
        let expected = [event("message", "test", "", None), event("message", "  a", "", None)];
        assert_eq!(all(&["data:test\n\ndata:   a\n\n"]), expected);
        let expected = [event("message", "\n", "", None), event("message", "", "", None)];
        assert_eq!(all(&["data\ndata\n\ndata:\n\ndata: cut off"]), expected);
    }

    #[test]
    fn a_reconnection_time_belongs_to_its_own_block() {
        let expected = [event("message", "a", "", None), event("message", "b", "", Some(7))];
        assert_eq!(all(&["retry: 5\n\ndata: a\n\nretry: 7\ndata: b\n\n"]), expected);
    }

    #[test]
    fn a_stream_can_be_resumed_and_tells_where_it_is() {
        let chunk = Ok::<_, ()>("data: a\n\nid: 42\ndata: b\n\nid\ndata: c\n\n");
        let mut events = Events::resumed(stream::iter([chunk]), "41").unwrap();
        let mut found = Vec::new();
        while let Some(Ok(event)) = events.next().now_or_never().unwrap() {
            assert_eq!(event.id, events.last_event_id());
            found.push(event.id);
        }
        assert_eq!(found, ["41", "42", ""]);
    }
}
