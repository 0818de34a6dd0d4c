// An event that owns its fields and is `Display`: it cannot fail, so what a field cannot carry becomes
// a space. Compact, and in the order that suits the framework.

use core::fmt;
use core::time::Duration;

use sse_wire::encoder::{FmtSink, Style};
use sse_wire::Encoder;

#[derive(Clone, Debug, Default)]
pub struct Event {
    pub name: Option<String>,
    pub id: Option<String>,
    pub data: Option<String>,
    pub comment: Option<String>,
    pub retry: Option<Duration>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Encoder::with_style(FmtSink::new(f), Style::new().compact());
        if let Some(comment) = &self.comment {
            out.comment(comment);
        }
        if let Some(name) = &self.name {
            out.event_type_lossy(name);
        }
        if let Some(data) = &self.data {
            out.data(data);
        }
        if let Some(id) = &self.id {
            out.id_lossy(id);
        }
        if let Some(retry) = self.retry {
            out.retry(retry);
        }
        out.try_dispatch()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_one_order() {
        let event = Event {
            name: Some("greeting".to_owned()),
            id: Some("7".to_owned()),
            data: Some("hello\r\n world".to_owned()),
            comment: Some("hi".to_owned()),
            retry: Some(Duration::from_millis(500)),
        };
        let expected = ":hi\nevent:greeting\ndata:hello\ndata:  world\nid:7\nretry:500\n\n";
        assert_eq!(event.to_string(), expected);
        assert_eq!(Event::default().to_string(), "\n");
    }

    #[test]
    fn nothing_can_be_forged_and_nothing_fails() {
        let event = Event {
            name: Some("a\ndata: forged\n\n".to_owned()),
            id: Some("1\r2\0".to_owned()),
            data: Some(String::new()),
            ..Event::default()
        };
        assert_eq!(event.to_string(), "event:a data: forged  \ndata:\nid:1 2 \n\n");
    }

    #[test]
    fn a_writer_that_fails_is_all_that_can_fail() {
        use core::fmt::Write as _;
        struct Full;
        impl fmt::Write for Full {
            fn write_str(&mut self, _: &str) -> fmt::Result {
                Err(fmt::Error)
            }
        }
        assert!(write!(Full, "{}", Event::default()).is_err());
    }
}
