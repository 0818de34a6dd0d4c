//! Feeds a hostile stream of some length in chunks of some length, for callgrind to count: see
//! `linear`.

use core::hint::black_box;
use sse_wire::decoder::Config;
use sse_wire::Decoder;

/// What a stream begins with, and what is repeated.
const STREAMS: &[(&str, &[u8], &[u8])] = &[
    ("line", b"data:", b"0123456789abcdef"),
    ("malformed-line", b"data:", b"\xFF\xFE"),
    ("truncated-characters", b"data:", b"\xF0\x9F\x98"),
    ("text", b"data:", "日本é".as_bytes()),
    ("data-lines", b"", b"data:x\n"),
    ("empty-data-lines", b"", b"data\n"),
    ("type", b"event:", b"t"),
    ("types", b"", b"event:t\n"),
    ("id", b"id:", b"i"),
    ("ids", b"", b"id:2\n"),
    ("name", b"", b"datadata"),
    ("unknown-fields", b"", b"x:y\n"),
    ("comment", b":", b"c"),
    ("blank-lines", b"", b"\n"),
    ("cr", b"", b"\r"),
    ("cr-cr-lf", b"", b"\r\r\n"),
    ("tiny-events", b"", b"data\n\n"),
    ("malformed-events", b"", b"data:\xFF\n\n"),
    ("ids-of-events", b"", b"id:a\ndata\n\nid:bc\ndata\n\n"),
    ("events", b"", b"data:x\n\n"),
    ("comments", b"data:0123456789\n", b":x\n"),
];

/// What is counted: all items, as text, and the event that is left in the end.
#[inline(never)]
#[no_mangle]
pub extern "Rust" fn counted(decoder: &mut Decoder, chunks: &[&[u8]]) {
    for chunk in chunks {
        let mut items = decoder.feed(chunk);
        while let Some(item) = items.next_item() {
            black_box(item);
        }
    }
    let mut items = decoder.feed(b"\ndata:x\n\n");
    while let Some(item) = items.next_item() {
        black_box(item);
    }
}

/// `linear` alone lists the streams; `linear STREAM CHUNK LENGTH [LIMIT]` feeds one.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, chunk, length, limit @ ..] = &arguments[..] else {
        for (name, _, _) in STREAMS {
            println!("{name}");
        }
        return;
    };
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let (_, start, endless) = STREAMS.iter().find(|stream| stream.0 == name).expect("a stream");
    let endless = endless.iter().cycle().take(number(length));
    let stream: Vec<u8> = start.iter().chain(endless).copied().collect();
    let chunks: Vec<&[u8]> = stream.chunks(number(chunk)).collect();
    let limit = limit.first().map_or(Config::DEFAULT_LIMIT, |limit| number(limit));
    counted(&mut Decoder::with_config(Config::new().comments(true).limit(limit)), &chunks);
}
