//! The one registry of commands: what each is called and what it risks. Palette, help, footer, which-key and the README's
//! table come from it; whether a command can run now is in `possible`, what it does in `update`.

mod id;
mod kinds;
mod nouns;
mod registry;

pub use id::CommandId;
pub use registry::{COMMANDS, Class, Command};

#[cfg(test)]
mod tests;
