//! The field level behind one runner, and a naive reading of the lines that it is held against.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests.
#![allow(clippy::panic)]

use sse_wire::fields::{FieldName, Fields, Token, TokenAt};

/// A token with its fragments joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whole {
    Mark,
    UnknownName(Vec<u8>),
    Field(FieldName),
    Comment,
    Value(Vec<u8>),
    LineEnd,
    BlankLine,
}

pub type Found = Vec<(u64, Whole)>;

/// Joins the fragments.
fn add(found: &mut Found, TokenAt { offset, token, .. }: TokenAt<'_>) {
    let whole = match token {
        Token::Mark => Whole::Mark,
        Token::UnknownName(fragment) => {
            assert!(!fragment.is_empty());
            if let Some((start, Whole::UnknownName(name))) = found.last_mut() {
                assert_eq!(offset, *start + name.len() as u64);
                return name.extend_from_slice(fragment);
            }
            Whole::UnknownName(fragment.to_vec())
        }
        Token::Field(name) => Whole::Field(name),
        Token::Comment => Whole::Comment,
        Token::Value(fragment) => {
            assert!(!fragment.is_empty());
            if let Some((start, Whole::Value(value))) = found.last_mut() {
                assert_eq!(offset, *start + value.len() as u64);
                return value.extend_from_slice(fragment);
            }
            Whole::Value(fragment.to_vec())
        }
        Token::LineEnd => Whole::LineEnd,
        Token::BlankLine => Whole::BlankLine,
        _ => panic!("a token of a new kind"),
    };
    found.push((offset, whole));
}

/// Where the lines of a stream start.
fn line_starts(stream: &[u8]) -> Vec<u64> {
    let mut starts = vec![0];
    starts.extend(stream.starts_with(b"\xEF\xBB\xBF").then_some(3));
    for (i, &byte) in stream.iter().enumerate() {
        if byte == b'\n' || byte == b'\r' && stream.get(i + 1) != Some(&b'\n') {
            starts.push(i as u64 + 1);
        }
    }
    starts
}

fn read(chunks: &[&[u8]]) -> Found {
    let mut fields = Fields::new();
    let mut found = Found::new();
    let starts = line_starts(&chunks.concat());
    for chunk in chunks {
        for token in fields.feed(chunk) {
            let start = starts.iter().rev().find(|start| **start <= token.offset);
            assert_eq!(Some(&token.line_offset), start, "{token:?}");
            add(&mut found, token);
        }
    }
    let total: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    assert_eq!(fields.stream_offset(), total as u64);
    found
}

/// Breaks off behind each token and feeds what remains.
fn read_breaking_off(chunks: &[&[u8]]) -> Found {
    let mut fields = Fields::new();
    let mut found = Found::new();
    for chunk in chunks {
        let mut rest = *chunk;
        loop {
            let mut tokens = fields.feed(rest);
            let Some(token) = tokens.next() else { break };
            add(&mut found, token);
            let offset = tokens.stream_offset();
            rest = tokens.remaining();
            drop(tokens);
            assert_eq!(fields.stream_offset(), offset);
        }
    }
    found
}

/// The tokens of complete lines, as plainly as can be.
fn naive(input: &[u8]) -> Found {
    let mut found = Found::new();
    let mut at = 0;
    if input.starts_with(b"\xEF\xBB\xBF") {
        found.push((0, Whole::Mark));
        at = 3;
    }
    while let Some(len) = input[at..].iter().position(|byte| b"\r\n".contains(byte)) {
        let end = at + len;
        let line = &input[at..end];
        let mut put = |offset: usize, token| found.push((offset as u64, token));
        match line.iter().position(|byte| *byte == b':') {
            _ if line.is_empty() => put(end, Whole::BlankLine),
            colon => {
                let name_end = colon.map_or(end, |colon| at + colon);
                match &input[at..name_end] {
                    b"" => put(at, Whole::Comment),
                    b"data" => put(name_end, Whole::Field(FieldName::Data)),
                    b"event" => put(name_end, Whole::Field(FieldName::Event)),
                    b"id" => put(name_end, Whole::Field(FieldName::Id)),
                    b"retry" => put(name_end, Whole::Field(FieldName::Retry)),
                    unknown => {
                        put(at, Whole::UnknownName(unknown.to_vec()));
                        put(name_end, Whole::Field(FieldName::Unknown));
                    }
                }
                let mut value = (name_end + 1).min(end);
                if value < end && input[value] == b' ' {
                    value += 1;
                }
                if value < end {
                    put(value, Whole::Value(input[value..end].to_vec()));
                }
                put(end, Whole::LineEnd);
            }
        }
        at = end + if input[end..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    found
}

/// The tokens are those of the naive reading, under each of these cuts.
pub fn check(input: &[u8], cuts: &[Vec<&[u8]>]) {
    let whole = read(&[input]);
    let complete = naive(input);
    assert_eq!(whole[..complete.len()], complete, "{}", input.escape_ascii());
    // What is left is an unfinished line.
    let rest = &whole[complete.len()..];
    assert!(!rest.iter().any(|(_, token)| matches!(token, Whole::LineEnd | Whole::BlankLine)));
    for chunks in cuts {
        assert_eq!(read(chunks), whole, "{}", input.escape_ascii());
        assert_eq!(read_breaking_off(chunks), whole, "{}", input.escape_ascii());
    }
}
