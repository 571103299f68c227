//! The terminal is taken, used and given back as people expect; and the harness that all such tests stand on works.

mod harness;
mod probe;
mod screen;
