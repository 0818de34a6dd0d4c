//! A bounded ring of encoded frames that answers what came after an id, or after a position.
//!
//! - **(A)** Every push takes a number, also when the frame is not kept; `next` is the number to come.
//!   The ring holds the frames of the numbers `next - frames.len()..next`, without a hole.
//! - **(B)** The index holds the ids of the frames in the ring, and the id of the frame just before the
//!   ring (`before`): the answer to that one is whole as well. Nothing else, so it is as bounded as the
//!   ring. An id that is in the index is *known*.
//! - **(C)** A client with an id may have seen as little as the first frame with that id. So the answer
//!   begins behind the first frame since the id is known, or is a gap if that is not whole.

use alloc::collections::vec_deque::Iter;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use core::fmt;
use core::iter::FusedIterator;

use bytes::Bytes;

/// The latest frames of a stream, to answer a client that connects again: what came after the last
/// event ID that it sends (WHATWG HTML, 9.2.3 "Processing model" and 9.2.4 "The `Last-Event-ID`
/// header").
///
/// A ring bounded by the number of frames and by their bytes. Asked for what came after an id, it
/// gives the frames, or a [`Gap`] when the id is not known: too old, or never sent. So a server can
/// tell its client what it cannot make good, instead of losing it silently.
///
/// A frame is what [`Message::to_bytes`](crate::Message::to_bytes) makes, with any number of events in
/// it; its id is that of its last event. Frames are shared: the ring, its answers and all who send
/// them hold the same memory.
///
/// Events come at least once, and give every event an id of its own if once is what matters:
///
/// - Ids may be absent. An event without an id leaves the client with the id before it, so it is sent
///   once more to a client that had it.
/// - Ids may repeat, say where a message is several frames. A client with that id may have seen the
///   first of them alone, so it gets all behind the first. The ring knows an id as long as one of its
///   frames is kept, or is the one just before the oldest; one that comes again after that is a new id.
///
/// There is no lock in it and no channel. A subscriber can also read from the ring by
/// [`Position`]: then nobody needs a queue of its own, and one that is too slow gets a [`Gap`].
///
/// Time: a push O(log n), finding an id O(log n), finding a position O(1). Memory: besides the bytes
/// that are bounded, less than two hundred for each frame that the ring may hold.
///
/// ```
/// use sse_wire::server::Replay;
/// use sse_wire::Message;
///
/// let mut replay = Replay::new(1000, 1 << 20);
/// for (id, data) in [("1", "one"), ("2", "two"), ("3", "three")] {
///     replay.push(Some(id), Message::new(data).id(id)?.to_bytes())?;
/// }
///
/// // A client connects with `Last-Event-ID: 1`.
/// let frames = replay.after("1")?;
/// assert_eq!(frames.len(), 2);
/// assert_eq!(frames.flatten().copied().collect::<Vec<_>>(), b"id: 2\ndata: two\n\nid: 3\ndata: three\n\n");
///
/// // Another has seen all there is, a third one comes from long ago.
/// assert_eq!(replay.after("3")?.len(), 0);
/// assert!(replay.after("0").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Under a lock, clone the frames and let go: the clones share the memory.
///
/// ```
/// use std::sync::Mutex;
/// use sse_wire::server::Replay;
///
/// let replay = Mutex::new(Replay::new(100, 1 << 16));
/// let backlog: Vec<_> = match replay.lock().unwrap().after("7") {
///     Ok(frames) => frames.cloned().collect(),
///     Err(_gap) => Vec::new(), // tell the client
/// };
/// # assert!(backlog.is_empty());
/// ```
#[derive(Clone)]
pub struct Replay {
    max_frames: usize,
    max_bytes: usize,
    frames: VecDeque<Entry>,
    /// Of the frames and their ids.
    bytes: u64,
    /// The number of the next frame.
    next: u64,
    index: BTreeMap<Arc<str>, Known>,
    /// The id of the frame just before the ring, if it had one.
    before: Option<Arc<str>>,
}

#[derive(Clone)]
struct Entry {
    id: Option<Arc<str>>,
    frame: Bytes,
}

/// The numbers of the first and the latest frame with an id, since the id is known.
#[derive(Clone, Copy)]
struct Known {
    first: u64,
    latest: u64,
}

