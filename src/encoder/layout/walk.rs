//! The fold beside the table of the grammar: every state of it, composed with every state of a reader,
//! and every byte of a payload. What a reader makes of it is the value, for payloads of every length: no
//! line is forged, no block ends early, no byte is changed.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::fmt::Debug;

use super::*;
use crate::encoder::value::forbidden;
use crate::encoder::{DataLine, DataSplitter, Encoder};
use crate::grammar::state::Byte;
use crate::grammar::table::Table;
use crate::grammar::{Line as Is, NUL};

const STYLES: [Style; 8] = [
    Style::new(),
    Style::new().compact(),
    Style::new().crlf(),
    Style::new().compact().crlf(),
    Style::new().keep_line_ends(),
    Style::new().keep_line_ends().compact(),
    Style::new().keep_line_ends().crlf(),
    Style::new().keep_line_ends().compact().crlf(),
];

/// What a reader makes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Value(Is, u8),
    End(Is),
}

use Token::{End as Ends, Value};

/// Reads bytes on from a state of the table.
fn read(table: &Table, state: &mut usize, bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for &byte in bytes {
        let (next, what) = table.step(*state, byte);
        *state = next;
        match what {
            Byte::Value(line) => tokens.push(Value(line, byte)),
            Byte::End(line) => tokens.push(Ends(line)),
            Byte::Mark => panic!("a byte order mark"),
            Byte::Name | Byte::Colon(_) | Byte::Space(_) | Byte::Swallowed => {}
        }
    }
    tokens
}

/// A field: how it is cut, and how a reader calls it.
type Field = (Kind, Cut, Is);

const FIELDS: [Field; 8] = [
    (Kind::Data, Cut::Lines, Is::Data),
    (Kind::Comment, Cut::Lines, Is::Comment),
    (Kind::EventType, Cut::Replace(InvalidField::EventType), Is::Event),
    (Kind::Id, Cut::Replace(InvalidField::Id), Is::Id),
    (Kind::Data, Cut::Never, Is::Data),
    (Kind::EventType, Cut::Never, Is::Event),
    (Kind::Id, Cut::Never, Is::Id),
    (Kind::Retry, Cut::Never, Is::Retry),
];

/// Whether a field can be given the byte at all.
fn is_allowed((kind, cut, _): Field, byte: u8) -> bool {
    match (kind, cut) {
        (Kind::Retry, _) => byte.is_ascii_digit(),
        (Kind::Id, Cut::Never) => !forbidden(InvalidField::Id, byte),
        (_, Cut::Never) => !forbidden(InvalidField::EventType, byte),
        _ => true,
    }
}

/// What is between two bytes of a payload, for the law: a CR, or a byte for which a space stands.
type Before = bool;

/// The law: what a reader has to make of one more byte of a payload.
fn law(cut: Cut, is: Is, before: &mut Before, byte: u8) -> Vec<Token> {
    match cut {
        Cut::Lines => {
            let is_swallowed = core::mem::replace(before, byte == CR) && byte == LF;
            match byte {
                LF if is_swallowed => vec![],
                LF | CR => vec![Ends(is)],
                _ => vec![Value(is, byte)],
            }
        }
        Cut::Replace(field) => {
            let offends = [CR, LF].contains(&byte) || (byte == NUL && field == InvalidField::Id);
            let space = core::mem::replace(before, offends).then_some(Value(is, SPACE));
            let value = (!offends).then_some(Value(is, byte));
            space.into_iter().chain(value).collect()
        }
        Cut::Never => vec![Value(is, byte)],
    }
}

/// What a reader has to make of the payload's end.
fn law_of_end(cut: Cut, is: Is, before: Before) -> Vec<Token> {
    let space = (before && matches!(cut, Cut::Replace(_))).then_some(Value(is, SPACE));
    space.into_iter().chain([Ends(is)]).collect()
}

/// The law of a whole payload.
fn law_of_value(cut: Cut, is: Is, value: &[u8]) -> Vec<Token> {
    let mut before = false;
    let mut tokens: Vec<Token> =
        value.iter().flat_map(|&byte| law(cut, is, &mut before, byte)).collect();
    tokens.extend(law_of_end(cut, is, before));
    tokens
}

fn lines((kind, cut, _): Field, style: Style, place: Place, value: &[u8], last: bool) -> Lines<'_> {
    let whole = Lines::whole(kind, style, Payload::Bytes(value), cut);
    if last {
        Lines { place, ..whole }
    } else {
        whole.piece_at(place)
    }
}

