//! The crate `eventsource-client`.

use std::time::Duration;

use eventsource_client::{Client, ClientBuilder, ReconnectOptions, SSE};
use futures_util::StreamExt;
use interop::{print, url};
use launchdarkly_sdk_transport::HyperTransport;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reconnect = ReconnectOptions::reconnect(true).delay(Duration::from_millis(200)).build();
    let client = ClientBuilder::for_url(&url())?.reconnect(reconnect);
    let client = client.build_with_transport(HyperTransport::builder().build_http()?);
    let mut stream = client.stream();
    // An id that an event has not is that of the event before.
    let mut id = String::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(SSE::Event(event)) => {
                id = event.id.unwrap_or(id);
                print(&event.event_type, &event.data, &id);
            }
            Ok(_) => {}
            // It connects again.
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
