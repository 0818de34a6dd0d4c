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

proptest! {
    /// What a client sends is what the server reads, up to malformed bytes, which are U+FFFD.
    #[test]
    fn what_is_sent_is_read(id in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(header) = LastEventId::new(Text::new(&id)) {
            let bytes: Vec<u8> = header.pieces().collect::<Vec<_>>().concat();
            let read = parse_last_event_id(&bytes, 3 * id.len());
            prop_assert_eq!(read, Ok(&*String::from_utf8_lossy(&id)));
        }
    }

    /// What was read has nothing that could not stand in a header, or not in an id.
    #[test]
    fn what_is_read_could_have_been_sent(value in proptest::collection::vec(any::<u8>(), 0..40)) {
        match parse_last_event_id(&value, 40) {
            Ok("") => prop_assert!(value.is_empty()),
            Ok(id) => prop_assert!(LastEventId::new(Text::new(id.as_bytes())).is_ok()),
            Err(LastEventIdError::TooLong { .. }) => prop_assert!(false),
            Err(_) => {}
        }
    }
}
