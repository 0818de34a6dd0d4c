//! Nothing can be forged: a value is refused with nothing written, or decodes to just that value.
#![no_main]

#[path = "../../tests/support/fronts.rs"]
mod fronts;
#[path = "../../tests/support/reference.rs"]
mod reference;

use arbitrary::Arbitrary;
use core::time::Duration;
use reference::{Block, Event, Item, Settings};
use sse_wire::{EncodeError, Encoder, Message, Style};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Field<'a> {
    Comment(&'a str),
    EventType(&'a str),
    Id(&'a str),
    Retry(u64),
    Data(&'a [u8]),
    /// Data through a writer, in two pieces.
    Pieces(&'a [u8], &'a [u8]),
}

/// What a field of one line cannot carry.
const IN_TYPE: &[char] = &['\r', '\n'];
const IN_ID: &[char] = &['\r', '\n', '\0'];

/// The value as it is written when it need not be refused.
fn spaced(value: &str, refused: &[char]) -> Vec<u8> {
    value.replace(refused, " ").into_bytes()
}

fn lines(value: &[u8]) -> Vec<Vec<u8>> {
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

/// What a client has to see of these fields and a blank line.
fn expected(fields: &[Field<'_>]) -> Vec<Item> {
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
    if !data.is_empty() {
        let named = event_type.filter(|value| !value.is_empty());
        items.push(Item::Event(Event {
            event_type: named.unwrap_or_else(|| b"message".to_vec()),
            data: data.join(&b'\n'),
            last_event_id: id.clone().unwrap_or_default(),
            id,
        }));
    } else if event_type.is_some() || id.is_some() {
        items.push(Item::Block(Block { event_type, id }));
    }
    items
}

fn assert_decodes_to(fields: &[Field<'_>], stream: &[u8]) {
    let settings = Settings { comments: true, ..Settings::default() };
    let (_, decode) = fronts::RAW[0];
    let found = decode(&[stream], &settings);
    let items: Vec<_> = found.items.into_iter().map(|due| due.item).collect();
    assert_eq!(items, expected(fields), "{}", stream.escape_ascii());
    assert_eq!(found.end, reference::End::Clean);
}

/// Field by field, in the order given.
fn encoder(fields: &[Field<'_>], style: Style) -> Vec<u8> {
    let mut out = Encoder::with_style(Vec::new(), style);
    for field in fields {
        let written = out.sink().len();
        let refused = match field {
            Field::Comment(text) => out.comment(text).is_err(),
            Field::EventType(value) => {
                let error = matches!(out.event_type(value), Err(EncodeError::Invalid(_)));
                assert_eq!(error, value.contains(IN_TYPE));
                error
            }
            Field::Id(value) => {
                let error = matches!(out.id(value), Err(EncodeError::Invalid(_)));
                assert_eq!(error, value.contains(IN_ID));
                error
            }
            Field::Retry(milliseconds) => out.retry(Duration::from_millis(*milliseconds)).is_err(),
            Field::Data(value) => out.data(value).is_err(),
            Field::Pieces(first, second) => {
                let mut writer = out.data_writer();
                writer.push(first).unwrap().push(second).is_err()
            }
        };
        if refused {
            assert_eq!(out.sink().len(), written, "nothing is written");
            match field {
                Field::EventType(value) => drop(out.event_type_lossy(value).unwrap()),
                Field::Id(value) => drop(out.id_lossy(value).unwrap()),
                _ => panic!("{field:?} refused"),
            }
        }
    }
    out.dispatch().unwrap();
    out.into_inner()
}

/// As a value: the last field of each kind, in the message's own order.
fn message(fields: &[Field<'_>], style: Style) {
    let mut last = [None; 5];
    let mut message = Message::empty().style(style);
    for field in fields {
        match *field {
            Field::Comment(text) => message = message.comment(text),
            Field::EventType(value) => {
                assert_eq!(message.event_type(value).is_err(), value.contains(IN_TYPE));
                message = message.event_type_lossy(value);
            }
            Field::Id(value) => {
                assert_eq!(message.id(value).is_err(), value.contains(IN_ID));
                message = message.id_lossy(value);
            }
            Field::Retry(milliseconds) => {
                message = message.retry(Duration::from_millis(milliseconds));
            }
            Field::Data(value) | Field::Pieces(value, _) => message = message.data(value),
        }
        let (place, field) = match *field {
            Field::Comment(_) => (0, *field),
            Field::EventType(_) => (1, *field),
            Field::Id(_) => (2, *field),
            Field::Retry(_) => (3, *field),
            Field::Data(value) | Field::Pieces(value, _) => (4, Field::Data(value)),
        };
        last[place] = Some(field);
    }
    let stream = message.to_vec();
    assert_eq!(stream.len(), message.encoded_len());
    assert_decodes_to(&last.into_iter().flatten().collect::<Vec<_>>(), &stream);
}

libfuzzer_sys::fuzz_target!(|case: (bool, bool, Vec<Field<'_>>)| {
    let (compact, crlf, fields) = case;
    let style = if compact { Style::new().compact() } else { Style::new() };
    let style = if crlf { style.crlf() } else { style };
    assert_decodes_to(&fields, &encoder(&fields, style));
    message(&fields, style);
});
