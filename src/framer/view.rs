//! What a block means: the actions of the interpretation, executed on spans of its frame.

use crate::grammar::{Piece, Span};
use crate::interpret::{Action, Target};

/// The values of a block, as spans of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// What has been read of the current value.
    value: Span,
    pub(super) event_type: Option<Span>,
    pub(super) id: Option<Span>,
    /// The values of the first and of the last data line.
    pub(super) data: Option<(Span, Span)>,
    pub(super) retry: Option<Retry>,
}

/// A reconnection time that a block sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    pub(super) milliseconds: u64,
    /// Where the value ends, which tells its line.
    pub(super) end: usize,
}

impl View {
    pub(super) const NOTHING: Self =
        Self { value: Span::new(0, 0), event_type: None, id: None, data: None, retry: None };

    /// Executes what the interpretation says of a piece; `base` takes the piece's positions to those
    /// of the frame, modulo 2^n.
    #[inline(always)]
    pub(super) fn execute(&mut self, piece: Piece, base: usize, action: Action) {
        let Span { start, end } = piece.value;
        let value = Span::new(start.wrapping_add(base), end.wrapping_add(base));
        match action {
            Action::Put(target, _) => {
                if piece.opens | self.value.is_empty() {
                    self.value = value;
                } else {
                    self.value.end = value.end;
                }
                if piece.closes {
                    self.put(target);
                }
            }
            Action::Retry(milliseconds) => {
                self.retry = Some(Retry { milliseconds, end: value.end });
            }
            _ => {}
        }
    }

    /// The value of a line is complete.
    #[inline(always)]
    fn put(&mut self, target: Target) {
        match target {
            Target::Data => {
                let first = self.data.map_or(self.value, |(first, _)| first);
                self.data = Some((first, self.value));
            }
            Target::EventType => self.event_type = Some(self.value),
            Target::Id => self.id = Some(self.value),
            Target::Comment => {}
        }
    }
}
