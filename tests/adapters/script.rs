//! A source that does all that a source may: it gives chunks, empty ones too, is not ready, fails in
//! between, is interrupted. It must not be asked again once it has ended.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{self, ErrorKind, Read};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::task::noop_waker_ref;
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, ReadBuf};

use crate::support::generate::Rng;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

#[derive(Debug)]
enum Act {
    Chunk(Bytes),
    Fail,
    Wait,
}

#[derive(Debug)]
pub struct Script {
    acts: std::vec::IntoIter<Act>,
    /// What a reader had no room for.
    rest: Bytes,
    /// How many errors it gives.
    pub faults: usize,
    ended: bool,
    /// How often it was asked.
    pub asked: usize,
}

impl Script {
    /// The chunks, ready one after the other.
    pub fn ready(chunks: &[&[u8]]) -> Self {
        let acts = chunks.iter().map(|chunk| Act::Chunk(Bytes::copy_from_slice(chunk)));
        let acts: Vec<_> = acts.collect();
        Self { acts: acts.into_iter(), rest: Bytes::new(), faults: 0, ended: false, asked: 0 }
    }

    /// The chunks, with trouble among them; the same for the same seed.
    pub fn troubled(chunks: &[&[u8]], seed: u64, may_be_empty: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut acts = Vec::new();
        let mut faults = 0;
        let mut trouble = |acts: &mut Vec<Act>| {
            while rng.one_in(2) {
                acts.push(match rng.below(3) {
                    0 => {
                        faults += 1;
                        Act::Fail
                    }
                    1 if may_be_empty => Act::Chunk(Bytes::new()),
                    _ => Act::Wait,
                });
            }
        };
        for chunk in chunks {
            trouble(&mut acts);
            if may_be_empty || !chunk.is_empty() {
                acts.push(Act::Chunk(Bytes::copy_from_slice(chunk)));
            }
        }
        trouble(&mut acts);
        Self { acts: acts.into_iter(), rest: Bytes::new(), faults, ended: false, asked: 0 }
    }

    fn act(&mut self) -> Option<Act> {
        assert!(!self.ended, "asked behind its end");
        self.asked += 1;
        if !self.rest.is_empty() {
            return Some(Act::Chunk(core::mem::take(&mut self.rest)));
        }
        let act = self.acts.next();
        self.ended = act.is_none();
        act
    }

    fn fill(&mut self, mut chunk: Bytes, room: usize) -> Bytes {
        let filled = chunk.split_to(chunk.len().min(room));
        self.rest = chunk;
        filled
    }
}

impl Stream for Script {
    type Item = Result<Bytes, Fault>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.act() {
            Some(Act::Chunk(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Act::Fail) => Poll::Ready(Some(Err(Fault))),
            Some(Act::Wait) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        self.poll_next(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.act() {
            Some(Act::Chunk(chunk)) => {
                let filled = self.fill(chunk, buffer.len());
                buffer[..filled.len()].copy_from_slice(&filled);
                Ok(filled.len())
            }
            Some(Act::Fail) => Err(ErrorKind::TimedOut.into()),
            Some(Act::Wait) => Err(ErrorKind::Interrupted.into()),
            None => Ok(0),
        }
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.act() {
            Some(Act::Chunk(chunk)) => {
                let filled = self.fill(chunk, buffer.remaining());
                buffer.put_slice(&filled);
                Poll::Ready(Ok(()))
            }
            Some(Act::Fail) => Poll::Ready(Err(ErrorKind::TimedOut.into())),
            Some(Act::Wait) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(Ok(())),
        }
    }
}

/// Polls until there is something.
pub fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    let mut context = Context::from_waker(noop_waker_ref());
    for _ in 0..100_000 {
        if let Poll::Ready(item) = Pin::new(&mut *stream).poll_next(&mut context) {
            return item;
        }
    }
    unreachable!("it is never ready")
}

/// All that comes; and that the end stays the end.
pub fn all<S: Stream + Unpin>(stream: &mut S) -> Vec<S::Item> {
    let items = core::iter::from_fn(|| next(stream)).collect();
    assert!(next(stream).is_none());
    items
}

/// A waker that counts.
pub fn counting_waker() -> (core::task::Waker, impl Fn() -> usize) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::Arc;
    struct Count(AtomicUsize);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    (Arc::clone(&count).into(), move || count.0.load(Ordering::Relaxed))
}
