//! A connection to the store on which nothing waits for ever.
//!
//! - **(A)** Every request has a time limit, which includes the time to connect.
//! - **(B)** A connection is not used again after a failure: what it brings later could be taken for the
//!   answer to another request.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult,
};
use tokio::sync::Mutex;
use tokio::time::{timeout_at, Instant};

/// Connects when there is something to ask for, and anew after a failure.
pub struct Line {
    client: Client,
    connection: Mutex<Option<Arc<MultiplexedConnection>>>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failed {
    /// The store has not carried the request out: there was no connection, or the store refused.
    NotDone(RedisError),
    /// The store has got the request, or may have got it.
    Unknown(RedisError),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::NotDone(error) | Self::Unknown(error)) = self;
        error.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl Line {
    pub fn new(client: Client) -> Self {
        Self { client, connection: Mutex::default() }
    }

    /// Sends a request and gives the answer, which has to be there after `patience`.
    pub async fn ask<T: FromRedisValue>(
        &self,
        request: &Cmd,
        patience: Duration,
    ) -> Result<T, Failed> {
        let deadline = Instant::now() + patience;
        let connection = by(deadline, self.connection()).await.map_err(Failed::NotDone)?;
        let mut sender = MultiplexedConnection::clone(&connection);
        match by(deadline, request.query_async(&mut sender)).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                self.forget(&connection);
                Err(match error.kind() {
                    ErrorKind::Server(_) | ErrorKind::Extension => Failed::NotDone(error),
                    _ => Failed::Unknown(error),
                })
            }
        }
    }

    async fn connection(&self) -> RedisResult<Arc<MultiplexedConnection>> {
        let mut current = self.connection.lock().await;
        if let Some(connection) = &*current {
            return Ok(Arc::clone(connection));
        }
        // The limits are those of the request.
        let config = AsyncConnectionConfig::new();
        let config = config.set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Arc::clone(current.insert(Arc::new(connection))))
    }

    fn forget(&self, failed: &Arc<MultiplexedConnection>) {
        // While the lock is held there is no connection, or the next request finds that it fails.
        if let Ok(mut current) = self.connection.try_lock() {
            current.take_if(|current| Arc::ptr_eq(current, failed));
        }
    }
}

async fn by<T>(deadline: Instant, answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let late = |_| RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
    timeout_at(deadline, answer).await.map_err(late)?
}
