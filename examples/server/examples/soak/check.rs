//! What clients received, held against what the store had.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound::Excluded;

use serde_json::Value;

/// The id of an entry of the store: milliseconds and a number.
pub type Id = (u64, u64);

pub fn parse_id(text: &str) -> Option<Id> {
    let (milliseconds, number) = text.split_once('-')?;
    Some((milliseconds.parse().ok()?, number.parse().ok()?))
}

/// What is before every entry.
const BEGINNING: Id = (0, 0);

/// The feed of everything.
pub const ALL: &str = "all";

/// An event's content, in brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Of the name of its feed.
    pub feed: u64,
    /// Of its type and its data, to the byte.
    pub bytes: u64,
}

impl Content {
    pub fn new(event_type: &str, data: &str) -> Self {
        let payload: Value = serde_json::from_str(data).unwrap_or_default();
        let feed = brief(payload["feed"].as_str().unwrap_or_default());
        Self { feed, bytes: brief(&(event_type, data)) }
    }
}

pub fn brief<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// What came to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// It connected without a last event ID, so it is owed nothing from before.
    Fresh,
    /// Its last event ID is this one now, without an event of a feed.
    At(Id),
    Event(Id, Content),
    /// It was told that something is missing; perhaps with the id behind which nothing is.
    Gap(Option<Id>),
}

/// The entries that the store had.
#[derive(Default)]
pub struct Truth {
    entries: BTreeMap<Id, Entry>,
    /// The entries that have a text, by the text in brief; each is posted once.
    texts: HashMap<u64, Vec<Id>>,
    /// Texts that a store may have lost together with the knowledge that they were posted.
    uncertain: HashSet<u64>,
}

struct Entry {
    feed: u64,
    /// Unknown if the entry is only known from the answer to its post.
    bytes: Option<u64>,
}

impl Truth {
    /// Adds an entry that was read from the store.
    pub fn stored(&mut self, id: Id, event_type: &str, data: &str) {
        let Content { feed, bytes } = Content::new(event_type, data);
        let entry = self.entries.entry(id).or_insert(Entry { feed, bytes: None });
        entry.bytes = Some(bytes);
        let payload: Value = serde_json::from_str(data).unwrap_or_default();
        if let Some(text) = payload["text"].as_str().filter(|_| event_type != "line") {
            self.posted(id, text);
        }
    }

    /// Adds an entry that is known from the answer to its post.
    pub fn answered(&mut self, id: Id, feed: &str, text: &str) {
        self.entries.entry(id).or_insert(Entry { feed: brief(feed), bytes: None });
        self.posted(id, text);
    }

    fn posted(&mut self, id: Id, text: &str) {
        let ids = self.texts.entry(brief(text)).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }

    /// Takes a text out of what has to be there once.
    pub fn uncertain(&mut self, text: &str) {
        self.uncertain.insert(brief(text));
    }

    /// Adds what a client received and nobody else knows of; says how many that were. All other clients
    /// have to receive the same.
    pub fn complete(&mut self, records: &[Record]) -> usize {
        let mut unknown = 0;
        for record in records {
            let Record::Event(id, content) = *record else { continue };
            let entry = self.entries.entry(id).or_insert_with(|| {
                unknown += 1;
                Entry { feed: content.feed, bytes: None }
            });
            entry.bytes.get_or_insert(content.bytes);
        }
        unknown
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many posts became several entries.
    pub fn posted_twice(&self) -> usize {
        let is_twice =
            |(text, ids): &(&u64, &Vec<Id>)| ids.len() > 1 && !self.uncertain.contains(text);
        self.texts.iter().filter(is_twice).count()
    }

    /// How many entries of a feed there are behind a position and before an id.
    fn between(&self, feed: &str, position: Option<Id>, id: Id) -> usize {
        let Some(position) = position.filter(|position| *position < id) else { return 0 };
        let owed = self.entries.range((Excluded(position), Excluded(id)));
        owed.filter(|(_, entry)| feed == ALL || entry.feed == brief(feed)).count()
    }

    fn has(&self, feed: &str, id: Id) -> bool {
        self.entries.get(&id).is_some_and(|entry| feed == ALL || entry.feed == brief(feed))
    }
}

/// What was found wrong, and how much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub events: usize,
    pub gaps: usize,
    /// Entries that a client was owed and did not receive, without a gap.
    pub lost: usize,
    pub doubled: usize,
    pub disordered: usize,
    /// Events with other bytes than the entry, or of another feed.
    pub altered: usize,
    /// The index of the record at which the first fault was found.
    pub first_fault: Option<usize>,
}

