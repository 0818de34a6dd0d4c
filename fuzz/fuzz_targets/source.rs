//! An `EventSource` does what its model does, whatever is answered, sent, broken off, waited for and
//! closed, also when it is nobody's turn.
#![no_main]

use sse_wire::Decoder;
use sse_wire_fuzz::world::{live, Tally};
use sse_wire_fuzz::Script;

libfuzzer_sys::fuzz_target!(|case: (bool, &[u8])| {
    let (fixed, script) = case;
    let chance = &mut Script(script);
    if fixed {
        live(chance, Decoder::with_buffer([0; 8192]), &mut Tally::default());
    } else {
        live(chance, Decoder::new(), &mut Tally::default());
    }
});
