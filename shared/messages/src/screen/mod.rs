//! The screens: a file for each.

pub(crate) mod analytics;
pub(crate) mod delete_my_data;
pub(crate) mod first_sync;
pub(crate) mod gate;
pub(crate) mod heading;
pub(crate) mod help;
pub(crate) mod invite;
pub(crate) mod kind_settings;
pub(crate) mod language;
pub(crate) mod list;
pub(crate) mod menu;
pub(crate) mod muted;
pub(crate) mod notifications;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod personal;
pub(crate) mod replace_token;
pub(crate) mod review_reply;
pub(crate) mod reviews;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod stocks;
pub(crate) mod token;
