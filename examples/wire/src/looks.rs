//! What a body looks like that is no event stream.

/// How much of a body is looked at, in bytes.
pub(crate) const HEAD: usize = 64;

/// What is said of such a body; what it looks like follows.
pub(crate) const FOREIGN: &str = "the stream had bytes, but neither a known field nor a comment";

/// What begins like this, for a sentence that says "it looks like …".
pub(crate) fn looks_like(head: &[u8]) -> &'static str {
    const COMPRESSED: [&[u8]; 7] = [
        b"\x1F\x8B",         // gzip
        b"\x28\xB5\x2F\xFD", // zstd
        b"PK\x03\x04",
        b"BZh",
        b"\xFD7zXZ\0",
        b"\x78\x9C", // zlib
        b"\x78\xDA",
    ];
    if COMPRESSED.iter().any(|magic| head.starts_with(magic)) {
        return "a compressed file";
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    match text {
        [b'{' | b'[' | b'"', ..] => "JSON",
        [b'<', ..] => "a page",
        [b'H', b'T', b'T', b'P', b'/', ..] => "an HTTP response",
        _ => "nothing that is known",
    }
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn what_a_body_is_shows_in_its_first_bytes() {
        for (head, expected) in [
            (&b"{\"error\": 1}"[..], "JSON"),
            (b"\xEF\xBB\xBF \r\n[1]", "JSON"),
            (b"\n<!doctype html>", "a page"),
            (b"\x1F\x8B\x08\0", "a compressed file"),
            (b"HTTP/1.1 200 OK\r\n", "an HTTP response"),
            (b"Bad gateway", "nothing that is known"),
            (b"", "nothing that is known"),
        ] {
            assert_eq!(looks_like(head), expected, "{}", head.escape_ascii());
        }
    }
}
