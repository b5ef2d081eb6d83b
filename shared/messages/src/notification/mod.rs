//! The notifications: a file for each group of kinds, and what they share.

pub(crate) mod announcement;
pub(crate) mod block;
pub(crate) mod digest;
pub(crate) mod first_sync;
pub(crate) mod gap;
pub(crate) mod group;
pub(crate) mod late;
pub(crate) mod order;
pub(crate) mod people;
pub(crate) mod piece;
pub(crate) mod review;
pub(crate) mod stock;
pub(crate) mod token_care;
