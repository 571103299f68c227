//! The demo world: it is built, it is the same every time, and what is broken in it is mended by what is offered.

mod world;
