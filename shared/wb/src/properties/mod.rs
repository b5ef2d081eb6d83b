//! What must hold for whatever Wildberries and strangers send. The tests try it on what they make up, the fuzz targets in
//! `shared/testkit/fuzz` on what they find.

pub mod answer;
#[cfg(test)]
mod damage;
pub mod refusal;
pub mod token;
