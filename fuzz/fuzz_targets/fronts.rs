//! Every front finds what the naive reference finds, under any cuts, limits and policies.
#![no_main]

use sse_wire_fuzz::fronts::{as_text, BYTES, BYTES_TEXT, EVENTS, RAW, TEXT};
use sse_wire_fuzz::reference::{decode, Settings, Text};
use sse_wire_fuzz::{shown, Cut, Policy};

libfuzzer_sys::fuzz_target!(|case: (Policy, Cut<'_>)| {
    let (policy, cut) = case;
    let settings = policy.settings(cut.stream);
    let raw = decode(cut.stream, &Settings { text: Text::Raw, ..settings.clone() });
    let text = as_text(decode(cut.stream, &settings));
    let fronts = [(RAW, &raw), (EVENTS, &raw), (BYTES, &raw), (TEXT, &text), (BYTES_TEXT, &text)];
    for chunks in [vec![cut.stream], cut.chunks()] {
        for (fronts, expected) in fronts {
            for (name, front) in fronts {
                let found = front(&chunks, &settings);
                assert_eq!(found, *expected, "front {name}, {settings:?}, {}", shown(&chunks));
            }
        }
    }
});
