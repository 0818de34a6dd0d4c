//! What a decoder remembers.

use core::time::Duration;

use super::region::{Buffer, Layout, Place, Region};
use crate::grammar::{Lexer, Line};
use crate::interpret::Interpreter;
use crate::{Dropped, Subject};

/// What a decoder knows between two chunks.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) lexer: Lexer,
    pub(super) interpreter: Interpreter,
    pub(super) layout: Layout,
    /// The values of the block; `Chunk` only while a cursor stands in that chunk.
    pub(super) data: Place,
    pub(super) event_type: Place,
    pub(super) id: Place,
    /// The last event ID string.
    pub(super) last_event_id: Place,
    /// The stream offset of the next byte; in a cursor, that of the chunk's first byte.
    pub(super) offset: u64,
    /// Where the block or the line that is not finished began.
    pub(super) pending_since: u64,
    pub(super) events: u64,
    pub(super) dropped: u64,
    pub(super) reconnection_time: Option<u64>,
    /// How many events in a row used less than a quarter of the memory.
    pub(super) calm: u8,
    pub(super) stopped: bool,
    /// What was pending is gone: a cursor was forgotten after it reused the memory.
    pub(super) leaked: Option<Subject>,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            lexer: Lexer::new(),
            interpreter: Interpreter::new(0),
            layout: Layout::EMPTY,
            data: Place::EMPTY,
            event_type: Place::EMPTY,
            id: Place::EMPTY,
            last_event_id: Place::EMPTY,
            offset: 0,
            pending_since: 0,
            events: 0,
            dropped: 0,
            reconnection_time: None,
            calm: 0,
            stopped: false,
            leaked: None,
        }
    }

    /// At the start of a stream, the last event ID and the reconnection time kept.
    pub(super) fn restarted(&self) -> Self {
        let mut state = Self::new();
        state.interpreter = Interpreter::new(self.last_event_id.len());
        state.last_event_id = self.last_event_id;
        state.layout.back = self.layout.back;
        state.reconnection_time = self.reconnection_time;
        state
    }

    /// Saves the state. Between two blocks there is little to remember, and it is written field by
    /// field: what was written just before is read fast only in the pieces that it was written in.
    ///
    /// Says whether it stands between two blocks.
    #[inline(always)]
    pub(super) fn save(&self, saved: &mut Saved) -> bool {
        let last_event_id = || self.last_event_id.len();
        let is_idle = || {
            let Layout { floor, front, tail, back } = self.layout;
            let is_free = (floor + front + tail == 0) & (back == last_event_id());
            is_free & !self.stopped & self.leaked.is_none()
        };
        if !self.at_boundary() || !is_idle() {
            self.save_whole(saved);
            return false;
        }
        *saved = Saved::Boundary(Boundary {
            lexer: self.lexer,
            last_event_id: last_event_id(),
            events: self.events,
            dropped: self.dropped,
            comments: self.interpreter.comments,
            reconnection_time: self.reconnection_time,
            seen: self.interpreter.seen(),
            calm: self.calm,
        });
        true
    }

    #[inline(never)] // It takes all registers.
    fn save_whole(&self, saved: &mut Saved) {
        *saved = Saved::Whole(*self);
    }

    /// The stream offset of a position of the chunk at hand.
    #[inline(always)]
    pub(super) fn offset_of(&self, pos: usize) -> u64 {
        self.offset + pos as u64
    }

    /// Whether the last byte ended a line and no field line came since the last blank line.
    pub(super) fn at_boundary(&self) -> bool {
        !self.interpreter.is_open() && self.lexer.at_line_start()
    }

    /// The reconnection time that was set last.
    pub(super) fn retry(&self) -> Duration {
        Duration::from_millis(self.reconnection_time.unwrap_or_default())
    }

    /// Makes the region ready for a chunk: between two blocks the back is packed.
    #[inline]
    pub(super) fn tidy<B: Buffer>(&mut self, region: &mut Region<B>) {
        if !self.interpreter.is_open() && self.layout.back != self.last_event_id.len() {
            self.pack(region);
        }
    }

    /// Forgets where the type and the ID of an earlier block were.
    #[inline]
    pub(super) fn forget_others(&mut self) {
        if !self.interpreter.has_type() {
            self.event_type = Place::EMPTY;
        }
        if !self.interpreter.has_id() {
            self.id = Place::EMPTY;
        }
    }

    pub(super) fn drop_block(&mut self) {
        self.interpreter.drop_block(self.last_event_id.len());
    }

    /// The memory of the pending block, and of a comment in progress, is taken by the cursor whose
    /// state is `cursor`.
    fn lose_block(&mut self, cursor: &Self) {
        let before = self.last_event_id.len();
        let has_data = self.interpreter.has_data();
        let has_type = self.interpreter.has_type();
        let has_id = self.interpreter.has_id();
        let charged = self.interpreter.used() > before;
        let in_comment = self.layout.tail > 0 && self.lexer.open_line() == Line::Comment;
        self.last_event_id = cursor.last_event_id;
        self.layout = Layout { floor: 0, front: 0, tail: 0, back: cursor.layout.back };
        self.interpreter.recharge(before, self.last_event_id.len());
        if in_comment {
            self.leaked = self.leaked.or(Some(Subject::Comment));
            self.interpreter.drop_comment();
        }
        if has_data | has_type | has_id | charged {
            self.leaked = Some(Subject::Event);
            self.drop_block();
        }
    }

    /// Packs the back of the region so that it holds the values of the block and the last event
    /// ID, and nothing else.
    pub(super) fn pack<B: Buffer>(&mut self, region: &mut Region<B>) {
        self.pack_beside(region, &mut { Place::EMPTY });
    }

    /// The same; what is `beside` stays as well.
    pub(super) fn pack_beside<B: Buffer>(&mut self, region: &mut Region<B>, beside: &mut Place) {
        self.forget_others();
        let live = [&mut self.last_event_id, &mut self.event_type, &mut self.id, beside];
        region.pack(&mut self.layout, live);
    }

    /// Frees what of the region the block has no part in, as far as nothing has to be moved for it;
    /// says whether more could be freed. To be called when the [others](Self::forget_others) are
    /// forgotten.
    #[inline(always)]
    pub(super) fn sweep(&mut self) -> bool {
        let is_stored = |place| !matches!(place, Place::Chunk(_));
        let has_data = self.interpreter.has_data() & is_stored(self.data);
        if !has_data & (self.layout.tail == 0) {
            (self.layout.floor, self.layout.front) = (0, 0);
        }
        let live = |place| if let Place::Back { len, .. } = place { len } else { 0 };
        let mut back = live(self.last_event_id);
        if is_stored(self.event_type) | is_stored(self.id) {
            let id = if self.id == self.last_event_id { 0 } else { live(self.id) };
            back += live(self.event_type) + id;
        } else {
            self.layout.back = self.last_event_id.depth();
        }
        (self.layout.floor > 0) | (self.layout.back != back)
    }
}

