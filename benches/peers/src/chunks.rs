//! A stream in chunks, and the ways in which decoders take them.

use bytes::Bytes;
use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use futures_core::Stream;
use futures_io::{AsyncBufRead, AsyncRead};
use std::io;

/// The chunks of a stream, each owned by whoever takes it.
pub type Chunks = std::vec::IntoIter<Bytes>;

/// Cuts a stream. All chunks share its memory.
pub fn cut(stream: &[u8], lengths: impl Iterator<Item = usize>) -> Vec<Bytes> {
    let mut rest = Bytes::copy_from_slice(stream);
    lengths.map(|length| rest.split_to(length)).collect()
}

/// The first chunks, to this length in all.
pub fn first(chunks: &[Bytes], mut length: usize) -> Vec<Bytes> {
    let mut taken = Vec::new();
    for chunk in chunks {
        if length == 0 {
            break;
        }
        let chunk = chunk.slice(..chunk.len().min(length));
        length -= chunk.len();
        taken.push(chunk);
    }
    taken
}

/// The chunks as an asynchronous stream that is always ready.
pub struct Ready<C>(pub C);

impl<C: Iterator<Item = Bytes> + Unpin> Stream for Ready<C> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// The chunks as an asynchronous buffered reader that is always ready.
pub struct Reader<'a> {
    chunks: &'a mut Chunks,
    chunk: Bytes,
}

impl<'a> Reader<'a> {
    pub fn new(chunks: &'a mut Chunks) -> Self {
        Self { chunks, chunk: Bytes::new() }
    }
}

impl AsyncBufRead for Reader<'_> {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.chunk.is_empty() {
            match this.chunks.next() {
                Some(chunk) => this.chunk = chunk,
                None => break,
            }
        }
        Poll::Ready(Ok(&this.chunk))
    }

    fn consume(mut self: Pin<&mut Self>, length: usize) {
        let _ = self.chunk.split_to(length);
    }
}

impl AsyncRead for Reader<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self.as_mut().poll_fill_buf(context) {
            Poll::Ready(Ok(bytes)) => {
                let length = bytes.len().min(out.len());
                out[..length].copy_from_slice(&bytes[..length]);
                self.consume(length);
                Poll::Ready(Ok(length))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Polls a stream to its end. What it reads is always ready, so it is as well.
pub fn poll_all<S: Stream>(
    stream: S,
    mut each: impl FnMut(S::Item) -> Result<(), String>,
) -> Result<(), String> {
    let mut stream = core::pin::pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(item)) => each(item)?,
            Poll::Ready(None) => return Ok(()),
            Poll::Pending => return Err("not ready".into()),
        }
    }
}
