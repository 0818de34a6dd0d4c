//! A client over reqwest and tokio that reconnects, in a dozen lines.
//!
//! ```sh
//! cargo run --manifest-path examples/follow/Cargo.toml --example client -- https://stream.example/events
//! ```

use reqwest::{Client, RequestBuilder};
use sse_wire::source::{Connect, ReconnectingStream, Request, Response, Sleep};

/// The events of this request, whatever its method, its header fields and its body are.
fn events(request: RequestBuilder) -> ReconnectingStream<impl Connect, impl Sleep> {
    let connect = move |ours: Request| {
        let request = request.try_clone().expect("a body that can be sent again");
        let request =
            ours.headers().fold(request, |request, (name, value)| request.header(name, value));
        async move {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.bytes_stream();
            Ok::<_, reqwest::Error>(Response::new(status, headers.get_all("content-type"), body))
        }
    };
    ReconnectingStream::new(connect, tokio::time::sleep)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::new();
    let mut args = std::env::args().skip(1);
    let mut events = match (args.next(), args.next()) {
        (Some(url), Some(body)) => {
            events(client.post(url).header("content-type", "application/json").body(body))
        }
        (Some(url), None) => events(client.get(url)),
        _ => return eprintln!("usage: client URL [BODY]"),
    };
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => println!("{} {}", event.event_type(), event.data()),
            Err(dropped) => eprintln!("{dropped}"),
        }
    }
    eprintln!("{:?}", events.stopped());
}
