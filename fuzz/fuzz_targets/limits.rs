//! What a limit drops, and at which byte, does not depend on cuts, whatever is charged and whatever becomes of malformed
//! text; nor does anything else that is told. No more is held than the limit allows.
#![no_main]

use sse_wire::decoder::{Charge, Config, TextPolicy};
use sse_wire::{Decoder, Item};
use sse_wire_fuzz::{shown, Cut};

/// Settings by a byte of the input.
fn config(limit: usize, settings: u8) -> Config {
    let policies = [TextPolicy::Replace, TextPolicy::Strict, TextPolicy::Fatal];
    let charge = if settings & 1 == 0 { Charge::Values } else { Charge::Lines };
    let config = Config::new().limit(limit).retain(limit / 4).charge(charge);
    config.comments(settings & 2 == 0).text_policy(policies[usize::from(settings / 4) % 3])
}

/// All that is told of the stream, an entry an item.
fn told(chunks: &[&[u8]], config: Config) -> Vec<String> {
    let mut decoder = Decoder::with_config(config);
    let mut told = Vec::new();
    for chunk in chunks {
        let mut items = decoder.feed(chunk);
        while let Some(item) = items.next_item() {
            told.push(match item {
                Item::Event(event) => {
                    let values = [event.event_type(), event.data(), event.last_event_id()];
                    format!("{values:?} {:?} {:?}", event.retry(), event.unknown_lines())
                }
                Item::Comment(comment) => format!("{comment:?}"),
                Item::Undispatched(block) => {
                    let values = [block.event_type(), block.id()];
                    format!("{values:?} {:?} {:?}", block.retry(), block.unknown_lines())
                }
                item => format!("{item:?}"),
            });
        }
        drop(items);
        // Beside the values their text, which may have three times as many bytes.
        let most = config.limit * 4;
        assert!(decoder.capacity() <= most, "{} bytes held", decoder.capacity());
    }
    told.push(format!("{:?} {:?}", decoder.reconnection_time(), decoder.last_event_id()));
    told.push(format!("{:?} {:?}", decoder.take_activity(), decoder.counters()));
    told.push(format!("{:?} {}", decoder.finish(), decoder.is_foreign()));
    told
}

libfuzzer_sys::fuzz_target!(|case: (u8, u8, Cut<'_>)| {
    let (limit, settings, cut) = case;
    let config = config(limit.into(), settings);
    let whole = told(&[cut.stream], config);
    for chunks in cut.all() {
        assert_eq!(told(&chunks, config), whole, "{config:?} {}", shown(&chunks));
    }
});
