//! Data written in any pieces is the data written at once, byte for byte, in every style.
#![no_main]

use sse_wire::Encoder;
use sse_wire_fuzz::{Cut, Written};
use std::io::Write;

libfuzzer_sys::fuzz_target!(|case: (Written<'_>, Cut<'_>)| {
    let (written, cut) = case;
    let at_once = |data: &[u8]| {
        let mut out = Encoder::with_style(Vec::new(), written.style());
        out.data(data).unwrap().dispatch().unwrap();
        out.into_inner()
    };
    let expected = at_once(cut.stream);
    for chunks in cut.all() {
        let mut out = Encoder::with_style(Vec::new(), written.style());
        let mut writer = out.data_writer();
        for (number, chunk) in chunks.iter().enumerate() {
            // One face of the writer and another, in turns.
            if number % 2 == 0 {
                writer.push(chunk).unwrap();
            } else {
                writer.write_all(chunk).unwrap();
            }
        }
        out.dispatch().unwrap();
        assert_eq!(out.sink(), &expected, "{}", cut.stream.escape_ascii());
    }
});
