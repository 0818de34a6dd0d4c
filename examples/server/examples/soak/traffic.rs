//! What is posted, and what the store has of it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::streams::StreamReadReply;
use reqwest::Client;
use serde_json::{json, Value};
use tokio::time::{sleep, timeout};

use crate::check::{parse_id, Id};
use crate::common::STREAM;
use crate::world::{count, random, World};

/// The feeds that something is posted to, which are their paths as well.
pub const FEEDS: [&str; 3] = ["chat", "blog", "notifications"];

/// Posts for ever, each text once: what was not answered is repeated with its key.
pub async fn post(world: &World, client: &Client, poster: usize) {
    for number in 0_u64.. {
        let feed = FEEDS[(random() * FEEDS.len() as f64) as usize % FEEDS.len()];
        let padding = "ä🦊\n".repeat((random().powi(4) * 400.0) as usize);
        publish(world, client, feed, &format!("{poster}-{number} {padding}")).await;
        sleep(Duration::from_secs_f64(0.06 * random())).await;
    }
}

/// Posts a text until it is published; `None` if nobody knows whether it was.
pub async fn publish(world: &World, client: &Client, feed: &str, text: &str) -> Option<Id> {
    let key = format!("soak-{:016x}", (random() * u64::MAX as f64) as u64);
    let body = match feed {
        "chat" => json!({ "type": "new-message", "user": "soak", "text": text }),
        "blog" => json!({ "title": "soak", "text": text }),
        _ => json!({ "text": text }),
    };
    let losses = world.losses.load(Ordering::SeqCst);
    for _ in 0..400 {
        let url = format!("{}/{feed}", world.base());
        let request = client.post(url).header("idempotency-key", &key).json(&body);
        let answer = async {
            let response = request.send().await.ok()?;
            let status = response.status().as_u16();
            Some((status, response.json::<Value>().await.unwrap_or_default()))
        };
        let answer = timeout(Duration::from_secs(15), answer).await.ok().flatten();
        // The store may have lost the text, or the key.
        let is_certain = losses == world.losses.load(Ordering::SeqCst);
        match answer {
            Some((201, answer)) => {
                let id = answer["id"].as_str().and_then(parse_id)?;
                count(&world.counts.posts);
                if answer["repeated"] == true {
                    count(&world.counts.repeats);
                }
                let mut truth = world.truth();
                truth.answered(id, feed, text);
                if !is_certain {
                    truth.uncertain(text);
                }
                return Some(id);
            }
            Some((429 | 500.., _)) | None => {}
            Some((status, answer)) => {
                eprintln!("a post was refused: {status} {answer}");
                count(&world.counts.refused);
                return None;
            }
        }
        if !is_certain {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    world.truth().uncertain(text);
    None
}

/// Reads the stream with a connection of its own, as entries come.
pub async fn audit(world: &World) {
    let mut last = "0-0".to_owned();
    loop {
        let _ = read(world, &mut last).await;
        sleep(Duration::from_millis(20)).await;
    }
}

async fn read(world: &World, last: &mut String) -> redis::RedisResult<()> {
    let mut store = world.connect().await?;
    loop {
        let mut read = redis::cmd("XREAD");
        read.arg(&["BLOCK", "500", "COUNT", "1000", "STREAMS", STREAM]).arg(&*last);
        let reply: Option<StreamReadReply> = read.query_async(&mut store).await?;
        for stream in reply.into_iter().flat_map(|reply| reply.keys) {
            world.stored(&stream.ids);
            if let Some(newest) = stream.ids.last() {
                last.clone_from(&newest.id);
            }
        }
    }
}