impl Tally {
    pub fn is_at_fault(&self) -> bool {
        self.lost + self.doubled + self.disordered + self.altered > 0
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.gaps += other.gaps;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.altered += other.altered;
        self.first_fault = self.first_fault.or(other.first_fault);
    }
}

/// Holds the records of a client of a feed against the truth, up to the entry that was the last.
pub fn check(truth: &Truth, feed: &str, records: &[Record], end: Id) -> Tally {
    let mut tally = Tally::default();
    let mut seen = HashSet::new();
    let mut newest = None;
    // All entries behind it are owed.
    let mut position = None;
    for (index, record) in records.iter().enumerate() {
        match *record {
            Record::Fresh => position = None,
            Record::Gap(at) => {
                tally.gaps += 1;
                position = at;
            }
            Record::At(id) => {
                let this = usize::from(position.is_some_and(|at| at < id) && truth.has(feed, id));
                tally.lost += truth.between(feed, position, id) + this;
                // The beginning of a store that has lost what it had is none for the client.
                if id != BEGINNING && newest <= Some(id) {
                    position = Some(id);
                }
            }
            Record::Event(id, content) => {
                tally.events += 1;
                if !seen.insert(id) {
                    tally.doubled += 1;
                } else if newest > Some(id) {
                    tally.disordered += 1;
                }
                let same = |entry: &Entry| {
                    entry.feed == content.feed
                        && entry.bytes.is_none_or(|bytes| bytes == content.bytes)
                };
                if !truth.has(feed, id) || !truth.entries.get(&id).is_some_and(same) {
                    tally.altered += 1;
                }
                tally.lost += truth.between(feed, position, id);
                position = Some(id);
                newest = newest.max(position);
            }
        }
        if tally.is_at_fault() {
            tally.first_fault.get_or_insert(index);
        }
    }
    if position.is_none_or(|at| at < end) {
        tally.lost += truth.between(feed, position, end) + 1;
        tally.first_fault.get_or_insert(records.len());
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(feed: &str, number: u64) -> String {
        format!(r#"{{"feed":"{feed}","text":"{number}"}}"#)
    }

    fn event(feed: &str, number: u64) -> Record {
        Record::Event((number, 0), Content::new("t", &data(feed, number)))
    }

    /// Ten entries, the odd ones of "a", the even ones of "b".
    fn truth() -> Truth {
        let mut truth = Truth::default();
        for number in 1..=10 {
            truth.stored((number, 0), "t", &data(["b", "a"][number as usize % 2], number));
        }
        truth
    }

    fn of_a(records: &[Record]) -> Tally {
        check(&truth(), "a", records, (9, 0))
    }

    fn numbers(numbers: &[u64]) -> Vec<Record> {
        numbers.iter().map(|number| event("a", *number)).collect()
    }

    #[test]
    fn what_is_right_is_right() {
        let right = Tally { events: 5, ..Tally::default() };
        assert_eq!(of_a(&numbers(&[1, 3, 5, 7, 9])), right);
        let all: Vec<_> =
            (1..=9).map(|number| event(["b", "a"][number as usize % 2], number)).collect();
        assert_eq!(check(&truth(), ALL, &all, (9, 0)), Tally { events: 9, ..right });
        // Whoever begins late is owed nothing from before.
        assert_eq!(of_a(&numbers(&[7, 9])).lost, 0);
    }

    #[test]
    fn what_is_lost_is_found_unless_there_is_a_gap() {
        assert_eq!(of_a(&numbers(&[1, 3, 7, 9])).lost, 1);
        assert_eq!(of_a(&numbers(&[1, 9])).lost, 3);
        // At the beginning and at the end.
        let began = |id| [&[Record::At((id, 0))], &numbers(&[5, 7, 9])[..]].concat();
        assert_eq!((of_a(&began(4)).lost, of_a(&began(2)).lost, of_a(&began(1)).lost), (0, 1, 1));
        assert_eq!((of_a(&numbers(&[1, 3, 5])).lost, of_a(&[]).lost), (2, 1));
        assert_eq!(of_a(&numbers(&[1, 3, 5])).first_fault, Some(3));
        // By a position that is ahead of what came.
        let ahead = |id| [&numbers(&[1])[..], &[Record::At((id, 0))], &numbers(&[9])].concat();
        assert_eq!((of_a(&ahead(2)).lost, of_a(&ahead(5)).lost, of_a(&ahead(7)).lost), (3, 3, 3));
        let gap = |at| [&numbers(&[1])[..], &[Record::Gap(at)], &numbers(&[7, 9])].concat();
        assert_eq!(of_a(&gap(None)), Tally { events: 3, gaps: 1, ..Tally::default() });
        // What a gap says is missing up to an id, is not missing behind it.
        assert_eq!((of_a(&gap(Some((6, 0)))).lost, of_a(&gap(Some((3, 0)))).lost), (0, 1));
        let lost_store =
            [&numbers(&[1])[..], &[Record::Gap(None), Record::At(BEGINNING)], &numbers(&[7, 9])];
        assert_eq!(of_a(&lost_store.concat()).lost, 0);
        let fresh = [&numbers(&[1])[..], &[Record::Fresh], &numbers(&[7, 9])].concat();
        assert_eq!(of_a(&fresh).lost, 0);
    }

    #[test]
    fn what_is_doubled_disordered_or_altered_is_found() {
        let found = of_a(&numbers(&[1, 3, 3, 5, 7, 9]));
        assert_eq!((found.doubled, found.disordered, found.lost), (1, 0, 0));
        assert_eq!(found.first_fault, Some(2));
        assert_eq!(of_a(&numbers(&[1, 3, 5, 7, 9, 1])).doubled, 1);
        let found = of_a(&numbers(&[1, 5, 3, 7, 9]));
        assert_eq!((found.doubled, found.disordered), (0, 1));
        // Other bytes, another type, another feed, no such entry.
        let others = [
            Content::new("t", r#"{"feed":"a","text":"3 "}"#),
            Content::new("T", &data("a", 3)),
            Content::new("t", &data("b", 3)),
        ];
        for other in others {
            let mut records = numbers(&[1, 3, 5, 7, 9]);
            records[1] = Record::Event((3, 0), other);
            assert_eq!(of_a(&records).altered, 1);
        }
        let records = [&numbers(&[1, 3, 5])[..], &[event("b", 6)], &numbers(&[7, 9])].concat();
        assert_eq!(of_a(&records).altered, 1);
        let records = [&numbers(&[1, 3, 5, 7, 9])[..], &[event("a", 11)]].concat();
        assert_eq!(of_a(&records).altered, 1);
    }

    #[test]
    fn what_the_store_forgot_is_known_from_answers_and_from_clients() {
        let mut truth = truth();
        truth.answered((11, 0), "a", "eleven");
        assert_eq!(check(&truth, "a", &numbers(&[9]), (11, 0)).lost, 1);
        let one = [event("a", 9), event("a", 11), event("a", 13)];
        assert_eq!(truth.complete(&one), 1);
        assert_eq!(check(&truth, "a", &one, (13, 0)), Tally { events: 3, ..Tally::default() });
        // Another client has to receive the same.
        assert_eq!(check(&truth, "a", &one[..2], (13, 0)).lost, 1);
        let mut other = one;
        other[1] = Record::Event((11, 0), Content::new("t", r#"{"feed":"a"}"#));
        assert_eq!((truth.complete(&other), check(&truth, "a", &other, (13, 0)).altered), (0, 1));
    }

    #[test]
    fn a_post_that_became_two_entries_is_found() {
        let mut truth = truth();
        truth.answered((3, 0), "a", "3");
        assert_eq!(truth.posted_twice(), 0);
        truth.stored((12, 0), "t", &data("a", 3));
        assert_eq!(truth.posted_twice(), 1);
        truth.uncertain("3");
        assert_eq!(truth.posted_twice(), 0);
    }
}
