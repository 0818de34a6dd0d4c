//! What HTTP says of an event stream: the names and values of header fields, for clients and for
//! servers.
//!
//! Names are in lower case, as HTTP/2 has them; HTTP/1 ignores case.
//!
//! ```
//! use sse_wire::headers::{self, LastEventId};
//! use sse_wire::Text;
//!
//! assert!(headers::is_event_stream("Text/Event-Stream; charset=utf-8"));
//! assert_eq!(LastEventId::new(Text::new("…".as_bytes()))?.to_string(), "…");
//! assert!(LastEventId::new(Text::new(b"")).is_err());
//! # Ok::<(), headers::LastEventIdError>(())
//! ```

use core::fmt;
use core::time::Duration;

use crate::Text;

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String};

/// The MIME type of event streams (WHATWG HTML, 9.2.5): what `Content-Type` has to say, and what
/// `Accept` asks for.
pub const MIME_TYPE: &str = "text/event-stream";

/// `Accept`: which MIME type the client wants.
pub const ACCEPT: &str = "accept";

/// `Cache-Control`: which caches may keep the message, and for how long.
pub const CACHE_CONTROL: &str = "cache-control";

/// `Content-Type`: the MIME type of a body; see [`is_event_stream`].
pub const CONTENT_TYPE: &str = "content-type";

/// `Incremental`: whether a proxy has to pass on each part of a body at once, and not collect it first
/// (the structured field of the HTTP working group's "Incremental HTTP Messages"). `?1` says that he has.
pub const INCREMENTAL: &str = "incremental";

/// `Last-Event-ID`: from where the client wants to go on (WHATWG HTML, 9.2.4); see
/// [`LastEventId`].
pub const LAST_EVENT_ID: &str = "last-event-id";

/// `Pragma`: what `Cache-Control` is to HTTP/1.0 caches.
pub const PRAGMA: &str = "pragma";

/// `Retry-After`: how long to wait before the next request.
pub const RETRY_AFTER: &str = "retry-after";

/// `X-Accel-Buffering`: `no` tells a reverse proxy not to collect the body before it passes it on. nginx
/// reads it, and several others do; no standard defines it.
pub const X_ACCEL_BUFFERING: &str = "x-accel-buffering";

/// What each request of a client has (WHATWG HTML, 9.2.2, and Fetch for its cache mode, which is
/// "no-store"); a `Last-Event-ID` comes on top where
/// [`EventSource`](crate::EventSource::last_event_id_header) has one.
///
/// - `Accept: text/event-stream` says what the client understands. A server may answer with 406 without
///   it.
/// - `Cache-Control: no-cache` and `Pragma: no-cache`, which is its name in HTTP/1.0, ask caches on the way
///   not to answer by themselves.
///
/// # In a page
///
/// A browser looks at what a page of another origin sends (Fetch, "CORS protocol"). `Accept` is safe. The
/// other two and `Last-Event-ID` are not: where a page sets one of them through `fetch`, the browser first
/// asks the server with an `OPTIONS` request (a preflight), and sends nothing unless
/// `Access-Control-Allow-Headers` of the answer has their names. So a client over `fetch` should set only
/// `Accept`, and the cache mode "no-store", with which the browser adds the other two by itself.
/// `EventSource` of the browser is never preflighted, not with `Last-Event-ID` either.
///
/// A server for pages of other origins answers preflights with the names of all four, and each stream
/// with `Access-Control-Allow-Origin`; for requests with cookies that has to be the origin itself, not
/// `*`, beside `Access-Control-Allow-Credentials: true`.
///
/// ```
/// use sse_wire::headers::{LAST_EVENT_ID, REQUEST};
///
/// // What a server allows in its answer to a preflight.
/// let names = REQUEST.map(|(name, _)| name).join(", ");
/// let allowed = format!("access-control-allow-headers: {names}, {LAST_EVENT_ID}");
/// assert!(allowed.ends_with("accept, cache-control, pragma, last-event-id"));
/// ```
pub const REQUEST: [(&str, &str); 3] =
    [(ACCEPT, MIME_TYPE), (CACHE_CONTROL, "no-cache"), (PRAGMA, "no-cache")];

