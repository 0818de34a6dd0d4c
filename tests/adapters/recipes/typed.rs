// An event that is either data or a comment, owns its fields, and becomes one `Bytes`: what a handler
// sends into a channel. The id goes first; a stream may begin with a reconnection time.

use core::time::Duration;

use bytes::{Bytes, BytesMut};
use sse_wire::{Encoder, Message};

#[derive(Clone, Debug)]
pub enum Event {
    Data(Data),
    Comment(String),
}

#[derive(Clone, Debug, Default)]
pub struct Data {
    pub id: Option<String>,
    pub event: Option<String>,
    pub data: String,
}

impl From<Data> for Event {
    fn from(data: Data) -> Self {
        Self::Data(data)
    }
}

impl From<Event> for Bytes {
    fn from(event: Event) -> Self {
        match event {
            Event::Comment(text) => Message::empty().comment(text).to_bytes(),
            Event::Data(data) => {
                let mut out = Encoder::new(BytesMut::new());
                if let Some(id) = &data.id {
                    out.id_lossy(id);
                }
                if let Some(event) = &data.event {
                    out.event_type_lossy(event);
                }
                out.data(&data.data).dispatch();
                out.into_inner().freeze()
            }
        }
    }
}

/// What a stream begins with, where clients should wait so long before they come back.
pub fn retry(time: Duration) -> Bytes {
    Message::empty().retry(time).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(event: impl Into<Event>) -> Bytes {
        event.into().into()
    }

    #[test]
    fn data_is_split_at_line_ends() {
        let data = |data: &str| Data { data: data.to_owned(), ..Data::default() };
        assert_eq!(bytes(data("")), "data: \n\n");
        assert_eq!(bytes(data("foo")), "data: foo\n\n");
        assert_eq!(bytes(data("foo\nbar")), "data: foo\ndata: bar\n\n");
        assert_eq!(bytes(data("foo\r\nbar\n")), "data: foo\ndata: bar\ndata: \n\n");
    }

    #[test]
    fn the_id_stands_before_the_type() {
        let mut data = Data { id: Some("42".to_owned()), ..Data::default() };
        data.data = "foo".to_owned();
        assert_eq!(bytes(data.clone()), "id: 42\ndata: foo\n\n");
        data.event = Some("baz".to_owned());
        assert_eq!(bytes(data), "id: 42\nevent: baz\ndata: foo\n\n");
    }

    #[test]
    fn a_comment_is_a_whole_block() {
        assert_eq!(bytes(Event::Comment(String::new())), ": \n\n");
        assert_eq!(bytes(Event::Comment("foo\nbar".to_owned())), ": foo\n: bar\n\n");
    }

    #[test]
    fn a_stream_may_begin_with_a_reconnection_time() {
        assert_eq!(retry(Duration::from_secs(30)), "retry: 30000\n\n");
    }

    #[test]
    fn nothing_can_be_forged_and_nothing_fails() {
        let event = Some("a\ndata: forged\n".to_owned());
        let data = Data { id: Some("1\0".to_owned()), event, data: "x".to_owned() };
        assert_eq!(bytes(data), "id: 1 \nevent: a data: forged \ndata: x\n\n");
    }
}
