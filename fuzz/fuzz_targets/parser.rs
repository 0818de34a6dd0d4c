//! The parser finds the events that the naive reference finds, under any cuts.
//! (Another crate holds its own parser to that: it replaces the function.)
#![no_main]

use sse_wire::Decoder;
use sse_wire_fuzz::{holds, Cut, Event};

fn parser(chunks: &[&[u8]]) -> Vec<Event> {
    let mut decoder = Decoder::new();
    let mut found = Vec::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_event() {
            let event = event.unwrap().into_owned();
            found.push((event.event_type, event.data, event.last_event_id));
        }
    }
    found
}

libfuzzer_sys::fuzz_target!(|cut: Cut<'_>| holds(&cut, parser));
