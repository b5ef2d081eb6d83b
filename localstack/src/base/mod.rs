//! What all commands stand on: what the person chose, the processes, PostgreSQL, Python, the state of a running cloud.

pub(crate) mod cargo;
pub(crate) mod config;
pub(crate) mod database;
pub(crate) mod http;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod progress;
pub(crate) mod python;
pub(crate) mod state;
pub(crate) mod template;
pub(crate) mod workspace;
