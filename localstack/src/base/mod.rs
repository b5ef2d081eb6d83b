//! What all commands stand on: what the person chose, the processes, PostgreSQL, Python, the state of a running cloud.

pub mod cargo;
pub mod config;
pub mod database;
pub mod http;
pub mod postgres;
pub mod process;
pub mod progress;
pub mod python;
pub mod state;
pub mod template;
pub mod workspace;
