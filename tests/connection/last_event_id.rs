//! `Last-Event-ID` from the client's side to the server's.

use proptest::prelude::*;
use sse_wire::headers::{LastEventId, LastEventIdError};
use sse_wire::server::parse_last_event_id;
use sse_wire::Text;

#[test]
fn a_value_is_an_id_or_a_typed_error() {
    use LastEventIdError::{Forbidden, Malformed, TooLong};
    let cases: [(&[u8], Result<&str, LastEventIdError>); 9] = [
        (b"", Ok("")),
        (b"0", Ok("0")),
        ("\u{1F98A}".as_bytes(), Ok("\u{1F98A}")),
        (b"12345678", Ok("12345678")),
        (b"123456789", Err(TooLong { limit: 8 })),
        (b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", Err(TooLong { limit: 8 })),
        (b"1\r\nX: y", Err(Forbidden { offset: 1 })),
        (b"\xFF\0", Err(Forbidden { offset: 1 })),
        (b"ab\xF0\x9F\xA6", Err(Malformed { offset: 2 })),
    ];
    for (value, expected) in cases {
        assert_eq!(parse_last_event_id(value, 8), expected, "{}", value.escape_ascii());
    }
    assert_eq!(parse_last_event_id(b"", 0), Ok(""));
}

/// A field value that begins or ends with one is malformed in HTTP/2 (RFC 9113, 8.2.1) and HTTP/3: a server may refuse
/// the request, and would refuse all those after it.
#[test]
fn no_header_begins_or_ends_with_whitespace() {
    for (id, sent) in [(" 1", "1"), ("1 \t", "1"), ("\t a b ", "a b"), (" ", ""), ("\t ", "")] {
        assert_eq!(LastEventId::new(Text::from(id)).unwrap().to_bytes(), sent.as_bytes(), "{id:?}");
    }
    // The offset is that in the ID.
    let refused = LastEventId::new(Text::from("  \u{1}"));
    assert_eq!(refused, Err(LastEventIdError::Forbidden { offset: 2 }));
}

fn trimmed(id: &str) -> &str {
    id.trim_matches([' ', '\t'])
}

proptest! {
    /// What a client sends is what the server reads, up to malformed bytes, which are U+FFFD.
    #[test]
    fn what_is_sent_is_read(id in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(header) = LastEventId::new(Text::new(&id)) {
            let bytes: Vec<u8> = header.pieces().collect::<Vec<_>>().concat();
            let read = parse_last_event_id(&bytes, 3 * id.len());
            let id = String::from_utf8_lossy(&id);
            prop_assert_eq!(read, Ok(trimmed(&id)));
        }
    }

    /// What was read has nothing that could not stand in a header, or not in an id.
    #[test]
    fn what_is_read_could_have_been_sent(value in proptest::collection::vec(any::<u8>(), 0..40)) {
        match parse_last_event_id(&value, 40) {
            Ok(id) => {
                let sent = LastEventId::new(Text::from(id)).map(|header| header.to_string());
                prop_assert_eq!(sent.unwrap_or_default(), trimmed(id));
            }
            Err(LastEventIdError::TooLong { .. }) => prop_assert!(false),
            Err(_) => {}
        }
    }
}
