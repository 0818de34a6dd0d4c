// A codec of whole blocks: a block becomes a comment, a message or a reconnection time. The comments of a block are
// joined and come before what else it has, wherever they stand in it. What is not UTF-8, or over the limit, is an
// error. Events are encoded in an order of the codec's own, and one that is refused leaves nothing behind.

use core::str::Utf8Error;
use core::time::Duration;
use std::io;

use bytes::BytesMut;
use sse_wire::framer::{ChunkFramer, Frame, FrameItem, FramerConfig, LineKind};
use sse_wire::{Dropped, Encoder, Framer, InvalidValue, Text};
use tokio_util::codec;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub id: Option<String>,
    pub event: Option<String>,
    pub retry: Option<Duration>,
    pub data: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Comment(String),
    Message(Message),
    Retry(Duration),
}

#[derive(Debug)]
pub enum Error {
    Io(io::Error),
    Utf8(Utf8Error),
    TooLarge(Dropped),
    InvalidValue(InvalidValue),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Utf8Error> for Error {
    fn from(error: Utf8Error) -> Self {
        Self::Utf8(error)
    }
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::InvalidValue(error)
    }
}

#[derive(Clone, Debug)]
pub struct Codec {
    framer: ChunkFramer<BytesMut>,
    /// What comes behind the comment that was handed out last.
    behind: Option<Event>,
}

impl Codec {
    pub fn new(limit: usize) -> Self {
        let framer = Framer::with_config(FramerConfig::new().limit(limit));
        Self { framer: ChunkFramer::with_framer(framer), behind: None }
    }
}

fn own(text: Text<'_>) -> Result<String, Utf8Error> {
    text.to_str().map(str::to_owned)
}

/// What the comments of a frame say, joined by LF.
fn comment(frame: &Frame<'_>) -> Result<Option<Event>, Utf8Error> {
    let lines = frame.lines().filter(|line| line.kind() == LineKind::Comment);
    let lines: Result<Vec<_>, _> = lines.map(|line| Text::new(line.value()).to_str()).collect();
    lines.map(|lines| (!lines.is_empty()).then(|| Event::Comment(lines.join("\n"))))
}

/// What else a frame has.
fn event(frame: &Frame<'_>) -> Result<Option<Event>, Utf8Error> {
    let (id, event, retry) = (frame.id(), frame.event_field(), frame.retry());
    if frame.data().is_none() && id.is_none() && event.is_none() {
        return Ok(retry.map(Event::Retry));
    }
    let data = frame.data().map_or(Ok(String::new()), |data| {
        String::from_utf8(data.to_bytes().into_owned()).map_err(|error| error.utf8_error())
    })?;
    let (id, event) = (id.map(own).transpose()?, event.map(own).transpose()?);
    Ok(Some(Event::Message(Message { id, event, retry, data })))
}

impl codec::Decoder for Codec {
    type Item = Event;
    type Error = Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Event>, Error> {
        if let Some(event) = self.behind.take() {
            return Ok(Some(event));
        }
        loop {
            match self.framer.next_item() {
                Some(FrameItem::Frame(frame)) => {
                    let (comment, event) = (comment(&frame)?, event(&frame)?);
                    let (first, behind) =
                        if comment.is_some() { (comment, event) } else { (event, None) };
                    if first.is_some() {
                        self.behind = behind;
                        return Ok(first);
                    }
                }
                Some(FrameItem::Dropped(dropped)) => return Err(Error::TooLarge(dropped)),
                Some(_) => {}
                None if buffer.is_empty() => return Ok(None),
                None => self.framer.feed(buffer.split()),
            }
        }
    }

    /// A block that the end cut off is no event.
    fn decode_eof(&mut self, buffer: &mut BytesMut) -> Result<Option<Event>, Error> {
        self.decode(buffer)
    }
}

fn encode(event: &Event, buffer: &mut BytesMut) -> Result<(), InvalidValue> {
    let mut out = Encoder::new(buffer);
    match event {
        Event::Comment(text) => out.comment(text),
        Event::Retry(time) => out.retry(*time),
        Event::Message(message) => {
            if let Some(id) = &message.id {
                out.id(id)?;
            }
            if let Some(event) = &message.event {
                out.event_type(event)?;
            }
            if let Some(time) = message.retry {
                out.retry(time);
            }
            out.data(&message.data)
        }
    };
    out.dispatch();
    Ok(())
}

