//! The guide: tasks, moving from other crates, limits, and how the standard is read. It is a part of the
//! documentation only, and its examples run with the tests.
//!
//! | you want | look at |
//! | --- | --- |
//! | a task done: a client, a server, a gateway, firmware | [`cookbook`] |
//! | to move from another crate | [`coming_from`] |
//! | to know what differs from other crates | [`comparison`] |
//! | to put your own parser or writer on this one | [`recipes`](crate::recipes) |
//! | to know which feature you need | [`features`] |
//! | to choose a limit | [`limits`] |
//! | to know how the standard is read | [`standard`] |
//! | to know what is proved, and what is tested | [`proof`] |
//! | to know why it is made so | [`design`] |

#[doc = include_str!("cookbook.md")]
pub mod cookbook {}

#[doc = include_str!("coming_from.md")]
pub mod coming_from {}

#[doc = include_str!("comparison.md")]
pub mod comparison {}

#[doc = include_str!("features.md")]
pub mod features {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("standard.md")]
pub mod standard {}

#[doc = include_str!("proof.md")]
pub mod proof {}

#[doc = include_str!("design.md")]
pub mod design {}
