//! The grammar of `text/event-stream`, written once.

/// LINE FEED: ends a line.
pub(crate) const LF: u8 = b'\n';
/// CARRIAGE RETURN: ends a line, together with a LINE FEED that follows it.
pub(crate) const CR: u8 = b'\r';
/// COLON: ends a field's name; at a line's start it opens a comment.
pub(crate) const COLON: u8 = b':';
/// SPACE: one of them after the colon is not part of the value.
pub(crate) const SPACE: u8 = b' ';
/// NULL: an id that holds one is ignored.
pub(crate) const NUL: u8 = 0;
/// What stands between two data lines in the data of an event.
pub(crate) const JOIN: u8 = LF;

/// The names of the fields that the standard knows; every other one is ignored.
pub(crate) mod name {
    /// Appends its value and a [`JOIN`](super::JOIN) to the data.
    pub(crate) const DATA: &[u8] = b"data";
    /// Sets the event type.
    pub(crate) const EVENT: &[u8] = b"event";
    /// Sets the last event ID.
    pub(crate) const ID: &[u8] = b"id";
    /// Sets the reconnection time.
    pub(crate) const RETRY: &[u8] = b"retry";
}