/// What a response with an event stream has, behind the status 200. (204 tells a client not to connect
/// again.)
///
/// - `Content-Type: text/event-stream`: a client fails the connection without it (WHATWG HTML, 9.2.3
///   "Processing model").
/// - `Cache-Control: no-store, no-transform`: no cache and no browser keeps the stream, which may
///   be that of one user (RFC 9111, 5.2.2.5), and no proxy compresses it or changes it otherwise, which
///   would hold events back (5.2.2.6).
/// - `Incremental: ?1` asks every proxy to pass on each event at once.
/// - `X-Accel-Buffering: no` says so to those that know only this name.
///
/// The last two are wishes: a proxy that knows neither may hold events back. What a page of another
/// origin needs besides is at [`REQUEST`].
///
/// ```
/// use sse_wire::headers::{is_event_stream, CONTENT_TYPE, RESPONSE};
///
/// let (name, value) = RESPONSE[0];
/// assert!(name == CONTENT_TYPE && is_event_stream(value));
/// ```
pub const RESPONSE: [(&str, &str); 4] = [
    (CONTENT_TYPE, MIME_TYPE),
    (CACHE_CONTROL, "no-store, no-transform"),
    (INCREMENTAL, "?1"),
    (X_ACCEL_BUFFERING, "no"),
];

/// Whether a `Content-Type` says that the body is an event stream, whatever its parameters are, in
/// upper or lower case (Fetch, "extract a MIME type"; MIME Sniffing, "parse a MIME type").
///
/// The value may be a list of values with commas between them, as proxies and Fetch combine them: the
/// last value that is a MIME type other than `*/*` counts. If a response has several `Content-Type`
/// fields, pass their values joined with commas; if it has none, pass an empty value.
///
/// ```
/// use sse_wire::headers::is_event_stream;
///
/// assert!(is_event_stream("text/event-stream"));
/// assert!(is_event_stream(b" TEXT/event-stream ; charset=windows-1252"));
/// assert!(is_event_stream("text/html, text/event-stream, nonsense"));
/// assert!(!is_event_stream("text/event-stream, text/html"));
/// assert!(!is_event_stream("text/event-stream-foobar"));
/// assert!(!is_event_stream(""));
/// ```
#[must_use]
pub fn is_event_stream(content_type: &(impl AsRef<[u8]> + ?Sized)) -> bool {
    let is_stream = |essence: &[u8]| essence.eq_ignore_ascii_case(MIME_TYPE.as_bytes());
    let essences = values(content_type.as_ref()).filter_map(essence);
    essences.filter(|essence| *essence != b"*/*").fold(false, |_, essence| is_stream(essence))
}

/// The values of a header field between commas that are not in a quoted string (Fetch, "get, decode,
/// and split").
fn values(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    field.split(move |&byte| {
        let ends = byte == b',' && !quoted;
        quoted ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && quoted && !escaped;
        ends
    })
}

/// The type and the subtype of a MIME type, with the slash between them (MIME Sniffing, "parse a MIME
/// type"): both are tokens. `None` for what is no MIME type.
fn essence(value: &[u8]) -> Option<&[u8]> {
    let essence = trim(value.split(|&byte| byte == b';').next()?);
    let slash = essence.iter().position(|&byte| byte == b'/')?;
    let (kind, subtype) = (essence.get(..slash)?, essence.get(slash + 1..)?);
    (is_token(kind) && is_token(subtype)).then_some(essence)
}

/// An HTTP token (RFC 9110, 5.6.2).
fn is_token(bytes: &[u8]) -> bool {
    let is_token_byte =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_token_byte)
}

/// The delay that a `Retry-After` names in seconds (RFC 9110, 10.2.3). Saturates. `None` for
/// anything but digits: a date is not read, since without a clock it says nothing, and the field has
/// one value, so a list is none.
///
/// ```
/// use core::time::Duration;
/// use sse_wire::headers::retry_after;
///
/// assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
/// assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"), None);
/// assert_eq!(retry_after("-1"), None);
/// assert_eq!(retry_after("1, 2"), None);
/// ```
#[must_use]
pub fn retry_after(value: &(impl AsRef<[u8]> + ?Sized)) -> Option<Duration> {
    let digits = trim(value.as_ref());
    let seconds = |seconds: u64, &byte: &u8| {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        byte.is_ascii_digit().then(|| seconds.saturating_mul(10).saturating_add(digit))
    };
    let delay = digits.iter().try_fold(0, seconds).map(Duration::from_secs);
    delay.filter(|_| !digits.is_empty())
}