fn bytes_of(mut lines: Lines<'_>) -> (Vec<u8>, Place) {
    let bytes = lines.by_ref().flat_map(Line::parts).flatten().copied().collect();
    (bytes, lines.place())
}

/// The states of a reader in which a field can begin.
fn starts(table: &Table) -> [usize; 3] {
    ["mark0", "start", "cr"].map(|name| table.state(name))
}

/// Every field in every style: every payload of every length, byte by byte, with empty pieces between.
#[test]
fn no_payload_is_read_as_anything_but_its_value() {
    let table = Table::new();
    let start = table.state("start");
    for (field, style) in FIELDS.iter().flat_map(|field| STYLES.map(|style| (*field, style))) {
        let (_, cut, is) = field;
        let mut seen: Vec<(Place, usize, Before)> =
            starts(&table).map(|state| (Place::Start, state, false)).to_vec();
        let mut done = 0;
        while let Some(&(place, state, before)) = seen.get(done) {
            done += 1;
            let here = |what: &dyn Debug| {
                format!("{field:?} {style:?} {place:?} {} {what:?}", table.names[state])
            };
            for byte in (0..=u8::MAX).filter(|&byte| is_allowed(field, byte)) {
                let (bytes, place) = bytes_of(lines(field, style, place, &[byte], false));
                let (mut state, mut before) = (state, before);
                let expected = law(cut, is, &mut before, byte);
                assert_eq!(read(&table, &mut state, &bytes), expected, "{}", here(&byte));
                if !seen.contains(&(place, state, before)) {
                    seen.push((place, state, before));
                }
            }
            let nothing = bytes_of(lines(field, style, place, b"", false));
            assert_eq!(nothing, (vec![], place), "{}", here(&"an empty piece"));
            // Behind the end of the value a line starts, and the blank line is one.
            let mut behind = state;
            let (bytes, _) = bytes_of(lines(field, style, place, b"", true));
            let expected = law_of_end(cut, is, before);
            assert_eq!(read(&table, &mut behind, &bytes), expected, "{}", here(&"the end"));
            assert_eq!(behind, start);
            let (bytes, _) = bytes_of(Lines::blank(style));
            assert_eq!(read(&table, &mut behind, &bytes), [Ends(Is::Blank)]);
            assert_eq!(behind, start);
            // The blank line with the end of the value.
            let mut behind = state;
            let (bytes, _) = bytes_of(lines(field, style, place, b"", true).with_blank());
            let expected = [&law_of_end(cut, is, before)[..], &[Ends(Is::Blank)]].concat();
            assert_eq!(read(&table, &mut behind, &bytes), expected, "{}", here(&"the block's end"));
            assert_eq!(behind, start);
        }
        assert!(seen.len() > 3, "{field:?}");
    }
}

/// The law is the normal form: CRLF and CR are LF, and each LF parts two lines.
#[test]
fn the_law_of_lines_is_the_normal_form() {
    for word in words(b"\r\n x", 7) {
        let text = core::str::from_utf8(&word).unwrap();
        let normal = text.replace("\r\n", "\n").replace('\r', "\n");
        let tokens = law_of_value(Cut::Lines, Is::Data, &word);
        let lines: Vec<Vec<u8>> = tokens
            .split_inclusive(|token| matches!(token, Ends(_)))
            .map(|line| line.iter().filter_map(value).collect())
            .collect();
        assert_eq!(lines.join(&LF), normal.as_bytes());
    }
}

fn value(token: &Token) -> Option<u8> {
    match token {
        Value(_, byte) => Some(*byte),
        Ends(_) => None,
    }
}

/// Every word of at most `len` of these bytes.
fn words(bytes: &[u8], len: usize) -> Vec<Vec<u8>> {
    let mut words = vec![vec![]];
    let mut from = 0;
    for _ in 0..len {
        let to = words.len();
        for i in from..to {
            let longer = bytes.iter().map(|&byte| [&words[i][..], &[byte]].concat());
            words.extend(longer.collect::<Vec<_>>());
        }
        from = to;
    }
    words
}

