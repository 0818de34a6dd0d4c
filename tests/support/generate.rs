//! Seeded, deterministic streams, cuts and mutations for tests: the same seed gives the same
//! bytes on every machine. `std` only.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// Test data had better look like what it is than save an allocation.
#![allow(clippy::format_push_string)]

/// `SplitMix64`: small, seeded, good enough to choose test data with.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number less than `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next_u64() % bound).unwrap_or(0)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// The line ends, the usual one most often.
pub const LINE_ENDS: &[&[u8]] = &[b"\n", b"\n", b"\r\n", b"\r"];

/// The names that mean something, the one without which there is no event most often.
pub const NAMES: &[&[u8]] = &[b"data", b"data", b"data", b"event", b"id", b"retry"];

/// Names that only look like it: other case, blanks, NUL, one letter more or less, a mark.
pub const NEAR_NAMES: &[&[u8]] = &[
    b"Data",
    b"DATA",
    b" data",
    b"data ",
    b"data\t",
    b"dat",
    b"datax",
    b"da-ta",
    b"data\0",
    b"\0data",
    b"\xEF\xBB\xBFdata",
    b"\xEF\xBBdata",
    b"\xEF\xBB",
    b"Event",
    b"even",
    b"events",
    b"eventually",
    b"i",
    b"ids",
    b"identity",
    b"ID",
    b"Retry",
    b"retr",
    b"retry2",
    b"x",
    b" ",
    b"\t",
    b"\0",
    b"{\"error\"",
    b"HTTP/1.1 200 OK",
];

/// What stands between a name and a value.
pub const COLONS: &[&[u8]] = &[b":", b": ", b": ", b":  ", b"::", b" :", b":\t", b""];

/// Pieces of values: text, blanks, controls, marks, whole and broken UTF-8, near line ends.
pub const PIECES: &[&[u8]] = &[
    b"",
    b"a",
    b"x",
    b"hello",
    b" ",
    b"  ",
    b"\t",
    b":",
    b": ",
    b"\0",
    b"\x01\x7F",
    b"\x0B",
    b"\x0C",
    b"\x1C\x1D\x1E",
    b"message",
    b"[DONE]",
    b"{\"k\":\"v\"}",
    b"data: ",
    b"id:",
    "é".as_bytes(),
    "…".as_bytes(),
    "日本語".as_bytes(),
    "👩‍💻".as_bytes(),
    "\u{FEFF}".as_bytes(),
    "\u{FFFD}".as_bytes(),
    "\u{85}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{2029}".as_bytes(),
    b"\xEF",
    b"\xEF\xBB",
    b"\xBF",
    b"\x80",
    b"\xC2",
    b"\xC0\x80",
    b"\xC0\x8A",
    b"\xE0\x80\x80",
    b"\xE2\x82",
    b"\xED\xA0\x80",
    b"\xF0\x9F\x98",
    b"\xF0\x80\x80\x80",
    b"\xF4\x90\x80\x80",
    b"\xF5\x80\x80\x80",
    b"\xFE\xFF",
    b"\xFF\xFE",
    b"0",
    b"5",
    b"03000",
    b"+5",
    b"-0",
    b"1e3",
    b"18446744073709551615",
    b"18446744073709551616",
    b"99999999999999999999999",
    "٥".as_bytes(),
    "５".as_bytes(),
];

/// A value of a few pieces, now and then a long one.
fn value(rng: &mut Rng, out: &mut Vec<u8>) {
    if rng.one_in(24) {
        let byte = rng.pick(&[b"a", b" ", b":", b"\0"])[0];
        let length = 1 + rng.below(300);
        out.resize(out.len() + length, byte);
    }
    for _ in 0..rng.below(4) {
        out.extend_from_slice(rng.pick(PIECES));
    }
}

/// One line in any spelling, with its end; sometimes just pieces and no end.
fn line(rng: &mut Rng, line_end: &[u8], out: &mut Vec<u8>) {
    match rng.below(20) {
        0..=9 => {
            out.extend_from_slice(rng.pick(NAMES));
            out.extend_from_slice(rng.pick(COLONS));
            value(rng, out);
        }
        10..=11 => out.extend_from_slice(rng.pick(NAMES)),
        12..=13 => {
            out.extend_from_slice(rng.pick(NEAR_NAMES));
            out.extend_from_slice(rng.pick(COLONS));
            value(rng, out);
        }
        14 => {
            out.push(b':');
            value(rng, out);
        }
        15..=18 => {}
        _ => return value(rng, out),
    }
    out.extend_from_slice(line_end);
}

