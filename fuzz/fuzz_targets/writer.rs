//! Data written in any pieces is the data written at once, byte for byte, in every style.
#![no_main]

use sse_wire::encoder::DataSplitter;
use sse_wire::Encoder;
use sse_wire_fuzz::{Cut, Written};
use std::io::Write;

libfuzzer_sys::fuzz_target!(|case: (Written<'_>, Cut<'_>)| {
    let (written, cut) = case;
    let at_once = |data: &[u8]| {
        let mut out = Encoder::with_style(Vec::new(), written.style());
        out.data(data).dispatch();
        out.into_inner()
    };
    let expected = at_once(cut.stream);
    for chunks in cut.all() {
        let mut out = Encoder::with_style(Vec::new(), written.style());
        let mut splitter = DataSplitter::new(written.style());
        let mut parts = Vec::<u8>::new();
        let mut writer = out.data_writer();
        if let Some((first, rest)) = chunks.split_first() {
            writer.write_all(first).unwrap();
            for chunk in rest {
                out.continue_data(*chunk);
            }
        }
        out.dispatch();
        assert_eq!(out.sink(), &expected, "{}", cut.stream.escape_ascii());
        for chunk in &chunks {
            parts.extend(splitter.split(chunk).flatten());
        }
        parts.extend(splitter.dispatch());
        assert_eq!(parts, expected, "{}", cut.stream.escape_ascii());
    }
});
