//! The `Last-Event-ID` header of a request.

use crate::headers::{is_field_value_byte, LastEventIdError};

/// Reads the value of a request's `Last-Event-ID` header, which is the id in UTF-8 (WHATWG HTML, 9.2.4
/// "The `Last-Event-ID` header"), of at most `limit` bytes.
///
/// A client that has no last event ID sends no header, so an absent header is one thing and an empty
/// value another: some clients send it for the empty id. The header is not a list: refuse a request
/// that has it twice. The value is taken as it is, without its whitespace cut off, which is the HTTP
/// library's to do. Takes time linear in `limit`, and allocates nothing.
///
/// # Errors
///
/// [`LastEventIdError`] for a value that no client makes that follows the standard and was sent only
/// ids below the limit. How to answer is the host's choice: with the status 400, or as if the id were
/// not known.
///
/// ```
/// use sse_wire::headers::LastEventIdError;
/// use sse_wire::server::parse_last_event_id;
///
/// assert_eq!(parse_last_event_id("…42", 256), Ok("…42"));
/// assert_eq!(parse_last_event_id(b"", 256), Ok(""));
/// assert_eq!(parse_last_event_id(b"caf\xE9", 256), Err(LastEventIdError::Malformed { offset: 3 }));
/// assert_eq!(parse_last_event_id("4711", 3), Err(LastEventIdError::TooLong { limit: 3 }));
/// ```
pub fn parse_last_event_id<V>(value: &V, limit: usize) -> Result<&str, LastEventIdError>
where
    V: AsRef<[u8]> + ?Sized,
{
    let value = value.as_ref();
    if value.len() > limit {
        return Err(LastEventIdError::TooLong { limit });
    }
    if let Some(offset) = value.iter().position(|&byte| !is_field_value_byte(byte)) {
        return Err(LastEventIdError::Forbidden { offset });
    }
    core::str::from_utf8(value)
        .map_err(|error| LastEventIdError::Malformed { offset: error.valid_up_to() })
}