/// Token soup that knows the grammar: fields and near misses in all spellings, all line ends,
/// NUL, marks and parts of them, broken UTF-8, digits, long runs, an end anywhere.
pub fn grammar_stream(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = Vec::new();
    if rng.one_in(4) {
        let marks: &[&[u8]] = &[b"\xEF\xBB\xBF", b"\xEF\xBB", b"\xEF", b"\xEF\xBB\xBF\xEF\xBB\xBF"];
        out.extend_from_slice(rng.pick(marks));
    }
    // Half of the streams keep to one line end.
    let only = rng.one_in(2).then(|| rng.pick(LINE_ENDS));
    for _ in 0..rng.below(24) {
        let line_end = only.unwrap_or_else(|| rng.pick(LINE_ENDS));
        line(&mut rng, line_end, &mut out);
    }
    if rng.one_in(2) {
        let length = out.len() - rng.below(out.len().min(9));
        out.truncate(length);
    }
    out
}

/// Bytes of a small alphabet, in which every rule of the format is a few bytes away.
pub fn random_stream(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let alphabet: &[&[u8]] = &[
        b"\n",
        b"\n",
        b"\r",
        b"\r\n",
        b":",
        b" ",
        b"data",
        b"data",
        b"data:",
        b"event",
        b"id",
        b"id:",
        b"retry:",
        b"5",
        b"a",
        b"\0",
        b"\xEF",
        b"\xBB",
        b"\xBF",
        b"\xE2\x82\xAC",
        b"\xFF",
    ];
    (0..rng.below(48)).flat_map(|_| rng.pick(alphabet).to_vec()).collect()
}

/// A stream in the shape that some kind of service sends, from a seed.
pub type Shape = fn(u64) -> Vec<u8>;

/// All the shapes, by name.
pub const SHAPES: &[(&str, Shape)] = &[
    ("tokens", tokens),
    ("named_tokens", named_tokens),
    ("crlf_tokens", crlf_tokens),
    ("cr_tokens", cr_tokens),
    ("heartbeats", heartbeats),
    ("resumable", resumable),
    ("multi_line", multi_line),
    ("large_payloads", large_payloads),
];

const WORDS: &[&str] = &[
    "the", " quick", " brown", " fox", ",", " it", " said", ":", " déjà", " vu", " 日本", " 🦊",
    "\\n",
];

/// Unnamed events of one JSON line each, and `[DONE]`.
pub fn tokens(seed: u64) -> Vec<u8> {
    unnamed(seed, "\n")
}

/// The same with CRLF.
pub fn crlf_tokens(seed: u64) -> Vec<u8> {
    unnamed(seed, "\r\n")
}

/// The same with CR.
pub fn cr_tokens(seed: u64) -> Vec<u8> {
    unnamed(seed, "\r")
}

fn unnamed(seed: u64, eol: &str) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = String::new();
    for index in 0..8 + rng.below(24) {
        let word = rng.pick(WORDS);
        out += &format!(
            "data: {{\"id\":\"c-{seed}\",\"n\":{index},\"delta\":{{\"content\":\"{word}\"}}}}{eol}{eol}"
        );
    }
    out += &format!("data: [DONE]{eol}{eol}");
    out.into_bytes()
}

/// Named events, with `ping` among them.
pub fn named_tokens(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = String::from("event: message_start\ndata: {\"type\":\"message_start\"}\n\n");
    for index in 0..8 + rng.below(24) {
        if rng.one_in(8) {
            out += "event: ping\ndata: {\"type\": \"ping\"}\n\n";
        }
        let word = rng.pick(WORDS);
        out += &format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"text\":\"{word}\"}}\n\n"
        );
    }
    out += "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    out.into_bytes()
}

