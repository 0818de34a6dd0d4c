//! The streams that are measured: the same bytes on every machine, and what a decoder has to find
//! in them.

// Every user of this file uses a part of it.
#![allow(dead_code, missing_docs, unreachable_pub)]

/// `SplitMix64`.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `range`.
    fn within(&mut self, range: core::ops::Range<usize>) -> usize {
        let width = u64::try_from(range.len()).unwrap_or(u64::MAX);
        range.start + usize::try_from(self.next() % width).unwrap_or(0)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.within(0..from.len())]
    }
}

/// Events in a number: what was found equals what was generated if, and for all practical purposes
/// only if, these are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    pub events: u64,
    hash: u64,
}

impl Digest {
    pub fn event(&mut self, event_type: &[u8], data: &[u8], last_event_id: &[u8]) {
        self.events += 1;
        for value in [event_type, data, last_event_id] {
            for &byte in value {
                self.mix(u64::from(byte));
            }
            // Where the value ends: no byte is that large.
            self.mix(256);
        }
    }

    fn mix(&mut self, value: u64) {
        self.hash = (self.hash.rotate_left(5) ^ value).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
}

/// How a stream is cut into chunks.
#[derive(Clone, Copy, Debug)]
pub enum Chunking {
    Whole,
    /// So many bytes a chunk.
    Bytes(usize),
    /// One event a chunk, its blank line included.
    Event,
}

pub const CHUNKINGS: [(&str, Chunking); 6] = [
    ("whole", Chunking::Whole),
    ("16 KiB", Chunking::Bytes(16 << 10)),
    ("1460 B", Chunking::Bytes(1460)),
    ("event", Chunking::Event),
    ("64 B", Chunking::Bytes(64)),
    ("1 B", Chunking::Bytes(1)),
];

pub struct Workload {
    pub name: &'static str,
    pub stream: Vec<u8>,
    /// What a decoder finds in it.
    pub digest: Digest,
    /// Offset behind each event, or behind each comment where there are no events.
    ends: Vec<usize>,
}

impl Workload {
    pub fn chunks(&self, chunking: Chunking) -> Vec<&[u8]> {
        match chunking {
            Chunking::Whole => vec![&self.stream],
            Chunking::Bytes(length) => self.stream.chunks(length).collect(),
            Chunking::Event => {
                let starts = core::iter::once(&0).chain(&self.ends);
                starts.zip(&self.ends).map(|(&start, &end)| &self.stream[start..end]).collect()
            }
        }
    }
}

/// One event of so many bytes of data, in one line.
pub fn growing(length: usize) -> Workload {
    let mut out = Writer::new("\n", length + 8);
    out.event(None, &base64(&mut Rng(11), length));
    out.finish("growing")
}

/// Makes a workload of at least so many bytes.
pub type Generate = fn(usize) -> Workload;

/// All workloads: the name and what makes it.
pub const WORKLOADS: [(&str, Generate); 10] = [
    ("llm-openai", |size| openai("llm-openai", "\n", size)),
    ("llm-anthropic", anthropic),
    ("tiny", tiny),
    ("multi-line", multi_line),
    ("huge", huge),
    ("crlf", |size| openai("crlf", "\r\n", size)),
    ("cr", |size| openai("cr", "\r", size)),
    ("full", full),
    ("utf8", utf8),
    ("comments", comments),
];

/// How large the stream of a workload is made by default: small where nothing is optimised, and so nothing measured.
pub fn default_size(name: &str) -> usize {
    if cfg!(debug_assertions) {
        256 << 10
    } else if name == "huge" {
        32 << 20
    } else {
        16 << 20
    }
}

/// The stream as it is written, and what is known of it.
struct Writer {
    line_end: &'static str,
    stream: Vec<u8>,
    digest: Digest,
    ends: Vec<usize>,
    last_event_id: String,
}

impl Writer {
    fn new(line_end: &'static str, size: usize) -> Self {
        Self {
            line_end,
            stream: Vec::with_capacity(size + (size >> 4)),
            digest: Digest::default(),
            ends: Vec::new(),
            last_event_id: String::new(),
        }
    }

    fn line(&mut self, name: &str, value: &str) {
        for part in [name, ": ", value, self.line_end] {
            self.stream.extend_from_slice(part.as_bytes());
        }
    }

    fn id(&mut self, id: String) {
        self.line("id", &id);
        self.last_event_id = id;
    }

    /// Ends the block: data lines, the blank line.
    fn event(&mut self, event_type: Option<&str>, data: &str) {
        if let Some(event_type) = event_type {
            self.line("event", event_type);
        }
        for line in data.split('\n') {
            self.line("data", line);
        }
        self.blank();
        let event_type = event_type.unwrap_or("message").as_bytes();
        self.digest.event(event_type, data.as_bytes(), self.last_event_id.as_bytes());
    }

    fn comment(&mut self, text: &str) {
        self.line("", text);
        self.blank();
    }

    fn blank(&mut self) {
        self.stream.extend_from_slice(self.line_end.as_bytes());
        self.ends.push(self.stream.len());
    }

    fn len(&self) -> usize {
        self.stream.len()
    }

