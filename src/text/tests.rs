//! Text against the standard library.

use super::held::{text_len, Held, LEAST};
use super::replace::{first_piece, replace_within};
use super::Text;
use crate::grammar::Span;
#[cfg(feature = "simd")]
use crate::vector::{Ascii, Sees};
use alloc::string::{String, ToString};
use alloc::{vec, vec::Vec};
use core::str::from_utf8;

/// A character of each length, and what is malformed. No two of them make another character: the
/// edge of a value is that of a chunk or next to ASCII, and cuts none.
const PIECES: [&[u8]; 8] = [
    b"a",
    "\u{E9}".as_bytes(),
    "\u{20AC}".as_bytes(),
    "\u{1F98A}".as_bytes(),
    b"\xFF",
    b"\xF0\x9F\xA6",
    b"\xE2\x82",
    b"\xC0\x80",
];

/// All chunks of up to `most` pieces, each as the places where its pieces start and end.
fn chunks(most: usize) -> Vec<(Vec<u8>, Vec<usize>)> {
    let mut chunks = vec![(Vec::new(), vec![0])];
    let mut longer = 0;
    for _ in 0..most {
        for at in core::mem::replace(&mut longer, chunks.len())..chunks.len() {
            for piece in PIECES {
                let (mut chunk, mut edges) = chunks[at].clone();
                chunk.extend_from_slice(piece);
                edges.push(chunk.len());
                chunks.push((chunk, edges));
            }
        }
    }
    chunks
}

/// The pieces of a text are what `String::from_utf8_lossy` makes of it, and each is a step ahead.
#[test]
fn pieces_are_those_of_the_standard_library() {
    for (bytes, _) in chunks(4) {
        let (mut text, mut rest) = (String::new(), &bytes[..]);
        while !rest.is_empty() {
            let (piece, after) = first_piece(rest);
            assert!(after.len() < rest.len(), "{bytes:?}");
            text.push_str(piece);
            rest = after;
        }
        assert_eq!(text, String::from_utf8_lossy(&bytes), "{bytes:?}");
        assert_eq!(Text::new(&bytes).to_string(), text);
    }
}

/// Text replaced in place needs no more memory than itself, and touches nothing beside it.
#[test]
fn what_is_replaced_in_place_stays_in_its_place() {
    for (bytes, _) in chunks(4) {
        let text = String::from_utf8_lossy(&bytes);
        let end = 1 + text.len();
        let mut memory = vec![b'#'; end + 1];
        let source = end - bytes.len()..end;
        memory[source.clone()].copy_from_slice(&bytes);
        assert_eq!(replace_within(&mut memory, source, 1), end, "{bytes:?}");
        assert_eq!(memory, ["#", &text, "#"].concat().as_bytes(), "{bytes:?}");
    }
}

/// What the end of bytes cuts of a character is neither text nor malformed.
#[test]
fn a_character_that_is_cut_is_not_malformed() {
    let text = "a\u{E9}\u{20AC}\u{1F98A}".repeat(30);
    for end in 0..=text.len() {
        let len = (0..=end).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let bytes = &text.as_bytes()[..end];
        assert_eq!(text_len(bytes), (len, false));
        assert_eq!(text_len(&[bytes, b"\xFF"].concat()), (len, true));
    }
}

/// Whether a value is text, which is shown then.
fn is_text(held: &mut Held<&[u8]>, span: Span) -> bool {
    let chunk = *held.chunk();
    let is_text = held.open().1.is_text(span);
    let text = held.open().1.text(span);
    assert_eq!(text.map(str::as_bytes), is_text.then(|| span.of(chunk)), "{chunk:?} {span:?}");
    is_text
}

/// Asks for any two values of a chunk, one after the other.
fn any_two_values(chunk: &[u8], edges: &[usize]) {
    let from = |i: usize| edges[i..].iter().map(move |end| Span::new(edges[i], *end));
    let spans: Vec<Span> = (0..edges.len()).flat_map(from).collect();
    for first in &spans {
        for second in &spans {
            let mut held = Held::new(chunk);
            let mut asked = 0;
            for span in [*first, *second] {
                let (before, broken) = held.stretch();
                let is_text = is_text(&mut held, span);
                let case = (chunk, first, second);
                assert_eq!(is_text, from_utf8(span.of(chunk)).is_ok(), "{case:?}");
                if span.start < asked {
                    break;
                }
                // In their order.
                let (after, _) = held.stretch();
                assert!(!is_text || after.start <= span.start && span.end <= after.end);
                assert!(after == before || !broken || before.end <= after.start, "{case:?}");
                asked = span.end;
            }
        }
    }
}

/// Whatever was asked before, the answer is right; of values in their order what is text is known
/// from then on, and what ends at a malformed byte is not looked at again.
#[test]
fn it_is_known_what_is_text() {
    for (chunk, edges) in &chunks(4) {
        any_two_values(chunk, edges);
    }
}

/// What is seen to be ASCII is known to be text, and nothing that lies between; of other bytes nothing is seen.
#[cfg(feature = "simd")]
#[test]
fn what_is_seen_is_known_and_no_more() {
    let mut chunk = [b'a'; 40];
    chunk[15] = 0xFF;
    let (chunk, other) = (chunk, [b'a'; 40]);
    let seen = |part| Ascii::new(&chunk, part).unwrap();
    for parts in [&[0..10, 20..30][..], &[0..10, 10..15, 16..30], &[20..30, 0..10]] {
        let mut held = Held::new(&chunk[..]);
        for part in parts {
            held.open().1.see(seen(part.clone()));
            held.open().1.see(Ascii::new(&other, 0..40).unwrap());
        }
        for (start, end) in (0..30).flat_map(|start| (start..30).map(move |end| (start, end))) {
            let (span, is_text) = (Span::new(start, end), !(start..end).contains(&15));
            let text = held.clone().open().1.text(span).map(str::len);
            assert_eq!(text, is_text.then_some(end - start), "{span:?}");
        }
    }
}

/// A value is text also where a byte follows that could only go on with a character.
#[test]
fn what_follows_a_value_does_not_matter() {
    let chunk = "\u{E9}\n\u{E9}\n".as_bytes();
    let chunk = [chunk, b"\x82\n"].concat();
    for asked in [None, Some(Span::new(0, 3))] {
        let mut held = Held::new(&chunk[..]);
        assert!(asked.map_or(true, |span| is_text(&mut held, span)));
        assert!(is_text(&mut held, Span::new(3, 6)) && !is_text(&mut held, Span::new(3, 7)));
        assert!(!is_text(&mut held, Span::new(6, 8)));
    }
}

/// A counter, not a clock: what is looked at is bounded by what was asked for, whether all
/// values of a chunk are asked for or one.
#[test]
fn a_chunk_is_looked_at_little_further_than_asked() {
    for value in [&b"0123456789"[..], b"0123456\xFF89", b"\xF0\x9F\xA6\x8A345678"] {
        let chunk = value.repeat(10_000);
        let mut held = Held::new(&chunk[..]);
        let (mut asked, mut looked, mut stretches) = (0, 0, 0);
        for start in (0..chunk.len()).step_by(10) {
            let is_value = is_text(&mut held, Span::new(start, start + 10));
            assert_eq!(is_value, from_utf8(value).is_ok());
            asked += 10;
            let (stretch, _) = held.stretch();
            if stretch.start == start {
                looked += stretch.len();
                stretches += 1;
            }
            assert!(looked <= 3 * asked + LEAST, "{looked} {asked}");
        }
        assert!(from_utf8(value).is_err() || stretches < 20, "{stretches}");
    }
}
