//! The shared store in a build without it: there is none.
#![allow(clippy::unused_async, reason = "as the one there is")]

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::hub::{Hub, New};
use crate::posted::{Published, Unpublished};

pub type Failed = io::Error;

/// There is none.
pub struct Shared(Infallible);

impl Shared {
    /// Fails.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn connect(_url: &str, _events: usize) -> Result<Self, Failed> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub async fn append(&self, _new: &New<'_>, _data: &str) -> Result<Published, Unpublished> {
        match self.0 {}
    }

    pub async fn wait_for(&self, _id: &str) {
        match self.0 {}
    }

    pub fn age(&self) -> Duration {
        match self.0 {}
    }

    pub async fn lead(self: Arc<Self>, _hub: Arc<Hub>) {
        match self.0 {}
    }
}

/// There is none.
pub struct Reader(Infallible);

impl Reader {
    pub async fn load(shared: Arc<Shared>, _hub: &Hub) -> Result<Self, Failed> {
        match shared.0 {}
    }

    pub async fn read(self, _hub: Arc<Hub>) {
        match self.0 {}
    }
}
