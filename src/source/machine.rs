//! The source under a [`ChunkDecoder`](crate::ChunkDecoder), which owns the chunk of the body at hand.

use super::{EventSource, Phase};
use crate::decoder::machine::{sealed, Welcome};
use crate::{Buffer, Decoder, OutOfTurn, Refusal};

impl<B: Buffer> sealed::Machine for EventSource<B> {
    type Buffer = B;

    #[inline(always)]
    fn decoder(&self) -> &Decoder<B> {
        &self.decoder
    }

    #[inline(always)]
    fn decoder_mut(&mut self) -> &mut Decoder<B> {
        &mut self.decoder
    }

    fn welcome(&self) -> Welcome {
        match self.phase() {
            Phase::Open => Welcome::Read,
            Phase::Stopped(_) => Welcome::Ignore,
            Phase::Connecting | Phase::Waiting(_) => {
                let error = OutOfTurn { call: "push", action: self.poll() };
                Welcome::Refuse(Refusal::OutOfTurn(error))
            }
        }
    }
}
