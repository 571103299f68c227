//! Nouns and rules: pure, no I/O, no async, no clock. What happened (`event`), what is (`row`), how the one becomes the
//! other (`fold`), and what may happen (deciders, one room per aggregate, answering to `view`).

pub mod attention;
pub mod call;
pub mod code;
pub mod coordinate;
pub mod delivery;
pub mod diagnosis;
pub mod document;
pub mod event;
pub mod finding;
pub mod fold;
pub mod id;
pub mod integration;
pub mod job;
pub mod jrn;
pub mod kind;
pub mod limits;
pub mod orchestration;
pub mod org;
pub mod row;
pub mod scalar;
pub mod source;
pub mod space;
pub mod text;
pub mod undo;
pub mod view;
