// A builder whose fields go out in the order of its calls. Data comes as text, as JSON, or through a
// writer that owns the event and goes on in an open line; line ends in it stay as they are. What a field
// cannot carry is refused where it is set, and finishing never fails.

use core::convert::Infallible;
use core::{fmt, time::Duration};
use std::io;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use sse_wire::adapter::IntoFrame;
use sse_wire::encoder::Style;
use sse_wire::{Encoder, InvalidValue};

#[derive(Clone, Debug)]
pub struct Event(Encoder<BytesMut>);

impl Default for Event {
    fn default() -> Self {
        Self(Encoder::with_style(BytesMut::new(), Style::new().keep_line_ends()))
    }
}

impl Event {
    pub fn event(mut self, event_type: &str) -> Result<Self, InvalidValue> {
        self.0.event_type(event_type)?;
        Ok(self)
    }

    pub fn id(mut self, id: &str) -> Result<Self, InvalidValue> {
        self.0.id(id)?;
        Ok(self)
    }

    pub fn comment(mut self, text: &str) -> Result<Self, InvalidValue> {
        self.0.comment_line(text)?;
        Ok(self)
    }

    pub fn retry(mut self, time: Duration) -> Self {
        self.0.retry(time);
        self
    }

    pub fn data(self, data: &str) -> Self {
        let mut writer = self.into_data_writer();
        writer.0 .0.continue_data(data);
        writer.into_event()
    }

    pub fn json_data<T: Serialize>(self, value: &T) -> serde_json::Result<Self> {
        let mut writer = self.into_data_writer();
        serde_json::to_writer(&mut writer, value)?;
        Ok(writer.into_event())
    }

    pub fn into_data_writer(self) -> EventDataWriter {
        EventDataWriter(self)
    }
}

/// The event while its data is written. Writes of nothing make no data line.
#[derive(Debug)]
pub struct EventDataWriter(Event);

impl EventDataWriter {
    pub fn into_event(mut self) -> Event {
        self.0 .0.end_data();
        self.0
    }
}

impl fmt::Write for EventDataWriter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 .0.continue_data(text);
        Ok(())
    }
}

impl io::Write for EventDataWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 .0.continue_data(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The event goes where a message goes, into an `EventBody`.
impl IntoFrame for Event {
    type Error = Infallible;

    fn into_frame(mut self) -> Result<Bytes, Infallible> {
        self.0.dispatch();
        Ok(self.0.into_inner().freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write as _;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn fields_keep_the_order_of_the_calls() -> Tested {
        let event = Event::default().data("one").comment("this is a comment")?;
        assert_eq!(event.into_frame()?, "data: one\n: this is a comment\n\n");
        let event = Event::default().json_data(&serde_json::json!({ "foo": "bar" }))?;
        assert_eq!(event.into_frame()?, "data: {\"foo\":\"bar\"}\n\n");
        let event = Event::default().event("three")?.retry(Duration::from_secs(30)).id("unique")?;
        assert_eq!(event.into_frame()?, "event: three\nretry: 30000\nid: unique\n\n");
        Ok(())
    }

    #[test]
    fn a_leading_space_is_not_lost() -> Tested {
        assert_eq!(Event::default().data("\tfoobar").into_frame()?, "data: \tfoobar\n\n");
        assert_eq!(Event::default().data(" foobar").into_frame()?, "data:  foobar\n\n");
        Ok(())
    }

    #[test]
    fn a_writer_goes_on_in_the_open_line_and_writes_of_nothing_are_nothing() -> Tested {
        let mut writer = Event::default().into_data_writer().into_event().into_data_writer();
        writer.write_str("")?;
        let mut writer = writer.into_event().into_data_writer();
        for piece in ["", "moon ", "star\nsun", "", "set", "", " bye\r"] {
            writer.write_str(piece)?;
        }
        let frame = writer.into_event().into_frame()?;
        assert_eq!(frame, "data: moon star\ndata: sunset bye\rdata: \n\n");
        Ok(())
    }

    #[test]
    fn line_breaks_in_raw_json_begin_lines() -> Tested {
        let json = "{\r\"foo\":  \n\r\r   \"bar\\n\"\n}";
        let value = serde_json::from_str::<Box<serde_json::value::RawValue>>(json)?;
        let frame = Event::default().json_data(&value)?.into_frame()?;
        let expected =
            "data: {\rdata: \"foo\":  \ndata: \rdata: \rdata:    \"bar\\n\"\ndata: }\n\n";
        assert_eq!(frame, expected);
        Ok(())
    }

    #[test]
    fn what_a_field_cannot_carry_is_refused() {
        for (event_type, id) in [("a\nb", "1"), ("a\rb", "1"), ("a", "1\n"), ("a", "1\0")] {
            assert!(Event::default().event(event_type).and_then(|event| event.id(id)).is_err());
        }
        assert!(Event::default().comment("a\nb").is_err());
    }
}
