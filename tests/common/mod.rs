//! What the tests share, and the fuzz targets with them: a model of the specification, generators, and the laws.

// Compiled into several crates by path: what one of them does not use, another does.
#![allow(dead_code, unreachable_pub)]

pub mod campaign;
pub mod generate;
pub mod laws;
pub mod model;
pub mod translate;