/// A kernel, tested and not proved: the search for the first byte that a line cannot carry. A piece of
/// several bytes is written as its bytes are one by one, and so is a whole value; each way to write.
#[test]
fn pieces_are_their_bytes() {
    let places = [Place::Start, Place::AfterCr, Place::Inside, Place::Replaced];
    for field in FIELDS {
        let bytes: &[u8] = if field.0 == Kind::Retry { b"09" } else { b"\r\n\0 x:" };
        let bytes: Vec<u8> =
            bytes.iter().copied().filter(|&byte| is_allowed(field, byte)).collect();
        let words = words(&bytes, 3);
        for (style, place) in STYLES.iter().flat_map(|style| places.map(|place| (*style, place))) {
            let is_reached = match place {
                Place::AfterCr => field.1 == Cut::Lines,
                Place::Replaced => matches!(field.1, Cut::Replace(_)),
                Place::Start | Place::Inside => true,
            };
            for word in words.iter().filter(|_| is_reached) {
                let (mut expected, mut at) = (Vec::new(), place);
                for byte in word {
                    let byte = core::slice::from_ref(byte);
                    let (bytes, behind) = bytes_of(lines(field, style, at, byte, false));
                    expected.extend(bytes);
                    at = behind;
                }
                let here = || format!("{field:?} {style:?} {place:?} {}", word.escape_ascii());
                let written = |lines: Lines<'_>| {
                    let mut bytes = Vec::new();
                    let behind = lines.write_to(&mut bytes).unwrap();
                    (bytes, behind)
                };
                let piece = lines(field, style, place, word, false);
                assert_eq!(bytes_of(piece.clone()), (expected.clone(), at), "{}", here());
                assert_eq!(written(piece), (expected.clone(), at), "{}", here());
                expected.extend(bytes_of(lines(field, style, at, b"", true)).0);
                let whole = lines(field, style, place, word, true);
                assert_eq!(bytes_of(whole.clone()).0, expected, "{}", here());
                assert_eq!(written(whole.clone()).0, expected, "{}", here());
                expected.extend(bytes_of(Lines::blank(style)).0);
                assert_eq!(written(whole.with_blank()).0, expected, "{}", here());
            }
        }
    }
}

/// An encoder, a reader of what it writes, and the law: no data line is open, or one is.
type Pair = (Encoder<Vec<u8>>, usize, Option<Before>);

/// A call of an encoder, what a reader has to make of it, and whether a data line is open behind it.
struct Call<'a> {
    name: &'static str,
    call: &'a dyn Fn(&mut Encoder<Vec<u8>>),
    expected: Vec<Token>,
    open: Option<Before>,
}

