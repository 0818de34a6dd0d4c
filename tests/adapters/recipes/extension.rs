//! An extension of every stream of bytes: `.events()` gives events that own their text.

use core::fmt;
use core::future::ready;
use core::time::Duration;

use futures_util::stream::{Stream, StreamExt as _};
use sse_wire::decoder::BytesItem;
use sse_wire::{EventStream, OwnedEvent, StreamError};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub event: String,
    pub data: String,
    pub id: String,
    /// The reconnection time, where the stream has set one since the event before.
    pub retry: Option<Duration>,
}

impl Event {
    fn new(event: OwnedEvent, retry: Option<Duration>) -> Self {
        Self { event: event.event_type, data: event.data, id: event.last_event_id, retry }
    }
}

pub trait Events: Sized {
    type Error;

    /// The events. An error of the source, or an event over the limit, is passed on and is not the end.
    fn events(self) -> impl Stream<Item = Result<Event, StreamError<Self::Error>>>;
}

impl<S, C, E> Events for S
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]> + 'static,
    E: fmt::Debug,
{
    type Error = E;

    fn events(self) -> impl Stream<Item = Result<Event, StreamError<E>>> {
        let mut retry = None;
        EventStream::new(self).items().filter_map(move |item| {
            ready(match item {
                Ok(BytesItem::Event(event)) => {
                    Some(Ok(Event::new(event.into_owned(), retry.take())))
                }
                Ok(BytesItem::Retry(time)) => {
                    retry = Some(time);
                    None
                }
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{stream, FutureExt as _};

    #[test]
    fn events_own_their_text() {
        let chunks: [Result<&[u8], &str>; 4] = [
            Ok(b"retry: 5\nid: 1\nda"),
            Ok(b"ta: caf\xC3"),
            Err("reset"),
            Ok(b"\xA9\n\nid: 2\n\nevent: bye\ndata: a\ndata: b\n\n"),
        ];
        let found: Vec<_> = stream::iter(chunks).events().collect().now_or_never().unwrap();
        let event = |event: &str, data: &str, id: &str, retry| {
            Ok(Event { event: event.into(), data: data.into(), id: id.into(), retry })
        };
        let five = Duration::from_millis(5);
        assert_eq!(
            found,
            [
                Err(StreamError::Source("reset")),
                event("message", "café", "1", Some(five)),
                event("bye", "a\nb", "2", None),
            ]
        );
    }
}
