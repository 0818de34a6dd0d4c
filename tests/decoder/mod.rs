//! The decoder: its rules, its fronts, its limits, however a stream is cut.

mod blocks;
mod bytes;
mod conformance;
mod cuts;
mod ends;
mod events;
mod exhaustive;
mod fields;
mod forgetting;
mod lockstep;
mod memory;
mod order;
mod owned;
mod reference_decoder;
mod reference_laws;
mod rules;
mod told;
mod usual;
