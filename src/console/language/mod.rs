//! The language that the console talks: English as it stands in the source, or what a translator's `.po` file says instead
//! (console.md: Other languages).
//!
//! The English text is the id, as gettext has it. `tr!` asks for the text of now, `tr_n!` for that of a number, and `text!`
//! marks one of a table that is asked for where it is drawn, with [`tr`]. Without a catalogue all of them cost what
//! `format!` costs.

/// The text of now: `tr!("Nothing to undo.")`, or with what is filled in by name, `tr!("{n} of {all}", n, all = list.len())`.
/// One English word with two meanings has a context: `tr!(in "verb", "open")`.
macro_rules! tr {
    (in $context:literal, $text:literal) => {
        $crate::console::language::tr_in($context, $text)
    };
    ($text:literal $(,)?) => {
        $crate::console::language::tr($text)
    };
    ($text:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        match $crate::console::language::found($text) {
            None => ::std::format!($text, $($name = tr!(@of $name $(= $value)?)),+),
            Some(text) => text.fill(&[
                $((::core::stringify!($name), &tr!(@of $name $(= $value)?) as &dyn ::core::fmt::Display)),+
            ]),
        }
    };
    (@of $name:ident) => { $name };
    (@of $name:ident = $value:expr) => { $value };
}

/// The text for a number, which is `{count}` in it: `tr_n!(spaces, "{count} space", "{count} spaces")`.
macro_rules! tr_n {
    ($count:expr, $one:literal, $many:literal $(,)?) => {
        $crate::console::language::number($count, $one, $many, &[])
    };
    ($count:expr, $one:literal, $many:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        $crate::console::language::number($count, $one, $many, &[
            $((::core::stringify!($name), &tr!(@of $name $(= $value)?) as &dyn ::core::fmt::Display)),+
        ])
    };
}

/// A text of a table: the template has it, and [`tr`] asks for it where it is drawn.
macro_rules! text {
    ($text:literal) => {
        $text
    };
}

mod catalogue;
mod digits;
mod languages;
mod plural;
mod po;
mod speak;

#[cfg(test)]
pub(in crate::console) mod pseudo;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod template;
#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, Coverage};
pub use digits::grouped;
pub use languages::{Choice, Languages, TEMPLATE, Unusable};
pub use po::Fault;
#[cfg(test)]
pub(in crate::console) use speak::speaking;
pub use speak::{Count, Filled, found, number, speak, tr, tr_in, vocabulary};