impl Entry {
    /// What counts towards the bound on bytes.
    fn cost(&self) -> u64 {
        let id = self.id.as_deref().map_or(0, str::len);
        self.frame.len() as u64 + id as u64
    }
}

impl Replay {
    /// Makes an empty ring that keeps at most `max_frames` frames, of at most `max_bytes` bytes. Allocates
    /// nothing yet.
    ///
    /// Bytes are those of the frames and of their ids. A frame that is a slice of something larger
    /// counts as itself, yet keeps all of that alive.
    ///
    /// ```
    /// use sse_wire::server::Replay;
    ///
    /// let replay = Replay::new(1000, 1 << 20);
    /// assert_eq!((replay.len(), replay.bytes()), (0, 0));
    /// ```
    #[must_use]
    pub const fn new(max_frames: usize, max_bytes: usize) -> Self {
        Self {
            max_frames,
            max_bytes,
            frames: VecDeque::new(),
            bytes: 0,
            next: 0,
            index: BTreeMap::new(),
            before: None,
        }
    }

    /// Adds the newest frame, and drops the oldest ones until the bounds hold. O(log n) for each.
    ///
    /// # Errors
    ///
    /// [`FrameTooLarge`] if the frame and its id exceed the bound on bytes by themselves. Such a frame
    /// takes its place in the stream and is dropped at once, and with it all before it: what came after
    /// any older id or position is now a [`Gap`], after its own id it is nothing (unless an earlier
    /// frame had it, or the id alone exceeds the bound and is not kept). Connected clients can still be sent the frame.
    ///
    /// ```
    /// use sse_wire::server::Replay;
    /// use sse_wire::Message;
    ///
    /// let mut replay = Replay::new(2, 40);
    /// for id in ["1", "2", "3"] {
    ///     replay.push(Some(id), Message::new("x").id(id)?.to_bytes())?;
    /// }
    /// assert_eq!(replay.len(), 2);
    ///
    /// let large = Message::new("more than all others together").id("4")?.to_bytes();
    /// assert!(replay.push(Some("4"), large).is_err());
    /// assert!(replay.after("3").is_err());
    /// assert_eq!(replay.after("4")?.len(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&mut self, id: Option<&str>, frame: Bytes) -> Result<(), FrameTooLarge> {
        let id = id.map(Arc::<str>::from);
        let number = self.next;
        let entry = Entry { id: id.clone(), frame };
        let bytes = entry.cost();
        if bytes > self.max_bytes as u64 {
            let first = id.as_ref().and_then(|id| self.index.get(id)).map(|known| known.first);
            self.clear();
            self.before = id.filter(|id| id.len() <= self.max_bytes);
            let known = Known { first: first.unwrap_or(number), latest: number };
            self.index.extend(self.before.clone().map(|id| (id, known)));
            return Err(FrameTooLarge { bytes, limit: self.max_bytes });
        }
        if let Some(id) = id {
            self.index.entry(id).or_insert(Known { first: number, latest: number }).latest = number;
        }
        self.next += 1;
        self.bytes += bytes;
        self.frames.push_back(entry);
        while self.frames.len() > self.max_frames || self.bytes > self.max_bytes as u64 {
            self.drop_oldest();
        }
        Ok(())
    }

    /// Gives the frames that came after the first one with this id, oldest first; none if that is
    /// the newest. O(log n).
    ///
    /// # Errors
    ///
    /// [`Gap`] if the id is not known, because it is too old or was never sent, or if something that
    /// came after its first frame is not kept any more.
    ///
    /// ```
    /// use sse_wire::server::Replay;
    /// use sse_wire::Message;
    ///
    /// let mut replay = Replay::new(1000, 1 << 20);
    /// replay.push(Some("1"), Message::new("x").id("1")?.to_bytes())?;
    /// assert_eq!(replay.after("1")?.len(), 0);
    /// assert!(replay.after("2").is_err());
    ///
    /// // A message in three frames: a client with its id may have seen the first alone.
    /// for part in ["a", "b", "c"] {
    ///     replay.push(Some("2"), Message::new(part).id("2")?.to_bytes())?;
    /// }
    /// assert_eq!(replay.after("2")?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn after(&self, id: &str) -> Result<Replayed<'_>, Gap> {
        let known = self.index.get(id).ok_or(Gap(()))?;
        self.since(Position(known.first + 1))
    }

    /// Gives the frames that came after this position, oldest first. O(1).
    ///
    /// # Errors
    ///
    /// [`Gap`] if some of them are not kept any more.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::server::Replay;
    ///
    /// let mut replay = Replay::new(2, 1 << 20);
    /// let mut position = replay.end(); // of a subscriber
    /// replay.push(None, Bytes::from_static(b"data: 1\n\n"))?;
    /// replay.push(None, Bytes::from_static(b"data: 2\n\n"))?;
    ///
    /// let mut frames = replay.since(position)?;
    /// assert_eq!(frames.next().unwrap(), "data: 1\n\n");
    /// position = frames.position(); // it goes on from here when its client has taken that
    ///
    /// replay.push(None, Bytes::from_static(b"data: 3\n\n"))?;
    /// replay.push(None, Bytes::from_static(b"data: 4\n\n"))?;
    /// assert!(replay.since(position).is_err()); // it was too slow
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn since(&self, position: Position) -> Result<Replayed<'_>, Gap> {
        let skipped = position.0.checked_sub(self.first()).ok_or(Gap(()))?;
        let skipped = usize::try_from(skipped).map_err(|_| Gap(()))?;
        if skipped > self.frames.len() {
            return Err(Gap(()));
        }
        Ok(Replayed { next: position.0, entries: self.frames.range(skipped..) })
    }

    /// Gives all frames that are kept, oldest first, for a client that comes without an id.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::server::Replay;
    ///
    /// let mut replay = Replay::new(1000, 1 << 20);
    /// replay.push(None, Bytes::from_static(b"data: 1\n\n"))?;
    /// assert_eq!(replay.frames().next().unwrap(), "data: 1\n\n");
    /// # Ok::<(), sse_wire::server::FrameTooLarge>(())
    /// ```
    pub fn frames(&self) -> Replayed<'_> {
        Replayed { next: self.first(), entries: self.frames.iter() }
    }

    /// Gives the position behind the newest frame: where a subscriber begins that wants what comes
    /// from now on.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::server::Replay;
    ///
    /// let mut replay = Replay::new(1000, 1 << 20);
    /// let before = replay.end();
    /// replay.push(None, Bytes::from_static(b"data: 1\n\n"))?;
    /// assert!(before < replay.end());
    /// # Ok::<(), sse_wire::server::FrameTooLarge>(())
    /// ```
    #[must_use]
    pub const fn end(&self) -> Position {
        Position(self.next)
    }

    /// Gives the id of the frame just before this position: the last event ID of a client that is
    /// there. O(1).
    ///
    /// A server sends it first to a client that begins here, so that the client can resume before it
    /// has seen an event. If earlier frames had that id too, [`after`](Self::after) answers from the
    /// first of them.
    ///
    /// `None` if that frame had no id, if there was no frame, or if the position is older than the
    /// oldest frame.
    ///
    /// ```
    /// use sse_wire::server::Replay;
    /// use sse_wire::Message;
    ///
    /// let mut replay = Replay::new(1000, 1 << 20);
    /// replay.push(Some("1"), Message::new("x").id("1")?.to_bytes())?;
    /// replay.push(Some("2"), Message::new("x").id("2")?.to_bytes())?;
    ///
    /// // A client that wants what comes from now on.
    /// assert_eq!(replay.id_before(replay.end()), Some("2"));
    /// // One that begins with the newest event.
    /// let position = replay.after("1")?.position();
    /// assert_eq!(replay.id_before(position), Some("1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id_before(&self, position: Position) -> Option<&str> {
        let skipped = usize::try_from(position.0.checked_sub(self.first())?).ok()?;
        match skipped.checked_sub(1) {
            Some(frame) => self.frames.get(frame)?.id.as_deref(),
            None => self.before.as_deref(),
        }
    }

    /// Drops all frames and forgets all ids: what came after any of them is a [`Gap`] from now on.
    ///
    /// For a server that has itself missed a part of the stream.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::server::Replay;
    ///
    /// let mut replay = Replay::new(1000, 1 << 20);
    /// replay.push(Some("1"), Bytes::from_static(b"id: 1\ndata: x\n\n"))?;
    /// replay.clear();
    /// assert!(replay.after("1").is_err());
    /// # Ok::<(), sse_wire::server::FrameTooLarge>(())
    /// ```
    pub fn clear(&mut self) {
        // As if a frame without an id had come and gone.
        self.next += 1;
        self.frames.clear();
        self.bytes = 0;
        self.index.clear();
        self.before = None;
    }

    /// The number of frames that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether no frame is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The bytes of the frames that are kept, and of their ids: what the bound is about.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number of the oldest frame in the ring; that of the next one if there is none.
    fn first(&self) -> u64 {
        self.next - self.frames.len() as u64
    }

    /// Drops the oldest frame and remembers its id as the one before the ring.
    fn drop_oldest(&mut self) {
        let number = self.first();
        let Some(entry) = self.frames.pop_front() else { return };
        self.bytes -= entry.cost();
        if let Some(id) = self.before.take() {
            // Unless it came again in the ring.
            if self.index.get(&id).is_some_and(|known| known.latest < number) {
                self.index.remove(&id);
            }
        }
        self.before = entry.id;
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("frames", &self.frames.len())
            .field("max_frames", &self.max_frames)
            .field("bytes", &self.bytes)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// A place between two frames of a [`Replay`]: where a subscriber is.
///
/// From [`Replay::end`] and [`Replayed::position`]; it means something only to the ring it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

/// The frames of an answer of [`Replay`], oldest first.
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::server::Replay;
///
/// let mut replay = Replay::new(1000, 1 << 20);
/// replay.push(None, Bytes::from_static(b"data: 1\n\n"))?;
/// let owned: Vec<Bytes> = replay.frames().cloned().collect(); // shares the memory
/// assert_eq!(owned, ["data: 1\n\n"]);
/// # Ok::<(), sse_wire::server::FrameTooLarge>(())
/// ```
#[derive(Clone)]
#[must_use = "iterators do nothing unless they are asked for items"]
pub struct Replayed<'a> {
    /// The number of the frame to come.
    next: u64,
    entries: Iter<'a, Entry>,
}

