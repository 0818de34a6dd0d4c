//! The crate `reqwest-eventsource`.

use futures_util::StreamExt;
use interop::{print, url};
use reqwest_eventsource::{Event, EventSource};

#[tokio::main]
async fn main() {
    let mut source = EventSource::get(url());
    while let Some(event) = source.next().await {
        match event {
            Ok(Event::Open) => {}
            Ok(Event::Message(event)) => print(&event.event, &event.data, &event.id),
            // It connects again.
            Err(error) => eprintln!("{error}"),
        }
    }
}
