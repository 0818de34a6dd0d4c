//! The accelerator held to the engine: what it finds is what lexer and interpreter make of the same bytes.

use super::{Engine, UsualLines};
use crate::grammar::{Lexer, Scan, Span, JOIN};
use crate::interpret::{Action, Join, Target};
use crate::region::Storage;

impl<B: Storage> Engine<B> {
    /// Compares usual lines, which may be a whole block, with what the engine makes of the bytes up to where the
    /// scan is.
    #[inline(never)]
    pub(super) fn compare(&self, chunk: &[u8], usual: &UsualLines, is_whole: bool) {
        let (mut lexer, mut scan) = (Lexer::at_start_of_line(), Scan::at(usual.lines.start));
        let (mut ledger, mut interpreter) = (self.record.ledger, self.record.interpreter);
        let data = self.memory.bytes(&usual.data(), chunk);
        let (mut read, mut event_type, mut id) = (0, Span::default(), Span::default());
        while scan.pos < usual.lines.end {
            let Some(piece) = lexer.next(chunk, &mut scan) else { break };
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
                action => debug_assert!(false, "no usual line: {action:?}"),
            }
        }
        debug_assert_eq!((event_type, id), (usual.event_type, usual.id));
        debug_assert_eq!((read, scan.pos), (data.len(), usual.lines.end));
        if is_whole {
            let blank = lexer.next(chunk, &mut scan);
            let action = blank.map(|blank| interpreter.step(&mut ledger, blank, chunk));
            debug_assert_eq!(action, Some(Action::Dispatch));
        }
        debug_assert_eq!(scan.pos, self.scan.pos);
    }
}
