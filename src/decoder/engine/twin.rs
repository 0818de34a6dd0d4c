//! The accelerator held to the engine: what it finds is what lexer and interpreter make of the same bytes.

use super::{Engine, WholeBlock};
use crate::decoder::region::sealed::Storage;
use crate::grammar::{Lexer, Scan, Span, JOIN};
use crate::interpret::{has, Action, Join, Target};

impl<B: Storage> Engine<B> {
    /// Compares a block that was found whole, up to where the scan is and with the lexer as it is behind it.
    #[inline(never)]
    pub(super) fn compare(&self, chunk: &[u8], whole: &WholeBlock) {
        let (mut lexer, mut scan) = (Lexer::at_start_of_line(), Scan::at(whole.lines.start));
        let (mut ledger, mut interpreter) = (self.record.ledger, self.record.interpreter);
        let data = self.memory.bytes(&whole.data.place(), chunk);
        let (mut read, mut event_type, mut id) = (0, Span::default(), Span::default());
        loop {
            let piece = lexer.next(chunk, &mut scan);
            let Some(piece) = piece else {
                debug_assert!(false, "the block ends in the chunk");
                return;
            };
            match interpreter.step(&mut ledger, piece, chunk) {
                Action::Put(Target::Data, join) => {
                    let joined = usize::from(join == Join::Yes);
                    debug_assert!(joined == 0 || data.get(read) == Some(&JOIN), "lines are joined");
                    read += joined;
                    let value = Span::new(read, read + piece.value.len());
                    debug_assert_eq!(value.of(data), piece.value.of(chunk), "data");
                    read = value.end;
                }
                Action::Put(Target::EventType, _) => event_type = piece.value,
                Action::Put(Target::Id, _) => id = piece.value,
                action => {
                    debug_assert_eq!(action, Action::Dispatch, "a block in the usual form");
                    break;
                }
            }
        }
        debug_assert_eq!((event_type, id), (whole.event_type, whole.id));
        debug_assert_eq!((read, scan.pos, lexer), (data.len(), self.scan.pos, self.record.lexer));
        debug_assert!(ledger.has(has::DATA) && ledger.unknown_lines() == 0);
    }
}