/// Whether the value of an HTTP header field can have this byte (RFC 9110, 5.5): a visible
/// character, a space or a tab between others, or any byte that is not ASCII. An ID of an event
/// stream can have other bytes as well, all of them control characters.
pub(crate) const fn is_field_value_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..=0xFF)
}

/// HTTP whitespace (Fetch, 2.2): not that of event streams.
fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' ')
}

/// Without the HTTP whitespace at both ends.
fn trim(bytes: &[u8]) -> &[u8] {
    let is_content = |&byte: &u8| !is_whitespace(byte);
    let start = bytes.iter().position(is_content).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_content).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// A last event ID string on its way into a `Last-Event-ID` header: it is not empty, and HTTP can
/// carry it. Its bytes are the string in UTF-8 (WHATWG HTML, 9.2.4), not a percent-encoding and
/// not Latin-1; what was malformed in the stream is U+FFFD, as in the string.
///
/// Spaces and tabs at its ends are left out: HTTP/1 loses them on the way, and later versions forbid them. For an ID of
/// nothing else the header is empty, as browsers have it.
///
/// With the feature `http-body` it becomes an `http::HeaderValue` by `From`, which cannot fail.
///
/// ```
/// use sse_wire::headers::{LAST_EVENT_ID, LastEventId, LastEventIdError};
/// use sse_wire::Text;
///
/// let id = LastEventId::new(Text::new(b"caf\xE9"))?;
/// assert_eq!(format!("{LAST_EVENT_ID}: {id}\r\n"), "last-event-id: caf\u{FFFD}\r\n");
/// assert_eq!(id.to_bytes(), "caf\u{FFFD}".as_bytes());
/// # Ok::<(), LastEventIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LastEventId<'a>(Text<'a>);

impl<'a> LastEventId<'a> {
    /// Takes an ID that a header can carry. Takes time linear in its length.
    ///
    /// # Errors
    ///
    /// [`LastEventIdError::Empty`] for the empty ID, and [`LastEventIdError::Forbidden`] for one with a
    /// byte that HTTP cannot carry. No header is to be sent then.
    ///
    /// ```
    /// use sse_wire::headers::{LastEventId, LastEventIdError};
    /// use sse_wire::Text;
    ///
    /// let new = |id| LastEventId::new(Text::new(id));
    /// assert_eq!(new(b""), Err(LastEventIdError::Empty));
    /// assert_eq!(new(b"a\x01b"), Err(LastEventIdError::Forbidden { offset: 1 }));
    /// ```
    pub fn new(id: Text<'a>) -> Result<Self, LastEventIdError> {
        if id.is_empty() {
            return Err(LastEventIdError::Empty);
        }
        // U+FFFD takes the place of bytes that are not ASCII, all of which can be carried.
        match id.as_bytes().iter().position(|&byte| !is_field_value_byte(byte)) {
            Some(offset) => Err(LastEventIdError::Forbidden { offset }),
            None => Ok(Self(Text::new(trim(id.as_bytes())))),
        }
    }

    /// The bytes, without an allocation: in pieces, to be written one after the other.
    ///
    /// ```
    /// use sse_wire::headers::LastEventId;
    /// use sse_wire::Text;
    ///
    /// let id = LastEventId::new(Text::new(b"a\xFFb"))?;
    /// assert_eq!(id.pieces().collect::<Vec<_>>().concat(), b"a\xEF\xBF\xBDb");
    /// # Ok::<(), sse_wire::headers::LastEventIdError>(())
    /// ```
    pub fn pieces(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.0.pieces().map(str::as_bytes)
    }

    /// The bytes, borrowed unless some were malformed.
    ///
    /// ```
    /// use sse_wire::headers::LastEventId;
    /// use sse_wire::Text;
    ///
    /// assert_eq!(&*LastEventId::new(Text::new(b"7"))?.to_bytes(), b"7");
    /// # Ok::<(), sse_wire::headers::LastEventIdError>(())
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        match self.0.to_string_lossy() {
            Cow::Borrowed(id) => Cow::Borrowed(id.as_bytes()),
            Cow::Owned(id) => Cow::Owned(String::into_bytes(id)),
        }
    }
}

/// The bytes, all of which are text.
impl fmt::Display for LastEventId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Shows the length, not the ID.
impl fmt::Debug for LastEventId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastEventId").field("len", &self.0.as_bytes().len()).finish()
    }
}

