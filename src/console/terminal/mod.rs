//! The terminal: entering it, drawing on it, reading keys from it, and leaving it as it was found.
//!
//! Nothing here knows what is drawn. `screen` is what the console holds; `guard` is the process-wide record of
//! what must be undone, however the process ends (console.md: terminal citizenship).

mod frame;
mod guard;
mod input;
mod modes;
mod screen;
mod signals;

pub use guard::restore;
pub use input::Input;
pub use screen::{Terminal, TerminalError};
pub use signals::{Signal, Signals};
