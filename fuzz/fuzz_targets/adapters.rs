//! The adapters find the events of the stream, though reads are interrupted, fail, give nothing or a
//! little, and streams of chunks are pending or have errors among them.
#![no_main]

use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_util::{Stream, StreamExt};
use sse_wire::{EventReader, EventStream, StreamError, Text};
use sse_wire_fuzz::{cut, events, reference, Cut, Event};
use std::io::{Error, ErrorKind, Read};

/// Chunks, some of them late: an empty chunk means an interruption or an error first, in turns.
struct Late<'a> {
    chunks: Vec<&'a [u8]>,
    turn: u8,
}

impl Late<'_> {
    /// What comes before the next chunk.
    fn before(&mut self) -> Option<ErrorKind> {
        self.turn = self.turn.wrapping_mul(5).wrapping_add(1);
        match self.turn % 7 {
            0 => Some(ErrorKind::Interrupted),
            1 => Some(ErrorKind::TimedOut),
            _ => None,
        }
    }
}

impl Read for Late<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if let Some(kind) = self.before() {
            return Err(kind.into());
        }
        while self.chunks.first().is_some_and(|chunk| chunk.is_empty()) {
            self.chunks.remove(0);
        }
        let Some(chunk) = self.chunks.first_mut() else { return Ok(0) };
        let len = chunk.len().min(buffer.len());
        buffer[..len].copy_from_slice(&chunk[..len]);
        *chunk = &chunk[len..];
        Ok(len)
    }
}

impl Stream for Late<'_> {
    type Item = Result<Bytes, ErrorKind>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.before() {
            Some(ErrorKind::Interrupted) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(kind) => Poll::Ready(Some(Err(kind))),
            None if self.chunks.is_empty() => Poll::Ready(None),
            None => Poll::Ready(Some(Ok(Bytes::copy_from_slice(self.chunks.remove(0))))),
        }
    }
}

fn read(late: Late<'_>, buffer: usize) -> Vec<Event> {
    let mut found = Vec::new();
    let mut reader = EventReader::new(late).buffer_size(buffer.max(1));
    loop {
        match reader.next() {
            None => return found,
            Some(Ok(event)) => found.push((event.event_type, event.data, event.last_event_id)),
            Some(Err(StreamError::Source(error))) => {
                assert_eq!(error.kind(), ErrorKind::TimedOut);
            }
            Some(Err(error)) => panic!("{error}"),
        }
    }
}

fn stream(late: Late<'_>) -> Vec<Event> {
    let mut found = Vec::new();
    let mut stream = EventStream::<_>::new(late);
    let text = |value: Text<'_>| value.to_str().unwrap().to_string();
    loop {
        match stream.poll_next_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {}
            Poll::Ready(None) => return found,
            Poll::Ready(Some(Ok(event))) => found.push((
                text(event.event_type()),
                text(event.data()),
                text(event.last_event_id()),
            )),
            Poll::Ready(Some(Err(StreamError::Source(ErrorKind::TimedOut)))) => {}
            Poll::Ready(Some(Err(error))) => panic!("{error:?}"),
        }
    }
}

libfuzzer_sys::fuzz_target!(|case: (u8, u8, [u8; 4], Cut<'_>)| {
    let (turn, buffer, lengths, whole) = case;
    let expected = events(&reference::decode(whole.stream, &reference::Settings::default()));
    let late = || Late { chunks: cut(whole.stream, &lengths), turn };
    assert_eq!(read(late(), buffer.into()), expected);
    assert_eq!(stream(late()), expected);
});
