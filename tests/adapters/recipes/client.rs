// A client of JSON messages over a response body, as in MCP's streamable HTTP: it tells priming events (an ID and no
// message) from messages, keeps what it needs to resume, and stops at an event whose lines exceed the limit with an
// error that can be matched.

use core::time::Duration;

use http_body::Body;
use serde::de::DeserializeOwned;
use sse_wire::adapter::BodyChunks;
use sse_wire::decoder::{BytesItem, Charge, Config, Overflow, SetIdError};
use sse_wire::{BytesDecoder, EventStream, StreamError};

#[derive(Debug)]
pub enum ClientError<E> {
    /// The body failed: connect again, from the last event ID.
    Transport(E),
    /// The lines of an event, names and all, are longer than is accepted. There is no more of this stream.
    TooLarge { limit: usize },
    /// A message is not what was expected; the next may be.
    Json(serde_json::Error),
}

#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<T> {
    /// From here the stream can be resumed; there is no message yet.
    Primed,
    Message(T),
    /// The server would like clients to wait so long before they connect again.
    Retry(Duration),
}

/// What is kept from one connection to the next: the decoder, with the last event ID.
#[derive(Debug)]
pub struct Client<B> {
    items: EventStream<BodyChunks<B>, BytesItem>,
}

impl<B: Body + Unpin> Client<B> {
    pub fn new(body: B, limit: usize) -> Self {
        let config = Config::new().limit(limit).charge(Charge::Lines).overflow(Overflow::Stop);
        let decoder = BytesDecoder::with_config(config);
        Self { items: EventStream::from_body_with_decoder(body, decoder).items() }
    }

    /// Resumes from an ID that was kept elsewhere.
    pub fn resume(body: B, limit: usize, id: &str) -> Result<Self, SetIdError> {
        let mut client = Self::new(body, limit);
        client.items.decoder_mut().set_last_event_id(id)?;
        Ok(client)
    }

    /// What to send as `Last-Event-ID`, if anything.
    pub fn last_event_id(&self) -> Option<String> {
        let id = self.items.last_event_id();
        (!id.is_empty()).then(|| id.to_string())
    }

    /// The next message; `None` at the end.
    pub async fn next<T: DeserializeOwned>(
        &mut self,
    ) -> Option<Result<Incoming<T>, ClientError<B::Error>>> {
        loop {
            return Some(match self.items.next().await? {
                Ok(BytesItem::Event(event)) if event.data().is_empty() => Ok(Incoming::Primed),
                Ok(BytesItem::Event(event)) => {
                    event.json().map(Incoming::Message).map_err(ClientError::Json)
                }
                Ok(BytesItem::Undispatched(block)) if block.id().is_some() => Ok(Incoming::Primed),
                Ok(BytesItem::Retry(time)) => Ok(Incoming::Retry(time)),
                Ok(_) => continue,
                Err(StreamError::Source(error)) => Err(ClientError::Transport(error)),
                Err(StreamError::Dropped(what)) => {
                    Err(ClientError::TooLarge { limit: what.limit() })
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use futures_util::{stream, FutureExt as _};
    use http_body::Frame;
    use http_body_util::StreamBody;

    #[derive(Debug, PartialEq, Eq)]
    struct Reset;

    fn client(
        chunks: &'static [Result<&'static str, ()>],
    ) -> Client<impl Body<Data = Bytes, Error = Reset> + Unpin> {
        let frames = chunks.iter().map(|chunk| match chunk {
            Ok(chunk) => Ok(Frame::data(Bytes::from(*chunk))),
            Err(()) => Err(Reset),
        });
        Client::new(StreamBody::new(stream::iter(frames)), 64)
    }

    fn next<B: Body + Unpin>(
        client: &mut Client<B>,
    ) -> Option<Result<Incoming<u32>, ClientError<B::Error>>> {
        client.next().now_or_never().unwrap()
    }

    #[test]
    fn priming_events_are_seen_and_resumed_from() {
        let mut client = client(&[
            Ok("id: 0\ndata: \n\n: ping\n\nretry: 10\ndata: 7\n\nid: "),
            Ok("1\n\nevent: none\n\ndata: [8]\n\ndata"),
            Err(()),
        ]);
        assert_eq!(client.last_event_id(), None);
        assert!(matches!(next(&mut client), Some(Ok(Incoming::Primed)))); // `data:` that is empty
        assert_eq!(client.last_event_id().unwrap(), "0");
        assert!(matches!(next(&mut client), Some(Ok(Incoming::Retry(_)))));
        assert!(matches!(next(&mut client), Some(Ok(Incoming::Message(7)))));
        assert!(matches!(next(&mut client), Some(Ok(Incoming::Primed)))); // nothing but an ID
        assert!(matches!(next(&mut client), Some(Err(ClientError::Json(_)))));
        assert!(matches!(next(&mut client), Some(Err(ClientError::Transport(Reset)))));
        assert!(next(&mut client).is_none());
        assert_eq!(client.last_event_id().unwrap(), "1");
    }

    #[test]
    fn a_message_over_the_limit_is_a_matchable_error_and_the_end() {
        let mut client = client(&[
            Ok("id: 1\ndata: 1\n\nid: 2\ndata: 0123456789012345678901234567890123456789"),
            Ok("0123456789012345678901234567890123456789\n\ndata: 3\n\n"),
        ]);
        assert!(matches!(next(&mut client), Some(Ok(Incoming::Message(1)))));
        assert!(matches!(next(&mut client), Some(Err(ClientError::TooLarge { limit: 64 }))));
        assert!(next(&mut client).is_none());
        assert_eq!(client.last_event_id().unwrap(), "1", "a dropped event moves nothing");
    }

    #[test]
    fn whole_lines_count_and_comments_do_not() {
        let mut commented = client(&[
            Ok(": 0123456789012345678901234567890123456789012345678901234567890123"),
            Ok("\ndata: 1\n\n"),
        ]);
        assert!(matches!(next(&mut commented), Some(Ok(Incoming::Message(1)))));
        // Eleven lines of `data:`, each with its end, are 66 bytes without a value.
        let mut joined = client(&[
            Ok("data:\ndata:\ndata:\ndata:\ndata:\ndata:\n"),
            Ok("data:\ndata:\ndata:\ndata:\ndata:\n\n"),
        ]);
        assert!(matches!(next(&mut joined), Some(Err(ClientError::TooLarge { limit: 64 }))));
    }

    #[test]
    fn a_client_can_begin_where_another_ended() {
        let body = StreamBody::new(stream::empty::<Result<Frame<Bytes>, Reset>>());
        let mut client = Client::resume(body, 64, "41").unwrap();
        assert_eq!(client.last_event_id().unwrap(), "41");
        assert!(next(&mut client).is_none());
    }
}
