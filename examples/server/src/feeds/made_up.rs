//! Events that are made up: the shapes that people build.

use serde_json::json;

use super::{milliseconds, Events};
use crate::hub::random;

/// An index into something of this length.
fn any(len: usize) -> usize {
    ((random() * len as f64) as usize).min(len - 1)
}

fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

pub fn clock() -> Events {
    vec![("tick", json!({ "time": milliseconds() }))]
}

pub fn notifications() -> impl FnMut() -> Events {
    const TEXTS: [&str; 5] = [
        "Your export is ready 📦",
        "Backup finished: \"nightly\" took 4 minutes",
        "3 new comments on your post",
        "Maintenance on Sunday,\n02:00 to 04:00",
        "Someone signed in from a new device 🔐",
    ];
    let mut next = 0;
    move || {
        next += 1;
        vec![("notification", json!({ "text": TEXTS[next % TEXTS.len()] }))]
    }
}

pub struct Stocks {
    prices: [(&'static str, f64); 6],
}

impl Stocks {
    pub fn new() -> Self {
        let prices = [
            ("ACME", 182.4),
            ("GLOBX", 41.15),
            ("INIT", 97.8),
            ("HOOLI", 310.2),
            ("UMBR", 12.65),
            ("WAYNE", 256.0),
        ];
        Self { prices }
    }

    pub fn steps(mut self) -> impl FnMut() -> Events {
        move || {
            let (symbol, price) = &mut self.prices[any(6)];
            let before = *price;
            *price = cents((before * (1.0 + (random() - 0.5) * 0.02)).max(1.0));
            let change = cents(*price - before);
            vec![("priceUpdate", json!({ "symbol": symbol, "price": price, "change": change }))]
        }
    }
}

/// A match of two teams; after the final whistle the next one begins.
pub struct Match {
    number: u32,
    minute: u32,
    score: [u32; 2],
}

impl Match {
    const TEAMS: [&'static str; 2] = ["Rovers", "United"];

    pub fn new() -> Self {
        Self { number: 1, minute: 0, score: [0, 0] }
    }

    pub fn steps(mut self) -> impl FnMut() -> Events {
        move || self.step()
    }

    fn status(&self, status: &str) -> (&'static str, serde_json::Value) {
        let Self { number, minute, .. } = self;
        ("matchStatus", json!({ "match": number, "status": status, "minute": minute }))
    }

    fn step(&mut self) -> Events {
        let mut events = Vec::new();
        match self.minute {
            0 => events.push(self.status("kick-off")),
            45 => events.push(self.status("half-time")),
            90 => {
                events.push(self.status("full-time"));
                *self = Self { number: self.number + 1, ..Self::new() };
                return events;
            }
            minute => {
                let side = usize::from(random() < 0.5);
                let (team, number) = (Self::TEAMS[side], self.number);
                let what = match random() {
                    luck if luck < 0.12 => {
                        self.score[side] += 1;
                        "goal ⚽"
                    }
                    luck if luck < 0.2 => "yellow card",
                    luck if luck < 0.4 => "corner",
                    _ => "shot",
                };
                events.push((
                    "matchEvent",
                    json!({ "match": number, "minute": minute, "team": team, "what": what }),
                ));
                if what.starts_with("goal") {
                    let [home, away] = Self::TEAMS;
                    events.push((
                        "scoreUpdate",
                        json!({ "match": number, "home": home, "away": away, "score": self.score }),
                    ));
                }
            }
        }
        self.minute += 1;
        events
    }
}

#[derive(Default)]
pub struct Social {
    posts: u64,
}

impl Social {
    const PEOPLE: [&'static str; 5] = ["ada", "grace", "linus", "margaret", "edsger"];
    const POSTS: [&'static str; 4] = [
        "Shipped it. 🚀",
        "Who said \"streams are easy\"?",
        "Tea first,\nthen code.",
        "日本語もそのまま届く",
    ];
    const COMMENTS: [&'static str; 3] = ["This!", "🎉", "Not so sure…"];

    pub fn steps(mut self) -> impl FnMut() -> Events {
        move || self.step()
    }

    fn step(&mut self) -> Events {
        let by = Self::PEOPLE[any(5)];
        let recent = self.posts.saturating_sub(any(3) as u64).max(1);
        vec![match random() {
            luck if luck < 0.4 || self.posts == 0 => {
                self.posts += 1;
                let (post, text) = (self.posts, Self::POSTS[any(4)]);
                ("newPost", json!({ "post": post, "by": by, "text": text }))
            }
            luck if luck < 0.75 => ("newLike", json!({ "post": recent, "by": by })),
            _ => {
                let text = Self::COMMENTS[any(3)];
                ("newComment", json!({ "post": recent, "by": by, "text": text }))
            }
        }]
    }
}
