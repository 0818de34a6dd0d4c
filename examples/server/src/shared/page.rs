//! What one look into the shared stream gives, and whether something is missing before it.
//!
//! - **(A)** A look is one script: its entries and its account are of the same moment.
//! - **(B)** The store counts how many entries were ever added. So many of them as were added since the
//!   last look have to be there. It does not matter who adds, trims or deletes.
//! - **(C)** What was deleted behind the last entry that was read is missing, also where the page is full
//!   and its entries are not all that follow. A deletion that was told of once is not told of again.
//! - **(D)** A store that does not count (Redis before 7) is trusted only if nothing was trimmed behind
//!   the entry that was read last.

use redis::{FromRedisValue, ParsingError, Value};

/// The most entries of one look.
pub const PAGE: usize = 100;

/// Reads the entries behind an id, and the stream's own account, in one moment. A stream that is not
/// there is made, with an entry whose id the feeds begin with: so they begin alike on every server, and
/// each finds that the stream is a new one.
pub const LOOK: &str = "
    if redis.call('EXISTS', KEYS[1]) == 0 then
        redis.call('XADD', KEYS[1], '*', 'begin', '')
    end
    local info = redis.call('XINFO', 'STREAM', KEYS[1])
    local about = {}
    for i = 1, #info, 2 do about[info[i]] = info[i + 1] end
    local first = about['first-entry']
    local read = redis.call('XREAD', 'COUNT', ARGV[2], 'STREAMS', KEYS[1], ARGV[1])
    return {
        read and read[1][2] or {},
        about['length'],
        about['entries-added'] or false,
        first and first[1],
        about['last-generated-id'],
        about['max-deleted-entry-id'] or '0-0',
    }";

/// The id of an entry: milliseconds and a number among those of the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    milliseconds: u64,
    number: u64,
}

impl EntryId {
    const MAX: Self = Self { milliseconds: u64::MAX, number: u64::MAX };

    pub fn parse(id: &str) -> Option<Self> {
        let (milliseconds, number) = id.split_once('-')?;
        Some(Self { milliseconds: milliseconds.parse().ok()?, number: number.parse().ok()? })
    }

    /// The id just before this one: no entry is between them.
    fn before(self) -> Self {
        match self.number.checked_sub(1) {
            Some(number) => Self { number, ..self },
            None => Self { milliseconds: self.milliseconds.saturating_sub(1), number: u64::MAX },
        }
    }
}

impl std::fmt::Display for EntryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.number)
    }
}

/// How far the stream was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The newest entry that was read, or the id from which to read on.
    pub id: EntryId,
    /// How many entries were added up to there, if the store counts them: Redis does since version 7.
    added: Option<u64>,
    /// The newest entry that had been deleted by then.
    deleted: EntryId,
}

impl Place {
    /// This place for a server that nobody listens to yet: what is deleted before it reads on is no loss.
    pub fn unheard(self) -> Self {
        Self { added: None, deleted: EntryId::MAX, ..self }
    }
}

/// An entry, as the store has it.
#[derive(Debug)]
pub struct Entry {
    pub id: EntryId,
    /// Names and values by turns.
    fields: Vec<Value>,
}

impl Entry {
    /// The value of a field, if it is text.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.fields.chunks_exact(2);
        match pairs.find(|pair| bytes(&pair[0]) == Some(name.as_bytes()))? {
            [_, value] => std::str::from_utf8(bytes(value)?).ok(),
            _ => None,
        }
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

/// What one look gives.
#[derive(Debug)]
pub struct Page {
    /// The oldest entries behind the place that was asked for.
    pub entries: Vec<Entry>,
    /// How many entries the stream holds.
    length: u64,
    /// How many were ever added to it.
    added: Option<u64>,
    /// The oldest one that it holds.
    first: Option<EntryId>,
    /// The newest id that it gave to an entry.
    last: EntryId,
    /// The newest entry that was deleted, if any was; trimming is no deletion.
    deleted: EntryId,
}

impl Page {
    /// Whether there may be more behind it.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= PAGE
    }

    /// Whether ids went back since this place was read: another stream has its name now.
    pub fn is_of_another_stream(&self, read: &Place) -> bool {
        self.last < read.id
    }

    /// Whether the page has everything that was added behind the place, from there on.
    pub fn follows(&self, read: &Place) -> bool {
        if self.is_of_another_stream(read) || self.deleted > read.id.max(read.deleted) {
            return false;
        }
        let trimmed = self.first.map_or(self.last, EntryId::before) > read.id;
        let (Some(now), Some(then)) = (self.added, read.added) else { return !trimmed };
        // Of a full page it is not known how many follow, unless that is all there is.
        let there = match (self.is_full(), trimmed) {
            (false, _) => self.entries.len() as u64,
            (true, true) => self.length,
            (true, false) => return true,
        };
        now.checked_sub(then) == Some(there)
    }

    /// The id from which the page goes on.
    pub fn begin(&self) -> EntryId {
        self.entries.first().map_or(self.last, |entry| entry.id.before())
    }

    /// The place behind the page, which followed `read` or begins anew.
    pub fn end(&self, read: Option<&Place>) -> Place {
        let entries = self.entries.len() as u64;
        let added = match read {
            _ if !self.is_full() => self.added,
            Some(read) => read.added.map(|added| added + entries),
            // All that is gone was before the stream's first entry.
            None if self.first == self.entries.first().map(|entry| entry.id) => {
                self.added.map(|added| added.saturating_sub(self.length) + entries)
            }
            None => None,
        };
        let id = self.entries.last().map_or(self.last, |entry| entry.id);
        Place { id, added, deleted: self.deleted }
    }
}