impl codec::Encoder<Event> for Codec {
    type Error = Error;

    fn encode(&mut self, event: Event, buffer: &mut BytesMut) -> Result<(), Error> {
        let before = buffer.len();
        encode(&event, buffer).map_err(|error| {
            buffer.truncate(before);
            error.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::{Decoder as _, Encoder as _};

    fn message(data: &str) -> Event {
        Event::Message(Message { data: data.to_owned(), ..Message::default() })
    }

    fn comment(text: &str) -> Event {
        Event::Comment(text.to_owned())
    }

    /// What comes of a stream in chunks of `size` bytes.
    fn read(stream: &[u8], size: usize) -> Vec<Result<Event, Error>> {
        let (mut codec, mut buffer, mut found) = (Codec::new(64), BytesMut::new(), Vec::new());
        for chunk in stream.chunks(size) {
            buffer.extend_from_slice(chunk);
            while let Some(event) = codec.decode(&mut buffer).transpose() {
                found.push(event);
            }
        }
        assert!(codec.decode_eof(&mut buffer).unwrap().is_none() && buffer.is_empty());
        found
    }

    #[test]
    fn comments_come_first_and_are_joined_by_block() {
        let stream = ": ping\n\n: a\rdata: x\n: b\r\n\nretry: 5\n: c\n\n: d\n\nother: 1\n\nid\n\n";
        let retry = Event::Retry(Duration::from_millis(5));
        let id = Event::Message(Message { id: Some(String::new()), ..Message::default() });
        let expected =
            [comment("ping"), comment("a\nb"), message("x"), comment("c"), retry, comment("d"), id];
        for size in 1..=stream.len() {
            let found: Result<Vec<_>, _> = read(stream.as_bytes(), size).into_iter().collect();
            assert_eq!(found.unwrap(), expected, "{size}");
        }
    }

    #[test]
    fn what_is_no_text_or_too_long_is_an_error_and_not_the_end() {
        for size in [1, 7, 200] {
            let long = "x".repeat(64);
            let stream = [b"data: \xFF\n\ndata: ", long.as_bytes(), b"\n\ndata: a\ndata: b\n\n"];
            let found = read(&stream.concat(), size);
            assert!(matches!(&found[0], Err(Error::Utf8(error)) if error.valid_up_to() == 0));
            assert!(matches!(&found[1], Err(Error::TooLarge(what)) if what.limit() == 64));
            assert_eq!(found[2].as_ref().unwrap(), &message("a\nb"));
            assert_eq!(found.len(), 3);
        }
    }

    #[test]
    fn events_are_read_as_they_were_written() {
        let full = Event::Message(Message {
            id: Some("1".to_owned()),
            event: Some("greeting".to_owned()),
            retry: Some(Duration::from_secs(1)),
            data: "hello\n world\n".to_owned(),
        });
        let (mut codec, mut buffer) = (Codec::new(128), BytesMut::new());
        codec.encode(full.clone(), &mut buffer).unwrap();
        let expected = "id: 1\nevent: greeting\nretry: 1000\ndata: hello\ndata:  world\ndata: \n\n";
        assert_eq!(buffer, expected);
        for event in [full, comment("a\nb"), Event::Retry(Duration::from_millis(7)), message("")] {
            buffer.clear();
            codec.encode(event.clone(), &mut buffer).unwrap();
            assert_eq!(codec.decode(&mut buffer).unwrap(), Some(event));
        }
    }

    #[test]
    fn what_is_refused_leaves_nothing_behind() {
        let (mut codec, mut buffer) = (Codec::new(64), BytesMut::from("data: before\n\n"));
        let id = Some("1".to_owned());
        let event = Message { id, event: Some("a\nb".to_owned()), ..Message::default() };
        let error = codec.encode(Event::Message(event), &mut buffer).unwrap_err();
        assert!(matches!(error, Error::InvalidValue(what) if what.offset() == 1));
        assert_eq!(buffer, "data: before\n\n");
    }
}
