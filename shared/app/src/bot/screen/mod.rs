//! The screens: a file for each, with what shows it and what its buttons do.
//!
//! If a screen has nothing to show to a person, it shows the menu: the button is old or forged.

pub(super) mod analytics;
pub(super) mod delete_my_data;
pub(super) mod details;
pub(super) mod digest;
pub(super) mod first_sync;
pub(super) mod group;
pub(super) mod help;
pub(super) mod invite;
pub(super) mod kind_settings;
pub(super) mod language;
mod list;
pub(super) mod menu;
pub(super) mod muted;
pub(super) mod notifications;
pub(super) mod orders;
pub(super) mod people;
pub(super) mod personal;
pub(super) mod replace_token;
pub(super) mod review_reply;
pub(super) mod reviews;
pub(super) mod search;
pub(super) mod settings;
pub(super) mod status;
pub(super) mod stocks;
pub(super) mod token;
pub(super) mod token_attempt;
