//! What is written through an encoder, and what a client has to see of it.

use crate::reference::{Block, Event, Item};
use arbitrary::Arbitrary;
use core::time::Duration;
use sse_wire::encoder::Style;
use sse_wire::Encoder;
use std::io::Write;

/// Fields in an order, and the style that they are written in; a blank line ends them.
#[derive(Arbitrary, Clone, Debug)]
pub struct Written<'a> {
    compact: bool,
    crlf: bool,
    keep_line_ends: bool,
    pub fields: Vec<Field<'a>>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Field<'a> {
    Comment(&'a str),
    EventType(&'a str),
    Id(&'a str),
    Retry(u64),
    Data(&'a [u8]),
    /// Data through a writer, in two pieces.
    Pieces(&'a [u8], &'a [u8]),
}

/// What a field of one line cannot carry.
pub const IN_TYPE: &[char] = &['\r', '\n'];
pub const IN_ID: &[char] = &['\r', '\n', '\0'];

impl Written<'_> {
    pub fn style(&self) -> Style {
        let style = if self.compact { Style::new().compact() } else { Style::new() };
        let style = if self.keep_line_ends { style.keep_line_ends() } else { style };
        if self.crlf {
            style.crlf()
        } else {
            style
        }
    }

    /// The stream, which ends in a blank line.
    pub fn stream(&self) -> Vec<u8> {
        let mut out = Encoder::with_style(Vec::new(), self.style());
        fields(&mut out, &self.fields);
        out.dispatch();
        out.into_inner()
    }
}

/// Writes fields one by one; what is refused leaves nothing behind and is written with spaces then.
pub fn fields(out: &mut Encoder<Vec<u8>>, fields: &[Field<'_>]) {
    for field in fields {
        let written = out.sink().len();
        let is_refused = match field {
            Field::EventType(value) => {
                let is_refused = out.event_type(value).is_err();
                assert_eq!(is_refused, value.contains(IN_TYPE));
                is_refused
            }
            Field::Id(value) => {
                let is_refused = out.id(value).is_err();
                assert_eq!(is_refused, value.contains(IN_ID));
                is_refused
            }
            _ => false,
        };
        if is_refused {
            assert_eq!(out.sink().len(), written, "nothing is written");
        }
        match field {
            Field::Comment(text) => drop(out.comment(*text)),
            Field::EventType(value) if is_refused => drop(out.event_type_lossy(value)),
            Field::Id(value) if is_refused => drop(out.id_lossy(value)),
            Field::EventType(_) | Field::Id(_) => {}
            Field::Retry(milliseconds) => drop(out.retry(Duration::from_millis(*milliseconds))),
            Field::Data(value) => drop(out.data(*value)),
            Field::Pieces(first, second) => {
                let mut writer = out.data_writer();
                writer.write_all(first).unwrap();
                out.continue_data(*second);
            }
        }
    }
}

/// The value as it is written when it need not be refused.
fn spaced(value: &str, refused: &[char]) -> Vec<u8> {
    value.replace(refused, " ").into_bytes()
}

/// The lines of a value, split at LF, CR and CRLF.
pub fn lines(value: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            b'\n' if at > 0 && value[at - 1] == b'\r' => {}
            b'\r' | b'\n' => lines.push(Vec::new()),
            _ => lines.last_mut().unwrap().push(byte),
        }
    }
    lines
}

/// What a client has to see of these fields and a blank line, after a stream that ended with this
/// last event ID.
pub fn expected(fields: &[Field<'_>], last_event_id: &mut Vec<u8>) -> Vec<Item> {
    let (mut items, mut event_type, mut id, mut data) = (vec![], None, None, vec![]);
    for field in fields {
        match field {
            Field::Comment(text) => {
                items.extend(lines(text.as_bytes()).into_iter().map(Item::Comment));
            }
            Field::EventType(value) => event_type = Some(spaced(value, IN_TYPE)),
            Field::Id(value) => id = Some(spaced(value, IN_ID)),
            Field::Retry(milliseconds) => items.push(Item::Retry(*milliseconds)),
            Field::Data(value) => data.extend(lines(value)),
            Field::Pieces(first, second) => data.extend(lines(&[*first, second].concat())),
        }
    }
    if let Some(id) = &id {
        last_event_id.clone_from(id);
    }
    if !data.is_empty() {
        let named = event_type.filter(|value| !value.is_empty());
        items.push(Item::Event(Event {
            event_type: named.unwrap_or_else(|| b"message".to_vec()),
            data: data.join(&b'\n'),
            last_event_id: last_event_id.clone(),
            id,
        }));
    } else if fields.iter().any(|field| !matches!(field, Field::Comment(_))) {
        items.push(Item::Block(Block { event_type, id }));
    }
    items
}
