//! What a limit drops, and at which byte, does not depend on cuts, whatever is charged and whatever becomes of malformed
//! text; nor does anything else that is told. No more is held than the limit allows.
#![no_main]

use core::fmt::Debug;

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

/// All that an item tells.
fn all_of<T: AsRef<[u8]> + Debug + ?Sized>(item: Item<'_, T>) -> String {
    match item {
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
    }
}

/// All that is told of the stream, an entry an item. Values are bytes if it `is_raw`.
fn told(chunks: &[&[u8]], config: Config, is_raw: bool) -> Vec<String> {
    let mut decoder = Decoder::with_config(config);
    let mut told = Vec::new();
    // As text, what is malformed may have three times as many bytes beside it.
    let most = if is_raw { config.limit } else { 4 * config.limit };
    for chunk in chunks {
        let mut items = decoder.feed(chunk);
        if is_raw {
            while let Some(item) = items.next_raw_item() {
                if let Item::Event(event) = item {
                    let len = event.data().len() + event.last_event_id().len();
                    assert!(len <= config.limit, "an event of {len} bytes");
                }
                told.push(all_of(item));
            }
        } else {
            told.extend(core::iter::from_fn(|| items.next_item().map(all_of)));
        }
        drop(items);
        assert!(decoder.capacity() <= most, "{} bytes held", decoder.capacity());
    }
    told.push(format!("{:?} {:?}", decoder.reconnection_time(), decoder.last_event_id()));
    told.push(format!("{:?} {:?}", decoder.take_activity(), decoder.counters()));
    told.push(format!("{:?} {}", decoder.finish(), decoder.is_foreign()));
    told
}

libfuzzer_sys::fuzz_target!(|case: (u8, u8, Cut<'_>)| {
    let (limit, settings, cut) = case;
    let (config, is_raw) = (config(limit.into(), settings), settings & 32 != 0);
    let whole = told(&[cut.stream], config, is_raw);
    for chunks in cut.all() {
        assert_eq!(told(&chunks, config, is_raw), whole, "{config:?} {}", shown(&chunks));
    }
});