/// Comments most of the time, alone or inside a block.
pub fn heartbeats(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = String::from(": connected\nretry: 2000\n\n");
    for index in 0..16 + rng.below(16) {
        match rng.below(6) {
            0 => out += &format!("event: tick\n: inside\ndata: {index}\n\n"),
            1 => out += ":\n",
            2 => out += "event: ping\n\n",
            _ => out += ": keep-alive\n\n",
        }
    }
    out.into_bytes()
}

/// Events with ids: counting, kept, voided by NUL, reset, confirmed without data; the last block
/// unfinished.
pub fn resumable(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = String::from("retry: 1500\n\n");
    for index in 0..12 + rng.below(12) {
        match rng.below(10) {
            0 => out += &format!("data: kept {index}\n\n"),
            1 => out += &format!("id: {index}\0\ndata: void\n\n"),
            2 => out += "id\ndata: reset\n\n",
            3 => out += &format!("id: only-{index}\n\n"),
            4 => out += &format!("id: a\ndata: {index}\nid: b-{index}\n\n"),
            _ => out += &format!("event: update\nid: {index}\ndata: {{\"n\":{index}}}\n\n"),
        }
    }
    out += "id: never\ndata: unfinished";
    out.into_bytes()
}

/// Data of several lines, empty ones and indented ones among them.
pub fn multi_line(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = String::new();
    for _ in 0..4 + rng.below(8) {
        for _ in 0..=rng.below(9) {
            let lines = &[
                "data",
                "data:",
                "data: ",
                "data:   indented",
                "data: line",
                "data:compact",
                ": c",
            ];
            out += rng.pick(lines);
            out += rng.pick(&["\n", "\n", "\r\n"]);
        }
        out += "\n";
    }
    out.into_bytes()
}

/// A few events of up to 64 KiB on a line, small ones between them.
pub fn large_payloads(seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = Vec::new();
    for _ in 0..3 {
        out.extend_from_slice(b"event: blob\ndata: ");
        let length = out.len() + (1 << (8 + rng.below(9)));
        while out.len() < length {
            out.extend_from_slice(rng.pick(WORDS).as_bytes());
        }
        out.extend_from_slice(b"\n\ndata: small\n\n");
    }
    out
}

/// Random chunk lengths that add up to `len`, empty chunks among them. Some seeds cut finely,
/// others coarsely.
pub fn cuts(seed: u64, len: usize) -> Vec<usize> {
    let mut rng = Rng::new(seed);
    let largest = [1, 2, 4, 16, 64, 1024][rng.below(6)];
    let mut cuts = Vec::new();
    let mut left = len;
    while left > 0 {
        let length = if rng.one_in(8) { 0 } else { (1 + rng.below(largest)).min(left) };
        cuts.push(length);
        left -= length;
    }
    if rng.one_in(4) {
        cuts.push(0);
    }
    cuts
}

/// The pieces of `input` of these lengths, in order: too long a length is what is left, and what
/// is left behind the last length is one more piece. The pieces always join to `input`.
pub fn split<'a>(input: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = input;
    let mut pieces = Vec::new();
    for &length in cuts {
        let (piece, behind) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// A few small changes: bytes changed, removed, inserted, ranges doubled or swapped for tokens,
/// line ends exchanged, the end cut off.
pub fn mutate(seed: u64, input: &[u8]) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut out = input.to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.below(out.len() + 1);
        let end = at + rng.below((out.len() - at).min(16) + 1);
        match rng.below(8) {
            0 => {
                if let Some(byte) = out.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
            1 => drop(out.drain(at..end)),
            2 => {
                let copy = out[at..end].to_vec();
                out.splice(at..at, copy);
            }
            3 => drop(out.splice(at..at, rng.pick(PIECES).iter().copied())),
            4 => drop(out.splice(at..end, rng.pick(LINE_ENDS).iter().copied())),
            5 => drop(out.splice(at..at, rng.pick(NAMES).iter().copied())),
            6 => {
                if let Some(line_end) = out[at..].iter().position(|&byte| byte == b'\n') {
                    let at = at + line_end;
                    out.splice(at..=at, rng.pick(LINE_ENDS).iter().copied());
                }
            }
            _ => {
                if rng.one_in(4) {
                    out.truncate(at);
                }
            }
        }
    }
    out
}
