//! Events of a stream of chunks, as an HTTP client gives them, with an error on the way; and on with the
//! last event ID. `cargo run --example stream --features futures-core`

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use futures_util::FutureExt;
use sse_wire::{BytesDecoder, EventStream, StreamError};

#[derive(Debug)]
struct ConnectionReset;

/// What a client would get with `Last-Event-ID` of `last`, cut as the network likes.
fn connect(last: &str) -> impl Stream<Item = Result<Bytes, ConnectionReset>> + Unpin {
    println!("connecting behind {last:?}");
    stream::iter(match last {
        "" => vec![
            Ok("id: 1\ndata: the\n\nid: 2\nda".into()),
            Ok("ta: tide\n\nid: 3\ndata: com".into()),
            Err(ConnectionReset),
        ],
        _ => vec![Ok(Bytes::from("id: 3\ndata: comes in\n\n"))],
    })
}

async fn run() {
    let mut decoder = BytesDecoder::new();
    loop {
        let mut events =
            EventStream::with_decoder(connect(&decoder.last_event_id().to_string()), decoder);
        let failed = loop {
            match events.next().await {
                Some(Ok(event)) => println!("{:?}", event.data()),
                Some(Err(StreamError::Source(error))) => break Some(error),
                Some(Err(dropped)) => eprintln!("{dropped:?}"),
                None => break None,
            }
        };
        let Some(error) = failed else { return };
        println!("{error:?}");
        decoder = core::mem::take(events.decoder_mut());
        decoder.reset(); // keeps the last event ID
    }
}

fn main() {
    run().now_or_never();
}
