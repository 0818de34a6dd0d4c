//! What a limit drops, and at which byte, does not depend on cuts, and no more is held than it allows.
#![no_main]

use sse_wire::decoder::{Config, RawItem};
use sse_wire::Decoder;
use sse_wire_fuzz::{shown, Cut};

/// Everything that is dropped, and how many events are not.
fn dropped(chunks: &[&[u8]], limit: usize) -> (Vec<String>, usize) {
    let config = Config::new().limit(limit).retain(limit / 4).comments(limit % 2 == 0);
    let mut decoder = Decoder::with_config(config);
    let (mut dropped, mut events) = (Vec::new(), 0);
    for chunk in chunks {
        let mut items = decoder.feed(chunk);
        while let Some(item) = items.next_raw_item() {
            match item {
                RawItem::Dropped(what) => dropped.push(format!("{what:?}")),
                RawItem::Event(event) => {
                    let len = event.data().len() + event.last_event_id().len();
                    assert!(len <= limit, "an event of {len} bytes");
                    events += 1;
                }
                _ => {}
            }
        }
        drop(items);
        assert!(decoder.capacity() <= limit, "{} bytes held", decoder.capacity());
    }
    (dropped, events)
}

libfuzzer_sys::fuzz_target!(|case: (u8, Cut<'_>)| {
    let (limit, cut) = case;
    let whole = dropped(&[cut.stream], limit.into());
    for chunks in cut.all() {
        assert_eq!(dropped(&chunks, limit.into()), whole, "{}", shown(&chunks));
    }
});
