//! What kinds of commands there are: what several of them have in common, whatever the model says.

use super::{COMMANDS, Class, Command, CommandId as C};

impl C {
    /// Its entry of the registry.
    pub fn entry(self) -> &'static Command {
        COMMANDS
            .iter()
            .find(|command| command.id == self)
            .expect("every id has an entry: tested")
    }

    /// Whether it answers a question of an agent.
    pub const fn is_answer(self) -> bool {
        matches!(self, C::ApproveOnce | C::ApproveSession | C::Decline)
    }

    /// Moves about in a list or between panes.
    pub const fn is_walking(self) -> bool {
        matches!(
            self,
            C::MoveUp
                | C::MoveDown
                | C::PageUp
                | C::PageDown
                | C::HalfUp
                | C::HalfDown
                | C::GoTop
                | C::GoBottom
                | C::ColumnLeft
                | C::ColumnRight
                | C::PaneNext
                | C::PanePrevious
                | C::Open
                | C::Back
        )
    }

    /// Which remedy it chooses, from 0.
    pub fn remedy(self) -> Option<usize> {
        [
            C::Remedy1,
            C::Remedy2,
            C::Remedy3,
            C::Remedy4,
            C::Remedy5,
            C::Remedy6,
            C::Remedy7,
            C::Remedy8,
            C::Remedy9,
        ]
        .iter()
        .position(|it| *it == self)
    }

    /// Whether it asks for the typed name.
    pub fn is_destructive(self) -> bool {
        self.entry().class == Class::Destructive
    }
}
