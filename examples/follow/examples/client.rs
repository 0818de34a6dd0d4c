//! A client over reqwest and tokio that reconnects, and prints the data of each event.
//!
//! ```sh
//! cargo run -p follow --example client -- https://stream.example/events
//! ```

use http::Response;
use reqwest::{Client, Error, Url};
use sse_wire::source::{ReconnectingStream, Request};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url: Url = std::env::args().nth(1).ok_or("usage: client URL")?.parse()?;
    let client = Client::new();
    let connect = |request: Request| {
        let response = client.get(url.clone()).headers(request.into()).send();
        async { Ok::<_, Error>(Response::from(response.await?).into()) }
    };
    let mut events = ReconnectingStream::new(connect, sleep);
    while let Some(event) = events.next().await {
        println!("{}", event?.data());
    }
    eprintln!("{:?}", events.stopped());
    Ok(())
}
