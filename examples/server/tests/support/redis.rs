//! The program `redis-server`, started for a test.

// Every user of this file uses a part of it.
#![allow(dead_code)]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{free_port, quiet, skip, PATIENCE};
use server::Config;

/// A store on a free port, which keeps nothing on disk.
pub struct Redis {
    pub child: Child,
    pub port: u16,
}

impl Redis {
    /// `None` if there is no such program, and the test may be skipped.
    pub async fn start() -> Option<Self> {
        let redis = Self::on(free_port());
        if redis.is_none() {
            skip("there is no redis-server");
        }
        redis?.ready().await
    }

    pub fn on(port: u16) -> Option<Self> {
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--daemonize", "no"])
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        Some(Self { child, port })
    }

    pub async fn ready(self) -> Option<Self> {
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Some(self);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("redis-server did not start");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub fn config(&self) -> Config {
        Config { redis: Some((self.url(), 10_000)), ..quiet() }
    }

    /// Asks the program itself for something.
    pub async fn ask(&self, command: &[&str]) {
        let _: redis::Value = self.answer(command).await;
    }

    pub async fn answer<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connection.await.unwrap();
        redis::cmd(command[0]).arg(&command[1..]).query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
