//! Attacks a server in the ways that once did it harm, and prints what came of each: one line for each
//! attack, on loopback addresses, bounded in time and number.
//!
//! It knows no more of the server than its flags and what it answers, so that it can be given an older
//! one: `attack --server PATH`.

#[path = "../common/mod.rs"]
mod common;
mod connections;
mod http;
mod store;

use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use clap::Parser;
use reqwest::{Client, Response};
use sse_wire::{Decoder, Item, OwnedEvent};
use tokio::time::{timeout_at, Instant};

use common::Failure;

#[derive(Parser)]
struct Args {
    /// The program to attack; the server of this package unless given
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Only the attacks whose names have this in them
    #[arg(long, default_value = "")]
    only: String,
}

/// What came of an attack, in words.
type Outcome = Result<String, Failure>;

type Attack<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let program = match args.server {
        Some(path) => path.canonicalize()?,
        None => common::build()?,
    };
    let program = program.as_path();
    let attacks: [(&str, Attack<'_>); 16] = [
        (
            "another user's answer, read through the log",
            Box::pin(http::another_users_answer(program)),
        ),
        ("refusals that are not JSON", Box::pin(http::refusals(program))),
        (
            "a name that points here, with a token in a cookie",
            Box::pin(http::rebound_name(program)),
        ),
        (
            "a quiet feed, a client that ignores ids without data",
            Box::pin(http::quiet_feed(program)),
        ),
        ("an id under the names that polyfills send", Box::pin(http::names_of_the_id(program))),
        ("token jobs of one address", Box::pin(http::token_jobs(program))),
        ("the log, under a verbose filter", Box::pin(http::log_of_the_log(program))),
        (
            "300 events at once, of which the store keeps 100",
            Box::pin(store::trimmed_at_once(program)),
        ),
        ("stopped for 4 s while 10,500 are posted", Box::pin(store::stopped_meanwhile(program))),
        ("one answer of the store is lost", Box::pin(store::lost_answer(program))),
        ("start on a full stream of 80 MB", Box::pin(store::full_stream(program))),
        ("refused with 503, and repeated", Box::pin(store::repeated(program))),
        ("nobody reads standard output", Box::pin(connections::unread_output(program, false))),
        ("standard output is closed", Box::pin(connections::unread_output(program, true))),
        ("bodies that never end", Box::pin(connections::endless_bodies(program))),
        ("connections that say nothing", Box::pin(connections::silent(program))),
    ];
    for (name, attack) in attacks {
        if name.contains(&args.only) {
            match attack.await {
                Ok(figures) => println!("{name}: {figures}"),
                Err(error) => println!("{name}: not run: {error}"),
            }
        }
    }
    Ok(())
}

fn yes(is: bool) -> &'static str {
    if is {
        "yes"
    } else {
        "no"
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

/// A client with an address of its own, 127.0.0.`host`.
fn client(host: u8) -> Result<Client, Failure> {
    let address = IpAddr::from([127, 0, 0, host]);
    Ok(Client::builder().local_address(address).timeout(Duration::from_secs(60)).build()?)
}

/// What a client heard of a stream.
#[derive(Default)]
struct Heard {
    /// The events that are no notices.
    events: Vec<OwnedEvent>,
    gaps: usize,
    /// The id of the last event that had data, notices included.
    id_with_data: Option<String>,
}

/// Listens until the time is over, the stream ends, or `enough` has come.
async fn hear(response: Response, time: Duration, enough: usize) -> Heard {
    let until = Instant::now() + time;
    let (mut heard, mut decoder, mut response) = (Heard::default(), Decoder::new(), response);
    while let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await {
        let mut items = decoder.feed(&chunk);
        while let Some(item) = items.next_item() {
            let Item::Event(event) = item else { continue };
            let event = event.into_owned();
            heard.id_with_data = Some(event.last_event_id.clone());
            match event.event_type.as_str() {
                "begin" => {}
                "gap" => heard.gaps += 1,
                _ => heard.events.push(event),
            }
        }
        if heard.events.len() >= enough {
            break;
        }
    }
    heard
}

/// Subscribes to a stream and gives it time to be there.
async fn subscribe(client: &Client, url: &str, id: Option<&str>) -> Result<Response, Failure> {
    let mut request = client.get(url);
    if let Some(id) = id {
        request = request.header("last-event-id", id);
    }
    Ok(request.send().await?.error_for_status()?)
}
