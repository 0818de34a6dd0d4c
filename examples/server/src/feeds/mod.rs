//! The feeds, and what makes their events up. None of them knows how events are sent.

mod log;
mod made_up;
mod system;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

pub use self::log::LogFeed;
use crate::hub::Hub;

/// The feeds that are always there.
pub const NAMES: [&str; 11] = [
    "clock",
    "notifications",
    "stocks",
    "blog",
    "uploads",
    "chat",
    "match",
    "system",
    "social",
    "log",
    "tasks",
];

/// The time, in milliseconds since 1970.
fn milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

/// Events to publish: type and payload.
type Events = Vec<(&'static str, Value)>;

/// Begins to make up events.
pub fn spawn(hub: &Arc<Hub>) {
    every(hub, "clock", Duration::from_secs(1), made_up::clock);
    every(hub, "notifications", Duration::from_secs(11), made_up::notifications());
    every(hub, "stocks", Duration::from_millis(800), made_up::Stocks::new().steps());
    every(hub, "match", Duration::from_secs(3), made_up::Match::new().steps());
    every(hub, "social", Duration::from_millis(2500), made_up::Social::default().steps());
    every(hub, "system", Duration::from_secs(2), system::steps());
}

/// Publishes what `step` makes up, again and again, while this server leads.
fn every(
    hub: &Arc<Hub>,
    feed: &'static str,
    period: Duration,
    mut step: impl FnMut() -> Events + Send + 'static,
) {
    let hub = Arc::clone(hub);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = hub.stopped() => return,
                _ = ticks.tick() => {}
            }
            if hub.leads() {
                for (event_type, payload) in step() {
                    // If it went nowhere, the store said so in the log.
                    let _ = hub.publish(feed, event_type, payload).await;
                }
            }
        }
    });
}
