//! Both ends of a connection with `tokio_util::codec`: messages in, events out.
//! `cargo run --example codec --features tokio-util`

use futures_util::{SinkExt, StreamExt};
use sse_wire::adapter::{EventCodec, MessageCodec};
use sse_wire::Message;
use tokio_util::codec::{FramedRead, FramedWrite};

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn serve(connection: tokio::io::DuplexStream) -> Result<(), Failure> {
    let mut messages = FramedWrite::new(connection, MessageCodec);
    for (number, word) in ["the", "tide\ncomes", "in"].into_iter().enumerate() {
        let id = number.to_string();
        messages.send(Message::new(word).id(&id)?).await?;
    }
    Ok(())
}

async fn run() -> Result<(), Failure> {
    let (server, client) = tokio::io::duplex(64);
    let server = tokio::spawn(serve(server));
    let mut events = FramedRead::new(client, EventCodec::new());
    while let Some(event) = events.next().await {
        match event? {
            Ok(event) => println!("{:?} {:?}", event.last_event_id(), event.data()),
            Err(dropped) => eprintln!("{dropped}"), // over the limit; the stream goes on
        }
    }
    println!("{:?}", events.decoder().end());
    server.await?
}

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().build()?.block_on(run())
}