/// Every call of an `Encoder` in every state that any order of calls reaches.
#[test]
#[allow(clippy::too_many_lines)] // A list of all calls.
fn every_order_of_calls_writes_what_the_calls_say() {
    let table = Table::new();
    let texts: Vec<String> = (0..=127_u8).map(|byte| char::from(byte).to_string()).collect();
    for style in STYLES {
        let new = Encoder::with_style(Vec::new(), style);
        let mut seen: Vec<Pair> = starts(&table).map(|state| (new.clone(), state, None)).to_vec();
        let mut done = 0;
        while let Some((encoder, state, open)) = seen.get(done).cloned() {
            done += 1;
            let mut check = |call: Call<'_>| {
                let (mut encoder, mut behind) = (encoder.clone(), state);
                (call.call)(&mut encoder);
                let bytes = core::mem::take(encoder.sink_mut());
                let here = format!("{style:?} {encoder:?} {} {}", table.names[state], call.name);
                assert_eq!(read(&table, &mut behind, &bytes), call.expected, "{here}");
                assert!(!encoder.is_torn());
                if call.open.is_none() && !bytes.is_empty() {
                    assert_eq!(table.names[behind], "start", "{here}");
                }
                let is_seen =
                    |(e, s, o): &Pair| (e.line(), *s, *o) == (encoder.line(), behind, call.open);
                if !seen.iter().any(is_seen) {
                    seen.push((encoder, behind, call.open));
                }
            };
            // What ends an open data line, and what comes behind it.
            let end: Vec<Token> = open.iter().map(|_| Ends(Is::Data)).collect();
            let with = |tokens: &[Token]| [&end[..], tokens].concat();
            let writer = |e: &mut Encoder<Vec<u8>>| {
                e.data_writer();
            };
            check(Call {
                name: "data_writer",
                call: &writer,
                expected: with(&[]),
                open: Some(false),
            });
            // Behind a CR that somebody else wrote to the sink a LF is no blank line. The encoder ends no
            // value with a CR.
            let is_swallowed = table.names[state] == "cr" && open.is_none() && !style.is_crlf();
            let blank: &[Token] = if is_swallowed { &[] } else { &[Ends(Is::Blank)] };
            let dispatch = |e: &mut Encoder<Vec<u8>>| {
                e.dispatch();
            };
            check(Call { name: "dispatch", call: &dispatch, expected: with(blank), open: None });
            let dispatch = |e: &mut Encoder<Vec<u8>>| assert!(e.try_dispatch().is_ok());
            check(Call {
                name: "try_dispatch",
                call: &dispatch,
                expected: with(blank),
                open: None,
            });
            let end_data = |e: &mut Encoder<Vec<u8>>| {
                e.end_data();
            };
            check(Call { name: "end_data", call: &end_data, expected: with(&[]), open: None });
            let nothing = |e: &mut Encoder<Vec<u8>>| {
                e.continue_data("");
            };
            check(Call {
                name: "continue_data of nothing",
                call: &nothing,
                expected: vec![],
                open,
            });
            let data = |e: &mut Encoder<Vec<u8>>| {
                e.data("");
            };
            let expected = with(&[Ends(Is::Data)]);
            check(Call { name: "data of nothing", call: &data, expected, open: None });
            let retry = |e: &mut Encoder<Vec<u8>>| {
                e.retry(core::time::Duration::from_millis(50));
            };
            let expected = with(&law_of_value(Cut::Never, Is::Retry, b"50"));
            check(Call { name: "retry", call: &retry, expected, open: None });
            for byte in 0..=u8::MAX {
                let mut before = open.unwrap_or_default();
                let expected = law(Cut::Lines, Is::Data, &mut before, byte);
                let piece = |e: &mut Encoder<Vec<u8>>| {
                    e.continue_data(&[byte]);
                };
                check(Call { name: "continue_data", call: &piece, expected, open: Some(before) });
                let mut before = false;
                let expected = with(&law(Cut::Lines, Is::Data, &mut before, byte));
                let write = |e: &mut Encoder<Vec<u8>>| {
                    e.data_writer().write_piece(Payload::Bytes(&[byte]));
                };
                check(Call {
                    name: "a writer's piece",
                    call: &write,
                    expected,
                    open: Some(before),
                });
                let data = |e: &mut Encoder<Vec<u8>>| {
                    e.data(&[byte]);
                };
                let expected = with(&law_of_value(Cut::Lines, Is::Data, &[byte]));
                check(Call { name: "data", call: &data, expected, open: None });
            }
            for (byte, text) in (0_u8..).zip(&texts) {
                let comment = |e: &mut Encoder<Vec<u8>>| {
                    e.comment(text);
                };
                let expected = with(&law_of_value(Cut::Lines, Is::Comment, &[byte]));
                check(Call {
                    name: "comment",
                    call: &comment,
                    expected: expected.clone(),
                    open: None,
                });
                let is_line_end = [CR, LF].contains(&byte);
                let checked = |e: &mut Encoder<Vec<u8>>| {
                    assert_ne!(e.comment_line(text).is_ok(), is_line_end);
                };
                check(if is_line_end {
                    Call { name: "refused comment", call: &checked, expected: vec![], open }
                } else {
                    Call {
                        name: "checked comment",
                        call: &checked,
                        expected: expected.clone(),
                        open: None,
                    }
                });
                let line = |e: &mut Encoder<Vec<u8>>| {
                    let line = DataLine::new(text);
                    assert_ne!(line.is_ok(), is_line_end);
                    line.map(|line| e.data(line)).ok();
                };
                check(if is_line_end {
                    Call { name: "refused data line", call: &line, expected: vec![], open }
                } else {
                    let expected = with(&law_of_value(Cut::Lines, Is::Data, &[byte]));
                    Call { name: "data line", call: &line, expected, open: None }
                });
                for (is, field) in
                    [(Is::Event, InvalidField::EventType), (Is::Id, InvalidField::Id)]
                {
                    let expected = with(&law_of_value(Cut::Replace(field), is, &[byte]));
                    let lossy = |e: &mut Encoder<Vec<u8>>| match is {
                        Is::Event => drop(e.event_type_lossy(text)),
                        _ => drop(e.id_lossy(text)),
                    };
                    check(Call {
                        name: "lossy",
                        call: &lossy,
                        expected: expected.clone(),
                        open: None,
                    });
                    let is_refused = forbidden(field, byte);
                    let checked = |e: &mut Encoder<Vec<u8>>| {
                        let is_ok = match is {
                            Is::Event => e.event_type(text).is_ok(),
                            _ => e.id(text).is_ok(),
                        };
                        assert_ne!(is_ok, is_refused, "{byte}");
                    };
                    check(if is_refused {
                        Call { name: "refused", call: &checked, expected: vec![], open }
                    } else {
                        Call { name: "checked", call: &checked, expected, open: None }
                    });
                }
            }
        }
        // Between lines, in a new data line, within it, behind a CR of it; the reader's starts.
        assert!(seen.len() >= 8, "{}", seen.len());
    }
}

