//! What is written is what is read: two blocks, one after the other, in any styles, under any cuts.
#![no_main]

use sse_wire_fuzz::fronts::{as_text, BYTES, RAW, TEXT};
use sse_wire_fuzz::reference::{decode, End, Settings};
use sse_wire_fuzz::{cut, expected, Written};

libfuzzer_sys::fuzz_target!(|case: ([u8; 8], Written<'_>, Written<'_>)| {
    let (lengths, first, second) = case;
    let stream = [first.stream(), second.stream()].concat();
    let mut id = Vec::new();
    let mut items = expected(&first.fields, &mut id);
    items.extend(expected(&second.fields, &mut id));

    let settings = Settings { comments: true, ..Settings::default() };
    let raw = decode(&stream, &settings);
    let found: Vec<_> = raw.items.iter().map(|due| due.item.clone()).collect();
    assert_eq!(found, items, "{}", stream.escape_ascii());
    assert_eq!((&raw.end, &raw.last_event_id), (&End::Clean, &id));

    let text = as_text(raw.clone());
    for chunks in [vec![&stream[..]], cut(&stream, &lengths)] {
        for (front, expected) in [(RAW[0].1, &raw), (BYTES[0].1, &raw), (TEXT[0].1, &text)] {
            assert_eq!(front(&chunks, &settings), *expected, "{}", stream.escape_ascii());
        }
    }
});
