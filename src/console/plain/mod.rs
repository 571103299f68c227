//! The console in lines: no screen, no cursor, no drawing characters. One order a line in, sentences out, over the same model,
//! the same commands and the same refusals as the screen (console.md: Plain). Pure; `runtime::plain` reads and prints.

mod changes;
mod order;
mod talk;
#[cfg(test)]
mod tests;

pub use talk::Talk;
