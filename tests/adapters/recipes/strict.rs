// Blocks as they were written: each field is an option of text, nothing is inherited from a block before, and a
// block without data is handed out too. What is not UTF-8, a block over the limit and an error of the source are
// errors that end the stream.

use core::pin::Pin;
use core::str::Utf8Error;
use core::task::{ready, Context, Poll};
use core::time::Duration;

use futures_util::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;
use sse_wire::decoder::{Config, RawItem};
use sse_wire::{ChunkDecoder, Decoder, Dropped, Text};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    pub event: Option<String>,
    pub data: Option<String>,
    pub id: Option<String>,
    pub retry: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Error<E> {
    Source(E),
    Utf8(Utf8Error),
    TooLarge(Dropped),
}

pin_project! {
    pub struct Blocks<S, C> {
        #[pin]
        source: S,
        // None when the stream has ended.
        decoder: Option<ChunkDecoder<C>>,
    }
}

impl<S, C, E> Blocks<S, C>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
{
    pub fn new(source: S, limit: usize) -> Self {
        let decoder = Decoder::with_config(Config::new().limit(limit));
        Self { source, decoder: Some(ChunkDecoder::with_decoder(decoder)) }
    }
}

/// What an item says of a block; nothing, if it is none, or if all its fields are ignored.
fn block<E>(item: RawItem<'_>) -> Result<Option<Block>, Error<E>> {
    let (event, data, id, retry) = match item {
        RawItem::Event(event) => {
            (event.event_field(), Some(event.data()), event.id(), event.retry())
        }
        RawItem::Undispatched(block) => (block.event_type(), None, block.id(), block.retry()),
        RawItem::Dropped(dropped) => return Err(Error::TooLarge(dropped)),
        _ => return Ok(None),
    };
    let block = Block { event: text(event)?, data: text(data)?, id: text(id)?, retry };
    Ok((block != Block::default()).then_some(block))
}

fn text<E>(value: Option<&[u8]>) -> Result<Option<String>, Error<E>> {
    value.map(|value| Text::new(value).to_str().map(str::to_owned)).transpose().map_err(Error::Utf8)
}

impl<S, C, E> Stream for Blocks<S, C>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
{
    type Item = Result<Block, Error<E>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let Some(decoder) = this.decoder else { return Poll::Ready(None) };
        let last = loop {
            if let Some(item) = decoder.next_raw_item() {
                match block(item) {
                    Ok(None) => {}
                    Ok(Some(block)) => return Poll::Ready(Some(Ok(block))),
                    Err(error) => break Some(Err(error)),
                }
                continue;
            }
            match ready!(this.source.as_mut().poll_next(context)) {
                Some(Ok(chunk)) => decoder.feed(chunk),
                Some(Err(error)) => break Some(Err(Error::Source(error))),
                None => break None,
            }
        };
        *this.decoder = None;
        Poll::Ready(last)
    }
}

impl<S, C, E> FusedStream for Blocks<S, C>
where
    S: Stream<Item = Result<C, E>>,
    C: AsRef<[u8]>,
{
    fn is_terminated(&self) -> bool {
        self.decoder.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{stream, FutureExt as _, StreamExt as _};

    type Found = Result<Block, Error<&'static str>>;

    fn read(chunks: &[Result<&'static [u8], &'static str>], limit: usize) -> Vec<Found> {
        let mut blocks = Blocks::new(stream::iter(chunks.to_vec()), limit);
        let mut found = Vec::new();
        while let Some(block) = blocks.next().now_or_never().unwrap() {
            assert_eq!(blocks.is_terminated(), block.is_err());
            found.push(block);
        }
        assert!(blocks.is_terminated());
        found
    }

    fn block(event: Option<&str>, data: Option<&str>, id: Option<&str>) -> Block {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Block { event: own(event), data: own(data), id: own(id), retry: None }
    }

    #[test]
    fn fields_are_told_as_they_were_written() {
        let stream = "event: message\ndata: a\n\ndata: b\n\nevent\nid: 7\ndata\ndata\n\nid\n\n\
            retry: 5\n\n: ping\n\nother: x\nid: \0\nretry: soon\n\ndata: cut off\n";
        let expected = [
            block(Some("message"), Some("a"), None),
            block(None, Some("b"), None),
            block(Some(""), Some("\n"), Some("7")),
            block(None, None, Some("")),
            Block { retry: Some(Duration::from_millis(5)), ..Block::default() },
        ];
        for size in 1..=stream.len() {
            let chunks: Vec<_> = stream.as_bytes().chunks(size).map(Ok).collect();
            assert_eq!(read(&chunks, 64), expected.clone().map(Ok), "{size}");
        }
    }

    #[test]
    fn malformed_text_is_told_exactly_and_is_the_end() {
        let stream = b"data: ok\n\n: \xFF\n\xFF: x\ndata: caf\xC3\xA9 \xE2\x82\n\ndata: no\n\n";
        let error = String::from_utf8(b"caf\xC3\xA9 \xE2\x82".to_vec()).unwrap_err();
        let error = Error::Utf8(error.utf8_error());
        for size in 1..=stream.len() {
            let chunks: Vec<_> = stream.chunks(size).map(Ok).collect();
            let found = read(&chunks, 64);
            assert_eq!(found[0], Ok(block(None, Some("ok"), None)), "{size}");
            assert_eq!(found.len(), 2);
            assert_eq!(found[1].as_ref().unwrap_err(), &error);
        }
    }

    #[test]
    fn every_error_is_the_end() {
        let found = read(&[Ok(b"data: 12345\n\ndata: 1\n\n")], 4);
        assert!(matches!(found[..], [Err(Error::TooLarge(what))] if what.limit() == 4));
        let chunks: [Result<&[u8], _>; 3] = [Ok(b"data: a\n\nda"), Err("reset"), Ok(b"ta: b\n\n")];
        let expected = [Ok(block(None, Some("a"), None)), Err(Error::Source("reset"))];
        assert_eq!(read(&chunks, 64), expected);
    }

    #[test]
    fn a_chunk_waits_for_its_reader() {
        let mut asked = 0;
        let source = stream::poll_fn(|_| {
            asked += 1;
            Poll::Ready((asked == 1).then_some(Ok::<_, ()>("data: a\n\ndata: b\n\n")))
        });
        let mut blocks = Blocks::new(source, 64);
        assert!(blocks.next().now_or_never().unwrap().is_some());
        assert!(blocks.next().now_or_never().unwrap().is_some());
        drop(blocks);
        assert_eq!(asked, 1);
    }
}
