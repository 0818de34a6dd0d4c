//! A client over reqwest and tokio whose request is a POST, with a body and header fields of its own.
//! Each reconnection sends it again.
//!
//! ```sh
//! cargo run -p follow --example post -- https://api.example/v1/chat '{"stream":true}'
//! ```

use http::Response;
use reqwest::{Client, Error};
use sse_wire::source::{ReconnectingStream, Request};
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [url, body] = [1, 2].map(|at| std::env::args().nth(at).expect("usage: post URL BODY"));
    let client = Client::new();
    let connect = |request: Request| {
        let post = client.post(&url).header("content-type", "application/json").body(body.clone());
        let response = post.headers(request.into()).send();
        async { Ok::<_, Error>(Response::from(response.await?).into()) }
    };
    let mut events = ReconnectingStream::new(connect, sleep);
    while let Some(event) = events.next().await {
        println!("{}", event?.data());
    }
    Ok(())
}