impl FromRedisValue for EntryId {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let id = String::from_redis_value(value)?;
        Self::parse(&id).ok_or_else(|| "not the id of an entry".into())
    }
}

impl FromRedisValue for Entry {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let Value::Array(entry) = value else { return Err("not an entry".into()) };
        match <[Value; 2]>::try_from(entry) {
            Ok([id, Value::Array(fields)]) => {
                Ok(Self { id: EntryId::from_redis_value(id)?, fields })
            }
            _ => Err("not an entry".into()),
        }
    }
}

impl FromRedisValue for Page {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (entries, length, added, first, last, deleted) =
            FromRedisValue::from_redis_value(value)?;
        Ok(Self { entries, length, added, first, last, deleted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> EntryId {
        EntryId { milliseconds: 1000, number }
    }

    /// Looks behind `read` into a stream that was given the ids 1 to `last`, and has those of `there`.
    fn look(last: u64, there: impl IntoIterator<Item = u64>, read: &Place, counts: bool) -> Page {
        let ids: Vec<_> = there.into_iter().map(id).collect();
        let behind = ids.iter().filter(|id| **id > read.id).take(PAGE);
        Page {
            entries: behind.map(|id| Entry { id: *id, fields: Vec::new() }).collect(),
            length: ids.len() as u64,
            added: counts.then_some(last),
            first: ids.first().copied(),
            last: id(last),
            deleted: EntryId::default(),
        }
    }

    /// The place behind the entry with this number, of a stream that counts, and of which nothing was deleted.
    fn at(number: u64) -> Place {
        Place { id: id(number), added: Some(number), deleted: EntryId::default() }
    }

    #[test]
    fn each_hole_is_found_and_no_other() {
        for read in 0..8 {
            for last in read..8 {
                for first in 1..=last + 1 {
                    for counts in [true, false] {
                        let counted =
                            |place: Place| Place { added: place.added.filter(|_| counts), ..place };
                        let place = counted(at(read));
                        let page = look(last, first..=last, &place, counts);
                        assert_eq!(page.follows(&place), first <= read + 1, "{place:?} {page:?}");
                        // However it was found, the next look goes on from there.
                        let end = page.end(page.follows(&place).then_some(&place));
                        assert_eq!(end, counted(at(last)));
                        let page = look(last + 1, first..=last + 1, &end, counts);
                        assert!(page.follows(&end));
                    }
                }
            }
        }
    }

    #[test]
    fn holes_between_pages_are_found() {
        let page = PAGE as u64;
        let begin = at(0);
        let first = look(3 * page, 1..=3 * page, &begin, true);
        assert!(first.is_full() && first.follows(&begin));
        let place = first.end(Some(&begin));
        assert_eq!(place, at(page));
        for (oldest, follows) in [(page, true), (page + 1, true), (page + 2, false)] {
            let next = look(3 * page, oldest..=3 * page, &place, true);
            assert!(next.is_full());
            assert_eq!(next.follows(&place), follows, "{oldest}");
            let end = next.end(follows.then_some(&place));
            let read = end.id.number;
            assert_eq!(end.added, Some(read));
            assert!(look(3 * page, oldest..=3 * page, &end, true).follows(&end));
        }
    }

    /// Whatever was deleted of a stream with more than a page: it is told of if it was not read, and once.
    #[test]
    fn what_was_deleted_unread_is_missing() {
        let last = 2 * PAGE as u64 + 10;
        for read in [0, 1, 5, last] {
            for deleted in 1..=last {
                let there = || (1..=last).filter(|number| *number != deleted);
                let after = |place: &Place| Page {
                    deleted: id(deleted),
                    ..look(last, there(), place, true)
                };
                let (mut place, mut told) = (at(read), 0);
                loop {
                    let page = after(&place);
                    let follows = page.follows(&place);
                    told += usize::from(!follows);
                    place = page.end(follows.then_some(&place));
                    if !page.is_full() {
                        break;
                    }
                }
                assert_eq!(told, usize::from(deleted > read), "{deleted} behind {read}");
                assert_eq!((place.added, place.deleted), (Some(last), id(deleted)));
                // To a server that starts it is no loss, when it was deleted before or while it read.
                for begin in [1, deleted] {
                    let mut page = look(last, begin..=last, &Place::default(), true);
                    let mut place = page.end(None);
                    while page.is_full() {
                        place = place.unheard();
                        page = after(&place);
                        assert!(page.follows(&place), "{deleted}");
                        place = page.end(Some(&place));
                    }
                    assert_eq!(place.added, Some(last));
                }
            }
        }
    }

    #[test]
    fn a_stream_that_went_back_is_another_one() {
        let read = at(5);
        assert!(!look(4, 1..=4, &read, true).follows(&read));
        // Its ids are newer, and it was given fewer of them.
        let mut page = look(7, 6..=7, &read, true);
        assert!(page.follows(&read));
        page.added = Some(2);
        assert!(!page.follows(&read));
    }

    #[test]
    fn no_id_is_between_an_id_and_the_one_before_it() {
        assert_eq!(EntryId::parse("5-3").unwrap().before().to_string(), "5-2");
        assert_eq!(EntryId::parse("5-0").unwrap().before().to_string(), format!("4-{}", u64::MAX));
        assert_eq!(EntryId::parse("0-1").unwrap().before(), EntryId::default());
        for none in ["", "-", "1", "1-", "-1", "a-1", "1-1-1", "18446744073709551616-0"] {
            assert_eq!(EntryId::parse(none), None);
        }
    }
}