/// Never fails: an ID that no header can carry is refused when the [`LastEventId`] is made.
///
/// ```
/// use sse_wire::EventSource;
///
/// let mut source = EventSource::new();
/// source.set_last_event_id("7…")?;
/// let mut request = http::Request::get("/events").body(())?;
/// if let Some(id) = source.last_event_id_header() {
///     request.headers_mut().insert("last-event-id", id.into());
/// }
/// assert_eq!(request.headers()["last-event-id"], "7…");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "http-body")]
impl From<LastEventId<'_>> for http::HeaderValue {
    fn from(id: LastEventId<'_>) -> Self {
        // `http` carries the bytes that `is_field_value_byte` allows: a test asks for each.
        Self::from_bytes(&id.to_bytes()).unwrap_or_else(|_| Self::from_static(""))
    }
}

/// See `From<LastEventId>`.
#[cfg(feature = "http-body")]
impl From<&LastEventId<'_>> for http::HeaderValue {
    fn from(id: &LastEventId<'_>) -> Self {
        (*id).into()
    }
}

/// Why a last event ID cannot go into a `Last-Event-ID` header, or the value of one is no ID.
///
/// ```
/// use sse_wire::server::parse_last_event_id;
///
/// let error = parse_last_event_id("1\0", 256).unwrap_err();
/// assert_eq!(error.to_string(), "last event ID with a byte that no header has at offset 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LastEventIdError {
    /// It is empty: no header is to be sent. As the value of a header it is an ID.
    Empty,
    /// It has more bytes than the caller takes.
    TooLong {
        /// The most that the caller takes, in bytes.
        limit: usize,
    },
    /// It has a control character, which no header field value has, at this offset.
    Forbidden {
        /// The offset in bytes from the value's start.
        offset: usize,
    },
    /// It is not UTF-8 from this offset on.
    Malformed {
        /// The offset in bytes from the value's start.
        offset: usize,
    },
}

impl fmt::Display for LastEventIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("last event ID that is empty"),
            Self::TooLong { limit } => write!(f, "last event ID of more than {limit} bytes"),
            Self::Forbidden { offset } => {
                write!(f, "last event ID with a byte that no header has at offset {offset}")
            }
            Self::Malformed { offset } => {
                write!(f, "last event ID that is not UTF-8 at offset {offset}")
            }
        }
    }
}

