//! What holds for the crate as a whole.

mod architecture;
mod equality;
mod shown;
mod stress;