/// A `DataSplitter`, which has no sink: every state that any pieces reach.
#[test]
fn a_splitter_writes_what_the_pieces_say() {
    let table = Table::new();
    let start = table.state("start");
    for style in STYLES {
        let mut seen = vec![(DataSplitter::new(style), start, false)];
        let mut done = 0;
        while let Some(&(splitter, state, before)) = seen.get(done) {
            done += 1;
            for byte in 0..=u8::MAX {
                let (mut splitter, mut state, mut before) = (splitter, state, before);
                let bytes: Vec<u8> = splitter.split(&[byte]).flatten().copied().collect();
                let expected = law(Cut::Lines, Is::Data, &mut before, byte);
                assert_eq!(read(&table, &mut state, &bytes), expected, "{splitter:?} {byte}");
                assert_eq!(splitter.split(b"").next(), None);
                if !seen.contains(&(splitter, state, before)) {
                    seen.push((splitter, state, before));
                }
            }
            for dispatches in [false, true] {
                let (mut splitter, mut state) = (splitter, state);
                let bytes = if dispatches { splitter.dispatch() } else { splitter.end() };
                let expected = [Ends(Is::Data), Ends(Is::Blank)];
                let expected = &expected[..=usize::from(dispatches)];
                assert_eq!(read(&table, &mut state, bytes), expected);
                assert_eq!((splitter, state), (DataSplitter::new(style), start));
            }
            // Behind the opening of a line, any bytes without line ends are its value.
            let (mut begun, mut state) = (splitter, state);
            assert_eq!(read(&table, &mut state, begun.begin_line()), []);
            assert!(!begun.is_at_line_start());
            for byte in (0..=u8::MAX).filter(|byte| ![CR, LF].contains(byte)) {
                assert_eq!(read(&table, &mut state, &[byte]), [Value(Is::Data, byte)]);
            }
            if !seen.contains(&(begun, state, false)) {
                seen.push((begun, state, false));
            }
        }
        assert_eq!(seen.len(), 3); // At a line's start, within it, behind a CR.
    }
}

/// A message writes what the encoder writes for its fields in its order, whichever way it is written.
#[test]
fn messages_are_their_fields() {
    use crate::Message;
    let time = core::time::Duration::from_millis(50);
    for (i, word) in words(b"\r\n\0 x:", 2).iter().enumerate() {
        let text = core::str::from_utf8(word).unwrap();
        for (style, fields) in STYLES.iter().flat_map(|style| (0..32_u8).map(|set| (*style, set))) {
            let has = |bit: u8| fields & (1 << bit) != 0;
            let mut message = Message::empty().style(style);
            let mut out = Encoder::with_style(Vec::new(), style);
            if has(0) {
                message = message.comment(text);
                out.comment(text);
            }
            if has(1) {
                message = message.event_type_lossy(text);
                out.event_type_lossy(text);
            }
            if has(2) {
                message = message.id_lossy(text);
                out.id_lossy(text);
            }
            if has(3) {
                message = message.retry(time);
                out.retry(time);
            }
            if has(4) {
                message = match DataLine::new(text) {
                    Ok(line) if i % 2 == 0 => message.data(line),
                    _ => message.data(text),
                };
                out.data(text);
            }
            if fields != 0 {
                out.dispatch();
            }
            let expected = out.into_inner();
            assert_eq!(message.to_vec(), expected);
            assert_eq!(message.clone().into_owned().to_vec(), expected);
            assert_eq!(message.segments().flatten().copied().collect::<Vec<u8>>(), expected);
            assert_eq!(message.encoded_len(), expected.len());
            assert_eq!(message.to_string().into_bytes(), expected);
            #[cfg(feature = "std")]
            {
                let mut written = Vec::new();
                message.write_to(&mut written).unwrap();
                assert_eq!(written, expected);
            }
        }
    }
}
