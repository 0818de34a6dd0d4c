//! Explores every interleaving of a client, a server and a network, up to a bound.
//!
//! The client is the library's `EventSource`, the server keeps the library's `Replay`. The network
//! delays, cuts at any piece of a frame, loses requests, restarts the server once, and answers with 204,
//! with 503 and with a page. In every state that can be reached:
//!
//! - no event is lost unless the server has said that there is a gap, and none comes twice unless its
//!   id repeats;
//! - the last event ID is that of the last block that came whole;
//! - there is a pause between two connections, also where the server has said `retry: 0`;
//! - the client stops when it is told to, and nothing comes after that;
//! - if nothing more goes wrong, the client gets all that there is.
//!
//! ```sh
//! cargo run --release --manifest-path tests/model/Cargo.toml
//! ```
//!
//! It prints the number of states. Then it does the same with mistakes made on purpose, and fails
//! unless each is found.

mod world;

use std::collections::{HashSet, VecDeque};
use std::process::ExitCode;

use world::{Ids, Mistake, World};

/// Explores all states; gives their number, or the steps to the first that is wrong.
fn explore(ids: Ids, mistake: Option<Mistake>) -> Result<usize, String> {
    let first = World::new(ids, mistake);
    let mut known = HashSet::from([first.key()]);
    let mut open = VecDeque::from([first]);
    while let Some(world) = open.pop_front() {
        for step in world.steps() {
            let mut next = world.clone();
            next.take(step)
                .and_then(|()| next.settles())
                .map_err(|wrong| format!("{wrong}\n  after {:?}", next.story()))?;
            if known.insert(next.key()) {
                open.push_back(next);
            }
        }
    }
    Ok(known.len())
}

fn main() -> ExitCode {
    let mut is_good = true;
    for ids in [Ids::Unique, Ids::Repeating] {
        match explore(ids, None) {
            Ok(states) => println!("{ids:?} ids: {states} states"),
            Err(wrong) => {
                println!("{ids:?} ids: {wrong}");
                is_good = false;
            }
        }
    }
    for &mistake in Mistake::ALL {
        let found = [Ids::Unique, Ids::Repeating].map(|ids| explore(ids, Some(mistake)));
        match found.into_iter().find_map(Result::err) {
            Some(wrong) => println!("{mistake:?} is found: {}", wrong.lines().next().unwrap_or("")),
            None => {
                println!("{mistake:?} is not found");
                is_good = false;
            }
        }
    }
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