#[cfg(feature = "std")]
impl std::error::Error for LastEventIdError {}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    #[test]
    fn a_field_value_has_no_control_characters() {
        assert!(b"a~ \t\x80\xFF".iter().all(|&byte| is_field_value_byte(byte)));
        assert!(!b"\0\x01\n\r\x1F\x7F".iter().any(|&byte| is_field_value_byte(byte)));
    }

    /// Fetch, "extract a MIME type", step by step, of the essence alone.
    fn extract(field: &[u8]) -> Option<Vec<u8>> {
        let mut extracted = None;
        for value in get_decode_and_split(field) {
            match parse(&value) {
                Some(essence) if essence != b"*/*" => extracted = Some(essence),
                _ => {}
            }
        }
        extracted
    }

    /// Fetch, "get, decode, and split", step by step.
    fn get_decode_and_split(input: &[u8]) -> Vec<Vec<u8>> {
        let (mut values, mut value, mut position) = (Vec::new(), Vec::new(), 0);
        loop {
            while position < input.len() && !b"\",".contains(&input[position]) {
                value.push(input[position]);
                position += 1;
            }
            if input.get(position) == Some(&b'"') {
                let start = position;
                position = after_quoted_string(input, position);
                value.extend_from_slice(&input[start..position]);
                if position < input.len() {
                    continue;
                }
            }
            while value.first().is_some_and(|byte| b"\t ".contains(byte)) {
                value.remove(0);
            }
            while value.last().is_some_and(|byte| b"\t ".contains(byte)) {
                value.pop();
            }
            values.push(core::mem::take(&mut value));
            if position == input.len() {
                return values;
            }
            assert_eq!(input[position], b',');
            position += 1;
        }
    }

    /// Fetch, "collect an HTTP quoted string": the position behind it.
    fn after_quoted_string(input: &[u8], mut position: usize) -> usize {
        assert_eq!(input[position], b'"');
        position += 1;
        loop {
            while position < input.len() && !b"\"\\".contains(&input[position]) {
                position += 1;
            }
            let Some(byte) = input.get(position) else { return position };
            position += 1;
            if *byte == b'"' {
                return position;
            }
            if position == input.len() {
                return position;
            }
            position += 1;
        }
    }

    /// MIME Sniffing, "parse a MIME type", step by step, of the essence alone.
    fn parse(input: &[u8]) -> Option<Vec<u8>> {
        let is_token = |part: &[u8]| {
            let symbol = |byte| b"!#$%&'*+-.^_`|~".contains(byte);
            !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || symbol(byte))
        };
        let input = trim(input);
        let slash = input.iter().position(|&byte| byte == b'/')?;
        let rest = &input[slash + 1..];
        let end = rest.iter().position(|&byte| byte == b';').unwrap_or(rest.len());
        let mut subtype = &rest[..end];
        while subtype.last().is_some_and(|&byte| is_whitespace(byte)) {
            subtype = &subtype[..subtype.len() - 1];
        }
        let is_type = is_token(&input[..slash]) && is_token(subtype);
        is_type.then(|| [&input[..slash], b"/", subtype].concat().to_ascii_lowercase())
    }

    /// Every sequence with one of the pieces from each place; how many are event streams.
    fn compare(places: &[&[&[u8]]]) -> usize {
        let mut inputs = vec![Vec::new()];
        for place in places {
            inputs = inputs
                .iter()
                .flat_map(|input| place.iter().map(move |piece| [&input[..], piece].concat()))
                .collect();
        }
        let mut streams = 0;
        for input in inputs {
            let expected = extract(&input).as_deref() == Some(b"text/event-stream");
            streams += usize::from(expected);
            assert_eq!(is_event_stream(&input), expected, "{}", input.escape_ascii());
        }
        streams
    }

    #[cfg(feature = "http-body")]
    #[test]
    fn a_header_value_carries_every_byte_that_an_id_may_have() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let id = [first, second];
                match LastEventId::new(Text::new(&id)) {
                    Ok(id) => {
                        let value = http::HeaderValue::from(&id);
                        assert_eq!(value.as_bytes(), &*id.to_bytes());
                        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                        assert_eq!(value.is_empty(), [first, second].iter().all(is_blank));
                    }
                    Err(_) => assert!(http::HeaderValue::from_bytes(&id).is_err(), "{id:?}"),
                }
            }
        }
    }

    #[test]
    fn an_event_stream_is_told_by_the_parse_of_the_standard() {
        // A piece from each place where something can be wrong.
        let streams = compare(&[
            &[b"", b" ", b"\r\n\t", b"\x0B", b"\0", b";", b"/", b"\xEF\xBB\xBF"],
            &[b"text", b"TEXT", b"tex", b"text ", b"text;", b"", b"\xFFtext"],
            &[b"/", b"//", b"", b" /", b"/ ", b";/"],
            &[b"event-stream", b"Event-STREAM", b"event-stream-foobar", b"", b"event stream"],
            &[b"", b" ", b"\t\r\n ", b"\x0C", b",", b"\""],
            &[b"", b";", b"; charset=utf-8", b";charset=\"a;b", b" ; ;;", b" x"],
        ]);
        // What follows the essence: a parameter or nothing, or, after a comma, what is no MIME type.
        assert_eq!(streams, 3 * 2 * 2 * (3 * 5 + 6));
    }

    #[test]
    fn of_several_values_the_last_mime_type_counts() {
        let value: &[&[u8]] = &[
            b"text/event-stream",
            b"text/html",
            b"*/*",
            b"*/x",
            b"",
            b" ",
            b"nonsense",
            b"text/event-stream;a=\"b, text/html\"",
            b"text/event-stream;a=\"",
            b"text/html;a=\"\\\"",
            b"\\\"",
            b"\"\\",
        ];
        let comma: &[&[u8]] = &[b",", b" , ", b"\r\n,", b"", b"\","];
        let streams = compare(&[value, comma, value, comma, value]);
        assert!(streams > 2000, "{streams}");
        for (value, is_stream) in [
            ("text/html, text/event-stream", true),
            ("text/event-stream, text/html", false),
            ("text/event-stream, */*", true),
            ("text/event-stream, nonsense,", true),
            ("text/event-stream;charset=\"a, text/html\"", true),
            ("text/html;charset=\"a, text/event-stream", false),
            ("text/html;charset=\"\\\", text/event-stream", false),
            ("text/html;charset=\"\\\\\", text/event-stream", true),
        ] {
            assert_eq!(is_event_stream(value), is_stream, "{value}");
        }
    }
}