impl Replayed<'_> {
    /// The position behind the frames handed out so far.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::server::Replay;
    ///
    /// let mut replay = Replay::new(1000, 1 << 20);
    /// replay.push(None, Bytes::from_static(b"data: 1\n\n"))?;
    /// let mut frames = replay.frames();
    /// assert!(frames.position() < replay.end());
    /// frames.next();
    /// assert_eq!(frames.position(), replay.end());
    /// # Ok::<(), sse_wire::server::FrameTooLarge>(())
    /// ```
    #[must_use]
    pub const fn position(&self) -> Position {
        Position(self.next)
    }
}

impl<'a> Iterator for Replayed<'a> {
    type Item = &'a Bytes;

    fn next(&mut self) -> Option<&'a Bytes> {
        let entry = self.entries.next()?;
        self.next += 1;
        Some(&entry.frame)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Replayed<'_> {}

impl FusedIterator for Replayed<'_> {}

impl fmt::Debug for Replayed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replayed").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// What came after an id or a position is not kept, or not all of it.
///
/// ```
/// use sse_wire::server::Replay;
///
/// let gap = Replay::new(1000, 1 << 20).after("1").unwrap_err();
/// assert_eq!(gap.to_string(), "events since then are not kept any more");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a client that misses events should be told"]
pub struct Gap(());

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("events since then are not kept any more")
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Gap {}

/// A frame is larger than all that a [`Replay`] may keep.
///
/// ```
/// use bytes::Bytes;
/// use sse_wire::server::Replay;
///
/// let error = Replay::new(1000, 4).push(None, Bytes::from_static(b"data: 1\n\n")).unwrap_err();
/// assert_eq!((error.bytes(), error.limit()), (9, 4));
/// assert_eq!(error.to_string(), "a frame of 9 bytes is not kept where 4 may be");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameTooLarge {
    bytes: u64,
    limit: usize,
}

impl FrameTooLarge {
    /// The bytes of the frame and of its id.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The bytes that the ring may keep.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for FrameTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of {} bytes is not kept where {} may be", self.bytes, self.limit)
    }
}

#[cfg(feature = "std")]
impl std::error::Error for FrameTooLarge {}