    fn finish(self, name: &'static str) -> Workload {
        let Self { stream, digest, ends, .. } = self;
        Workload { name, stream, digest, ends }
    }
}

const WORDS: &[&str] = &[
    " the",
    " of",
    " and",
    " tide",
    " moon",
    "ing",
    " water",
    ",",
    ".",
    " a",
    " gravitational",
    " rises",
    " twice",
    " because",
    "\\n\\n",
    " \\\"bulge\\\"",
    " Earth",
    "'s",
    " rotation",
    " 12",
];

const GLYPHS: &[&str] = &[
    "潮", "の", "満", "ち", "引", "き", "は", "月", "重", "力", "海", "水", "한", "국", "어", "🌊",
    "🌕", "é", "朝", "夕",
];

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(rng: &mut Rng, length: usize) -> String {
    let digit = |bits: u64| char::from(BASE64[usize::try_from(bits & 63).unwrap_or(0)]);
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let bits = rng.next();
        text.extend((0..10).map(|at| digit(bits >> (6 * at))));
    }
    text.truncate(length);
    text
}

/// `data: {chat.completion.chunk}` of 250 to 400 bytes and a blank line.
fn openai(name: &'static str, line_end: &'static str, size: usize) -> Workload {
    let mut rng = Rng(1);
    let mut out = Writer::new(line_end, size);
    while out.len() < size {
        let word = rng.pick(WORDS);
        let choice = rng.within(0..4);
        let noise = rng.within(0..131);
        let noise = base64(&mut rng, noise);
        let data = format!(
            "{{\"id\":\"chatcmpl-Bx7TideMoonWater42\",\"object\":\"chat.completion.chunk\",\
             \"created\":1760000000,\"model\":\"tide-4-mini\",\"service_tier\":\"default\",\
             \"choices\":[{{\"index\":{choice},\"delta\":{{\"content\":\"{word}\"}},\
             \"logprobs\":null,\"finish_reason\":null}}],\"usage\":null,\
             \"obfuscation\":\"{noise}\"}}"
        );
        out.event(None, &data);
    }
    out.event(None, "[DONE]");
    out.finish(name)
}

/// `event: content_block_delta` and `data: {JSON}`, about 150 bytes.
fn anthropic(size: usize) -> Workload {
    let mut rng = Rng(2);
    let mut out = Writer::new("\n", size);
    while out.len() < size {
        let word = rng.pick(WORDS);
        let data = format!(
            "{{\"type\":\"content_block_delta\",\"index\":0,\
             \"delta\":{{\"type\":\"text_delta\",\"text\":\"{word}\"}}}}"
        );
        out.event(Some("content_block_delta"), &data);
    }
    out.finish("llm-anthropic")
}

/// `data: ` and 1 to 8 bytes.
fn tiny(size: usize) -> Workload {
    let mut rng = Rng(3);
    let mut out = Writer::new("\n", size);
    while out.len() < size {
        let length = rng.within(1..9);
        let data = base64(&mut rng, length);
        out.event(None, &data);
    }
    out.finish("tiny")
}

/// 20 data lines of 60 bytes an event.
fn multi_line(size: usize) -> Workload {
    let mut rng = Rng(4);
    let mut out = Writer::new("\n", size);
    while out.len() < size {
        let lines: Vec<_> = (0..20).map(|_| base64(&mut rng, 60)).collect();
        out.event(None, &lines.join("\n"));
    }
    out.finish("multi-line")
}

/// One line of 8 MiB an event, or of all there is to be.
fn huge(size: usize) -> Workload {
    let mut rng = Rng(5);
    let mut out = Writer::new("\n", size);
    while out.len() < size {
        let data = base64(&mut rng, size.min(8 << 20));
        out.event(None, &data);
    }
    out.finish("huge")
}

/// Id, event type, now and then a reconnection time, 1 to 3 data lines; comments between.
fn full(size: usize) -> Workload {
    let mut rng = Rng(8);
    let mut out = Writer::new("\n", size);
    let mut count = 0_u32;
    while out.len() < size {
        count += 1;
        if count % 10 == 0 {
            out.comment("keep-alive");
        }
        out.id(format!("{count:08x}"));
        if count % 16 == 0 {
            out.line("retry", "3000");
        }
        let lines: Vec<_> = (0..rng.within(1..4))
            .map(|_| (0..rng.within(8..20)).map(|_| rng.pick(WORDS)).collect::<String>())
            .collect();
        out.event(Some("update"), &lines.join("\n"));
    }
    out.finish("full")
}

/// CJK and emoji, about 160 bytes.
fn utf8(size: usize) -> Workload {
    let mut rng = Rng(9);
    let mut out = Writer::new("\n", size);
    while out.len() < size {
        let data: String = (0..rng.within(46..56)).map(|_| rng.pick(GLYPHS)).collect();
        out.event(None, &data);
    }
    out.finish("utf8")
}

/// Heartbeats only.
fn comments(size: usize) -> Workload {
    let mut rng = Rng(10);
    let mut out = Writer::new("\n", size);
    while out.len() < size {
        out.comment(rng.pick(&["ping", "keep-alive", "heartbeat 1760000000"]));
    }
    out.finish("comments")
}
