//! A builder whose fields go out in the order of its calls, each value checked as it comes; a writer
//! turns anything into data lines. Finished, it is one `Bytes`, to be cloned for every subscriber.

use core::convert::Infallible;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use sse_wire::{DataWriter, EncodeError, Encoder, IntoFrame, Style};

#[derive(Clone, Debug)]
pub struct Event(Encoder<Vec<u8>>);

/// A value that its field cannot carry. A host that would rather panic does so here.
type Refused = EncodeError<Infallible>;

impl Event {
    pub fn new(style: Style) -> Self {
        Self(Encoder::with_style(Vec::new(), style))
    }

    pub fn event(mut self, event_type: &str) -> Result<Self, Refused> {
        self.0.event_type(event_type)?;
        Ok(self)
    }

    pub fn id(mut self, id: &str) -> Result<Self, Refused> {
        self.0.id(id)?;
        Ok(self)
    }

    pub fn retry(mut self, time: Duration) -> Result<Self, Refused> {
        self.0.retry(time)?;
        Ok(self)
    }

    pub fn comment(mut self, text: &str) -> Result<Self, Refused> {
        self.0.comment(text)?;
        Ok(self)
    }

    pub fn data(mut self, data: impl AsRef<[u8]>) -> Result<Self, Refused> {
        self.0.data(data)?;
        Ok(self)
    }

    pub fn json_data<T: Serialize>(mut self, value: &T) -> serde_json::Result<Self> {
        self.0.json(value)?;
        Ok(self)
    }

    /// Writes data in pieces; what follows ends the line.
    pub fn data_writer(&mut self) -> DataWriter<'_, Vec<u8>> {
        self.0.data_writer()
    }

    pub fn data_fmt(mut self, data: fmt::Arguments<'_>) -> Result<Self, fmt::Error> {
        fmt::Write::write_fmt(&mut self.data_writer(), data)?;
        Ok(self)
    }
}

/// The event goes where a message goes, into a `FrameStream`.
impl IntoFrame for Event {
    type Error = Refused;

    fn into_frame(mut self) -> Result<Bytes, Refused> {
        self.0.dispatch()?;
        Ok(self.0.into_inner().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    const COMPACT: Style = Style::new().compact();

    #[test]
    fn fields_keep_the_order_of_the_calls() -> Tested {
        let event = Event::new(COMPACT).data("one")?.comment("this is a comment")?;
        assert_eq!(event.into_frame()?, "data:one\n:this is a comment\n\n");
        let event = Event::new(COMPACT).json_data(&serde_json::json!({ "foo": "bar" }))?;
        assert_eq!(event.into_frame()?, "data:{\"foo\":\"bar\"}\n\n");
        let event =
            Event::new(COMPACT).event("three")?.retry(Duration::from_secs(30))?.id("unique")?;
        assert_eq!(event.into_frame()?, "event:three\nretry:30000\nid:unique\n\n");
        let event = Event::new(Style::new()).id("1")?.event("t")?.data("x")?;
        assert_eq!(event.into_frame()?, "id: 1\nevent: t\ndata: x\n\n");
        Ok(())
    }

    #[test]
    fn a_leading_space_is_not_lost() -> Tested {
        assert_eq!(Event::new(COMPACT).data("\tfoobar")?.into_frame()?, "data:\tfoobar\n\n");
        assert_eq!(Event::new(COMPACT).data(" foobar")?.into_frame()?, "data:  foobar\n\n");
        Ok(())
    }

    #[test]
    fn every_line_end_in_data_comes_out_right() -> Tested {
        assert_eq!(Event::new(COMPACT).data("a\r\nb")?.into_frame()?, "data:a\ndata:b\n\n");
        assert_eq!(Event::new(COMPACT).data("")?.into_frame()?, "data:\n\n");
        let mut event = Event::new(COMPACT);
        event.data_writer().push("a\r")?.push("\nb")?;
        assert_eq!(event.id("1")?.into_frame()?, "data:a\ndata:b\nid:1\n\n");
        let event = Event::new(COMPACT).data_fmt(format_args!("{}\n{}", 1, 2))?;
        assert_eq!(event.into_frame()?, "data:1\ndata:2\n\n");
        Ok(())
    }

    #[test]
    fn what_a_field_cannot_carry_is_refused() {
        for (event_type, id) in [("a\nb", "1"), ("a\rb", "1"), ("a", "1\n"), ("a", "1\0")] {
            let event = Event::new(COMPACT).event(event_type).and_then(|event| event.id(id));
            assert!(matches!(event, Err(EncodeError::Invalid(_))));
        }
    }
}
