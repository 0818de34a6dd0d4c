//! The connection: the state machine, its policies, and what a server keeps for it.

mod blocking;
mod conformance;
mod last_event_id;
mod policy;
#[cfg(feature = "futures-core")]
mod reconnect;
mod replay;
mod source;
mod worlds;
