//! Attention rules × changed files → impacted documents, and the strict checks (sources.md §3, §6).
//!
//! Everything here is a function of its arguments: no file system, no git, no server.

pub mod extract;
pub mod frontmatter;
pub mod glob;
pub mod index;
pub mod path;
pub mod report;
pub mod strict;
mod yaml;
