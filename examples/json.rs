//! JSON out of data and into it. `cargo run --example json --features serde_json`

use serde::{Deserialize, Serialize};
use sse_wire::{Decoder, Encoder};

#[derive(Debug, Serialize, Deserialize)]
struct Delta<'a> {
    index: u32,
    text: &'a str,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = Encoder::new(Vec::new());
    for (index, text) in (0..).zip(["The", " moon", " pulls"]) {
        // Straight into the data line: no string between.
        out.event_type("delta")?.json(&Delta { index, text })?.dispatch();
    }
    let stream = out.into_inner();
    print!("{}", String::from_utf8_lossy(&stream));

    let mut decoder = Decoder::new();
    let mut events = decoder.feed(&stream);
    while let Some(event) = events.next_event() {
        // `text` is borrowed from the stream itself.
        let delta: Delta<'_> = event?.json()?;
        println!("{delta:?}");
    }
    Ok(())
}