/// What the state was when the last chunk was fed, for the case that its cursor is forgotten.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant)] // The small one is there to be written fast.
pub(super) enum Saved {
    Boundary(Boundary),
    Whole(State),
}

/// A state between two blocks, when nothing is in the memory but the last event ID.
///
/// The order is not that of [`State`]: neighbours in both would be copied together, which has to wait
/// for what was written just before.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Boundary {
    events: u64,
    /// The length of the last event ID.
    last_event_id: usize,
    dropped: u64,
    comments: u64,
    reconnection_time: Option<u64>,
    lexer: Lexer,
    seen: u8,
    calm: u8,
}

impl Saved {
    /// The state that was saved; `now` is what became of it, of which the offset is the same until
    /// the cursor ends.
    pub(super) fn state(&self, now: &State) -> State {
        let saved = match self {
            Self::Whole(state) => return *state,
            Self::Boundary(boundary) => boundary,
        };
        let mut state = State::new();
        state.lexer = saved.lexer;
        state.interpreter = Interpreter::new(saved.last_event_id);
        state.interpreter.comments = saved.comments;
        state.interpreter.see(saved.seen);
        state.layout.back = saved.last_event_id;
        state.last_event_id = Place::last(saved.last_event_id);
        state.offset = now.offset;
        state.events = saved.events;
        state.dropped = saved.dropped;
        state.reconnection_time = saved.reconnection_time;
        state.calm = saved.calm;
        state
    }

    /// The grammar where the chunk begins.
    pub(super) fn lexer(&self) -> Lexer {
        match self {
            Self::Whole(state) => state.lexer,
            Self::Boundary(boundary) => boundary.lexer,
        }
    }

    /// What of the memory was in use.
    pub(super) fn layout(&self) -> Layout {
        match self {
            Self::Whole(state) => state.layout,
            Self::Boundary(boundary) => Layout { back: boundary.last_event_id, ..Layout::EMPTY },
        }
    }

    /// The memory of the pending block, and of a comment in progress, is taken by the cursor whose
    /// state is `cursor`.
    pub(super) fn lose_block(&mut self, cursor: &State) {
        let mut state = self.state(cursor);
        state.lose_block(cursor);
        *self = Self::Whole(state);
    }
}

/// What was found last that the state does not tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) comment: Place,
    pub(super) dropped: Dropped,
}

impl Found {
    pub(crate) const NOTHING: Self = Self { comment: Place::EMPTY, dropped: Dropped::NOTHING };
}
