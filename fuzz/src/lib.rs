//! What the targets have in common: inputs made of bytes, and the naive reference that whatever reads
//! an event stream is held against.
//!
//! [`holds`] takes any parser as a function, bytes and cuts in, events out: see `fuzz/README.md` for
//! how another crate uses it.

// Inputs are made by a fuzzer; what it finds is a panic.
#![allow(missing_docs)]

#[path = "../../tests/support/fronts.rs"]
pub mod fronts;
#[path = "../../tests/support/model.rs"]
pub mod model;
#[path = "../../tests/support/reference.rs"]
pub mod reference;
#[path = "../../tests/support/world.rs"]
pub mod world;

mod written;

pub use written::{expected, fields, lines, Field, Written, IN_ID, IN_TYPE};

use arbitrary::Arbitrary;
use reference::{decode, Outcome, Settings, Text};

/// An event: type, data, last event ID.
pub type Event = (String, String, String);

/// A stream and how it is cut.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// Lengths of chunks, in turn.
    lengths: [u8; 8],
    pub stream: &'a [u8],
}

impl<'a> Cut<'a> {
    /// The stream in chunks of these lengths.
    pub fn chunks(&self) -> Vec<&'a [u8]> {
        cut(self.stream, &self.lengths)
    }

    /// Whole, cut, and byte by byte where that is not too long.
    pub fn all(&self) -> Vec<Vec<&'a [u8]>> {
        let mut all = vec![vec![self.stream], self.chunks()];
        if self.stream.len() <= 256 {
            all.push(self.stream.chunks(1).collect());
        }
        all
    }
}

/// A stream in chunks of these lengths, in turn; in one where the lengths lead nowhere.
pub fn cut<'a>(mut stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    let lengths = if lengths.iter().any(|&length| length > 0) { lengths } else { &[255] };
    for &length in lengths.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (chunk, rest) = stream.split_at(stream.len().min(length.into()));
        chunks.push(chunk);
        stream = rest;
    }
    chunks
}

/// How a decoder is set up.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Policy {
    /// None: one that is never reached.
    limit: Option<u8>,
    overflow_stop: bool,
    comments: bool,
    strict: bool,
    seeded: bool,
}

impl Policy {
    pub fn settings(&self, stream: &[u8]) -> Settings {
        let seed = if self.seeded { b"seed".to_vec() } else { Vec::new() };
        let plenty = 4 * stream.len() + 64;
        Settings {
            limit: self.limit.map_or(plenty, |limit| usize::from(limit).max(seed.len())),
            overflow_stop: self.overflow_stop,
            comments: self.comments,
            seed,
            text: if self.strict { Text::Strict } else { Text::Replace },
        }
    }

    pub fn is_limited(&self) -> bool {
        self.limit.is_some()
    }
}

/// Holds a parser against the reference: the same events, however the stream is cut.
///
/// # Panics
///
/// If they differ.
pub fn holds(cut: &Cut<'_>, parser: impl Fn(&[&[u8]]) -> Vec<Event>) {
    let expected = events(&decode(cut.stream, &Settings::default()));
    for chunks in cut.all() {
        assert_eq!(parser(&chunks), expected, "{}", shown(&chunks));
    }
}

/// The events of an outcome, as text.
pub fn events(outcome: &Outcome) -> Vec<Event> {
    let events = outcome.events().map(reference::Event::to_text);
    events.map(|event| (event.event_type, event.data, event.last_event_id)).collect()
}

/// Chunks to look at.
pub fn shown(chunks: &[&[u8]]) -> String {
    chunks.iter().map(|chunk| format!("\"{}\" ", chunk.escape_ascii())).collect()
}

/// A world's fate, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a>(pub &'a [u8]);

impl world::Chance for Script<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(first) % bound
    }

    /// Any bytes: those that the script has next.
    fn chunk(&mut self) -> Vec<u8> {
        let len = self.below(64).min(self.0.len());
        let (chunk, rest) = self.0.split_at(len);
        self.0 = rest;
        chunk.to_vec()
    }

    fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}
