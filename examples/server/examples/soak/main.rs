//! A soak: two servers that share a store, clients that follow their feeds, and everything that can happen
//! to them. Then every event that a client received is compared with what the store had.
//!
//! ```text
//! clients, posters -- proxies, which cut connections -- two servers, killed and stopped
//!                                                          |
//!              an auditor, which reads all -- the store: stopped, restarted, trimmed
//! ```

mod check;
mod client;
#[path = "../common/mod.rs"]
mod common;
mod page;
mod traffic;
mod world;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use tokio::task::JoinSet;
use tokio::time::sleep;

use check::{check, Record, Tally, ALL};
use client::{Follower, Kind, Plan};
use common::Failure;
use page::Browser;
use traffic::FEEDS;
use world::{client, World};

/// Runs the example server with clients, pages, a store and everything that can happen to them, and checks that
/// each client received what it should.
#[derive(Parser)]
struct Args {
    /// How many seconds to run
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// How many clients follow feeds
    #[arg(long, default_value_t = 60)]
    clients: usize,
    /// How many pages in a browser follow feeds
    #[arg(long, default_value_t = 4)]
    pages: usize,
    /// How many clients post
    #[arg(long, default_value_t = 4)]
    posters: usize,
    /// How many connections of clients are cut in a second
    #[arg(long, default_value_t = 7.0)]
    cuts: f64,
    /// Another build of the program `server`
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Remove an event that a client received, to see that the check finds it
    #[arg(long, hide = true)]
    sabotage: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let args = Args::parse();
    let program = match &args.server {
        Some(path) => path.canonicalize()?,
        None => common::build()?,
    };
    let world = World::start(program).await?;
    tokio::select! {
        faultless = soak(&args, world) => {
            Ok(if faultless? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        // What was started is ended when it is dropped.
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            Err("interrupted".into())
        }
    }
}

/// Gives whether no fault was found.
async fn soak(args: &Args, world: Arc<World>) -> Result<bool, Failure> {
    let mut following = JoinSet::new();
    let audited = Arc::clone(&world);
    following.spawn(async move { traffic::audit(&audited).await });
    let mut followers = Vec::new();
    for number in 0..args.clients {
        followers.push(Arc::new(Follower::new(plan(number), client(0, number)?)));
    }
    for follower in &followers {
        let (follower, world) = (Arc::clone(follower), Arc::clone(&world));
        following.spawn(async move { follower.run(&world).await });
    }
    let _browser = open_pages(args.pages, &world, &mut followers, &mut following).await?;
    let mut traffic = JoinSet::new();
    for poster in 0..args.posters {
        let (world, client) = (Arc::clone(&world), client(1, poster)?);
        traffic.spawn(async move { traffic::post(&world, &client, poster).await });
    }
    let cut = Arc::clone(&world);
    let pause = Duration::try_from_secs_f64(1.0 / args.cuts)?;
    traffic.spawn(async move { cut.cut(pause).await });

    let until = Instant::now() + Duration::from_secs(args.seconds);
    let report = report(&world, until);
    tokio::try_join!(world.kill(until), world.disturb_store(until), report)?;
    traffic.shutdown().await;

    // The last entry of each feed, which every client has to come to.
    let mut ends = HashMap::new();
    let last = client(1, args.posters)?;
    for feed in FEEDS {
        let id = traffic::publish(&world, &last, feed, &format!("the end of {feed}")).await;
        let id = id.ok_or("the last event of a feed was not published")?;
        ends.insert(feed, id);
        ends.insert(ALL, id);
    }
    let is_there = |follower: &&Arc<Follower>| follower.has_reached(ends[follower.plan.feed]);
    for _ in 0..300 {
        if followers.iter().all(|follower| is_there(&follower)) {
            break;
        }
        sleep(Duration::from_millis(200)).await;
    }
    let late = followers.len() - followers.iter().filter(is_there).count();
    following.shutdown().await;
    world.look().await?;

    let mut truth = world.truth();
    let mut unknown = 0;
    for follower in &followers {
        unknown += truth.complete(&follower.records());
    }
    let mut found = Tally::default();
    for (number, follower) in followers.iter().enumerate() {
        let feed = follower.plan.feed;
        let mut records = follower.records();
        if args.sabotage && number == 0 {
            sabotage(&mut records);
        }
        let tally = check(&truth, feed, &records, ends[feed]);
        if tally.is_at_fault() {
            println!("client {number}, {:?}: {tally:?}", follower.plan);
        }
        if let Some(index) = tally.first_fault {
            let around = index.saturating_sub(4)..records.len().min(index + 3);
            println!("  around the first fault: {:?}", &records[around]);
        }
        found += tally;
    }
    let counts = &world.counts;
    let of = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    // What only a client knows of was in a store that lost it, or it was made up.
    let made_up = if of(&world.losses) == 0 { unknown } else { 0 };
    let gave_up = followers.iter().filter(|follower| follower.has_given_up()).count();
    let twice = truth.posted_twice();
    println!("{}", happened(&world));
    println!(
        "compared: {} events of {} clients with {} entries ({unknown} of them known from clients \
         alone), {} gaps",
        found.events,
        followers.len(),
        truth.len(),
        found.gaps
    );
    println!(
        "faults: {} lost, {} doubled, {} in disorder, {} altered, {made_up} made up, {twice} posts \
         published twice, {} posts refused, {} servers died, {gave_up} clients gave up, {late} clients \
         did not come to the end",
        found.lost, found.doubled, found.disordered, found.altered, of(&counts.refused), of(&counts.died)
    );
    let others = made_up + twice + of(&counts.refused) + of(&counts.died) + gave_up + late;
    Ok(!found.is_at_fault() && others == 0 && found.events > 0)
}

/// What a client is like: half of them follow everything, a third obeys only ids of events with data, a
/// tenth is slow, a quarter asks for gzip.
fn plan(number: usize) -> Plan {
    let feed = if number % 2 == 0 { ALL } else { FEEDS[number / 2 % FEEDS.len()] };
    let slow = number % 10 == 9 || number % 10 == 4;
    let kind = if number / 2 % 4 == 1 { Kind::Gzip } else { Kind::Plain };
    Plan { feed, needs_data: number % 3 == 0, slow, kind }
}

/// Opens pages, which are followers as well.
async fn open_pages(
    count: usize,
    world: &World,
    followers: &mut Vec<Arc<Follower>>,
    following: &mut JoinSet<()>,
) -> Result<Option<Browser>, Failure> {
    if count == 0 {
        return Ok(None);
    }
    let (browser, port) = Browser::start()?;
    for number in 0..count {
        let page = page::open(port, &world.base_of(number / 2 % 2)).await?;
        let kind = if number % 2 == 1 { Kind::Native } else { Kind::Fetch };
        let plan = Plan { feed: ALL, needs_data: true, slow: false, kind };
        let follower = Arc::new(Follower::new(plan, client(0, followers.len())?));
        followers.push(Arc::clone(&follower));
        following.spawn(async move { follower.end(page::follow(&page, &follower).await) });
    }
    Ok(Some(browser))
}

async fn report(world: &World, until: Instant) -> Result<(), Failure> {
    let since = Instant::now();
    let mut next = since;
    while Instant::now() < until {
        next += Duration::from_secs(10);
        while Instant::now() < next.min(until) {
            sleep(Duration::from_millis(500)).await;
            world.look().await?;
        }
        let (seconds, entries) = (since.elapsed().as_secs(), world.truth().len());
        println!("{seconds:4} s: {entries} entries, {}", happened(world));
    }
    Ok(())
}

fn happened(world: &World) -> String {
    let counts = &world.counts;
    let of = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    format!(
        "{} posts ({} repeated), {} cuts; servers: {} kills, {} pauses; store: {} stops, {} restarts \
         ({} lost all), {} trims; a server at most: {} MB, {} descriptors",
        of(&counts.posts),
        of(&counts.repeats),
        of(&counts.cuts),
        of(&counts.kills),
        of(&counts.pauses),
        of(&counts.stops),
        of(&counts.restarts),
        of(&world.losses) / 2,
        of(&counts.trims),
        counts.memory.load(Ordering::Relaxed) / 1_000_000,
        of(&counts.descriptors),
    )
}

/// Takes an event out of the middle that the one before it and the one behind it make owed.
fn sabotage(records: &mut Vec<Record>) {
    let is_event = |record: &Record| matches!(record, Record::Event(..));
    let owed = records.windows(3).rposition(|three| three.iter().all(is_event));
    if let Some(before) = owed {
        records.remove(before + 1);
    }
}
