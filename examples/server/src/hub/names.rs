//! The names of feeds, and what follows from them.

/// The feed of everything that is public.
pub const ALL: &str = "all";

/// What the names of users' feeds begin with.
pub const USER: &str = "user/";

/// What the names of answers' feeds begin with.
const ANSWER: &str = "tokens/";

/// Whether the feed is not a part of `all`, and belongs to a user.
pub fn is_private(feed: &str) -> bool {
    feed.starts_with(USER)
}

/// Whether the feed's events are in the shared store. Those of `all` are there under their own feeds.
pub fn is_shared(feed: &str) -> bool {
    feed != ALL && !is_answer(feed)
}

/// Whether the feed is an answer of tokens: it has ids of its own, and no other server knows it.
fn is_answer(feed: &str) -> bool {
    feed.starts_with(ANSWER)
}

/// The name of a user's feed.
pub fn private(user: &str) -> String {
    format!("{USER}{user}")
}

/// The name of the feed of an answer, which belongs to its user where there are users. The name of the
/// job has no slash, so no other pair of job and user makes the same name.
pub fn answer(job: &str, user: Option<&str>) -> String {
    match user {
        Some(user) => format!("{ANSWER}{job}/{user}"),
        None => format!("{ANSWER}{job}"),
    }
}

/// What clients and the log call a feed: the name of a public feed, `me` or `tokens`.
pub fn kind(feed: &str) -> &str {
    if feed.starts_with(USER) {
        "me"
    } else if feed.starts_with(ANSWER) {
        "tokens"
    } else {
        feed
    }
}
