//! The source under a [`ChunkDecoder`](crate::ChunkDecoder), which owns the chunk of the current body.

use super::{EventSource, Phase, StreamDecoder};
use crate::decoder::machine::{sealed, Welcome};
use crate::decoder::Refusal;
use crate::source::OutOfTurn;
use crate::Decoder;

impl<D: StreamDecoder + sealed::Decode> sealed::Decode for EventSource<D> {
    type Buffer = D::Buffer;

    #[inline(always)]
    fn decoder(&self) -> &Decoder<D::Buffer> {
        self.decoder.decoder()
    }

    #[inline(always)]
    fn decoder_mut(&mut self) -> &mut Decoder<D::Buffer> {
        self.decoder.decoder_mut()
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
