// A body that is read: pieces of an event, borrowed from it, into buffers of any size; nothing is
// encoded ahead and nothing copied but into the reader's buffer.

use std::io::{self, Read};

use sse_wire::Message;

/// An event as a reader. For an asynchronous one, `fill` is all that `poll_read` calls: it never waits.
#[derive(Clone, Debug)]
pub struct EventBody<'m> {
    message: Message<'m>,
    /// How many bytes have been read.
    read: usize,
}

impl<'m> EventBody<'m> {
    pub fn new(message: Message<'m>) -> Self {
        Self { message, read: 0 }
    }

    /// Puts what fits into `buffer` and says how much that is; nothing is the end.
    pub fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let (mut skip, mut filled) = (self.read, 0);
        for piece in self.message.segments() {
            let rest = piece.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(piece.len());
            let fits = rest.len().min(buffer.len() - filled);
            buffer[filled..filled + fits].copy_from_slice(&rest[..fits]);
            filled += fits;
        }
        self.read += filled;
        filled
    }
}

impl Read for EventBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.fill(buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_buffer_reads_the_same() {
        let message = Message::new("hello\nworld\n").id_lossy("1").event_type_lossy("greeting");
        for size in 1..80 {
            let mut body = EventBody::new(message.clone());
            let mut found = Vec::new();
            let mut buffer = vec![0; size];
            loop {
                let filled = body.fill(&mut buffer);
                if filled == 0 {
                    break;
                }
                found.extend_from_slice(&buffer[..filled]);
            }
            assert_eq!(found, message.to_vec(), "{size}");
        }
    }

    #[test]
    fn events_are_chained_like_any_readers() {
        let (a, b) = (EventBody::new(Message::new("a")), EventBody::new(Message::new("b")));
        let mut stream = String::new();
        a.chain(b).read_to_string(&mut stream).unwrap();
        assert_eq!(stream, "data: a\n\ndata: b\n\n");
    }

    #[test]
    fn the_payload_is_not_copied() {
        let data = "payload";
        let message = Message::new(data);
        assert!(message.segments().any(|piece| piece.as_ptr() == data.as_ptr()));
    }
}
