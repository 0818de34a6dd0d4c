//! The lexer against the state machine that it is held to.

use super::state::{byte, Byte, State};
use super::{Lexer, Line, Piece, Scan, Span};
use alloc::vec::Vec;

/// The pieces of a chunk by the state machine alone.
fn by_bytes(mut state: State, chunk: &[u8]) -> (Vec<Piece>, State) {
    let (mut pieces, mut open) = (Vec::new(), None::<Piece>);
    for (at, &next) in chunk.iter().enumerate() {
        let (after, what) = byte(state, next);
        let begin = |starts| Piece {
            line: Line::Undecided,
            starts,
            opens: false,
            closes: false,
            name: Span::new(at, at),
            value: Span::new(at, at),
        };
        if what == Byte::Swallowed {
            state = after;
            continue;
        }
        if matches!(state, State::Mark1 | State::Mark2) && what != Byte::Mark {
            pieces.extend(open.take());
        }
        let piece = open
            .get_or_insert_with(|| begin(matches!(state, State::Start | State::Cr | State::Mark0)));
        let is_named = matches!(piece.line, Line::Undecided);
        let behind = Span::new(at + 1, at + 1);
        match what {
            Byte::Mark => {
                piece.value = behind;
                if after == State::Start {
                    (piece.line, piece.name.end) = (Line::Mark, at + 1);
                    pieces.extend(open.take());
                }
            }
            Byte::Name => (piece.name.end, piece.value) = (at + 1, behind),
            Byte::Colon(line) => (piece.line, piece.opens, piece.value) = (line, true, behind),
            Byte::Space(line) => (piece.line, piece.value) = (line, behind),
            Byte::Value(line) => (piece.line, piece.value.end) = (line, at + 1),
            Byte::End(line) => {
                let is_name = !matches!(state as u8, first if first >= State::CommentColon as u8);
                piece.opens |= is_named & is_name;
                (piece.line, piece.closes) = (line, true);
                pieces.extend(open.take());
            }
            Byte::Swallowed => {}
        }
        state = after;
    }
    pieces.extend(open);
    (pieces, state)
}

fn by_lexer(lexer: &mut Lexer, chunk: &[u8]) -> Vec<Piece> {
    let mut scan = Scan::default();
    scan.begin(chunk);
    core::iter::from_fn(|| lexer.next(chunk, &mut scan)).collect()
}

/// What lines are made of, at their starts and ends above all.
const PARTS: [&[u8]; 24] = [
    b"data: ",
    b"data:",
    b"data",
    b"dat",
    b"event: ",
    b"event:",
    b"ev",
    b"id: ",
    b"id:",
    b"i",
    b"retry: ",
    b"retry:",
    b"re",
    b": ",
    b":",
    b" ",
    b"x",
    b"foo",
    b"\n",
    b"\r",
    b"\r\n",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"\xEF",
];

/// Chunks of up to three parts, in every cut: the lexer reads what the state machine reads.
#[test]
fn a_piece_is_what_its_bytes_are() {
    let mut count = 0;
    let mut parts = [0_usize; 3];
    loop {
        let chunk: Vec<u8> = parts
            .iter()
            .filter_map(|&part| PARTS.get(part))
            .flat_map(|part| part.iter().copied())
            .collect();
        for (mut lexer, start) in
            [(Lexer::new(), State::Mark0), (Lexer::at_start_of_line(), State::Start)]
        {
            let (expected, state) = by_bytes(start, &chunk);
            let whole = lexer;
            assert_eq!(by_lexer(&mut lexer, &chunk), expected, "{}", chunk.escape_ascii());
            let behind = lexer;
            for at in 0..=chunk.len() {
                let (first, second) = chunk.split_at(at);
                let mut lexer = whole;
                let (expected, between) = by_bytes(start, first);
                assert_eq!(by_lexer(&mut lexer, first), expected);
                let (expected, end) = by_bytes(between, second);
                assert_eq!(by_lexer(&mut lexer, second), expected);
                assert_eq!((lexer, end), (behind, state));
            }
            count += 1;
        }
        let Some(next) = (0..3).find(|&i| parts[i] < PARTS.len()) else { break };
        parts[next] += 1;
        parts[..next].fill(0);
    }
    assert!(count > 30_000);
}
