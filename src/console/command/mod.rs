//! The one registry of commands. Palette, help, footer, which-key and the README's table come from it; what a command
//! does is in `update`.

mod administering;
mod answering;
pub mod argument;
pub(in crate::console) mod conversing;
mod enabled;
mod id;
pub(in crate::console) mod plan;
mod registry;
mod rows;
mod search;
pub(in crate::console) mod target;
mod travelling;

pub use enabled::enabled;
pub(in crate::console) use enabled::{
    edited_outside, enabled_to_send, sha, undo_entry, undo_event,
};
pub use id::CommandId;
pub use registry::{COMMANDS, Class, Command};
pub(in crate::console) use rows::{can_link, still_saving};
pub use search::search;

use super::keymap::{Context, Keymap};
use super::model::Model;

impl CommandId {
    /// Its entry of the registry.
    pub fn entry(self) -> &'static Command {
        COMMANDS
            .iter()
            .find(|command| command.id == self)
            .expect("every id has an entry: tested")
    }
}

/// The commands that the footer offers now, most useful first: those of the nearest context, then the ones that help on.
pub fn offered(model: &Model) -> Vec<CommandId> {
    use CommandId as C;
    let near: &[C] = match Context::stack(model).first() {
        Some(Context::Sources) if model.ui.pages.len() > 1 => &[
            C::SourceEdit,
            C::SourceToggle,
            C::Bind,
            C::WhyStuck,
            C::CatchUp,
            C::GoRuns,
            C::GoEventsOfRow,
        ],
        Some(Context::Sources) => &[
            C::Link,
            C::SourceToggle,
            C::WhyStuck,
            C::Conflicts,
            C::Filter,
            C::Mark,
        ],
        Some(Context::Bindings) => &[
            C::BindingToggle,
            C::BindingEdit,
            C::Bind,
            C::Unbind,
            C::WhyStuck,
            C::PaneUnpin,
        ],
        Some(Context::Cursors) => &[C::WhyStuck, C::CatchUp, C::SortLag, C::PaneUnpin],
        Some(Context::Runs) => &[C::Open, C::RunRetry, C::RunAgain, C::PaneUnpin, C::Filter],
        Some(Context::Run) => &[
            C::Next,
            C::LogFollow,
            C::LogLevel,
            C::Filter,
            C::Wrap,
            C::RunRetry,
            C::RunCancel,
        ],
        Some(Context::Inspect) => &[C::Next, C::Remedy1, C::Open, C::Back],
        Some(Context::Deliveries) => &[C::Open, C::PreviewEvent, C::Redeliver, C::Filter, C::Back],
        Some(Context::Integrations) => &[
            C::Open,
            C::IntegrationNew,
            C::IntegrationCheck,
            C::IntegrationEdit,
            C::CredentialSet,
            C::Filter,
            C::Back,
        ],
        Some(Context::Tokens) => &[C::Open, C::TokenNew, C::TokenRevoke, C::Filter, C::Back],
        Some(Context::Profiles) => &[C::ProfileNew, C::ProfileEdit, C::ProfileRemove],
        Some(Context::Thread) => &[
            C::Instruct,
            C::Next,
            C::Open,
            C::DiffWhole,
            C::DiffLayout,
            C::RuntimeMode,
            C::Back,
        ],
        Some(Context::Diff) => &[
            C::Instruct,
            C::Next,
            C::DiffWhole,
            C::DiffLayout,
            C::Wrap,
            C::Back,
        ],
        Some(Context::Approval) => &[
            C::ApproveOnce,
            C::ApproveSession,
            C::Decline,
            C::Next,
            C::DiffLayout,
        ],
        Some(Context::Xray) => &[
            C::Open,
            C::ColumnRight,
            C::ColumnLeft,
            C::Next,
            C::WhyStuck,
            C::GoSource,
            C::Filter,
            C::Back,
        ],
        Some(Context::Pulse) => &[C::Open, C::Next, C::Previous, C::Refresh, C::Back],
        Some(Context::Events) => &[C::Open, C::Undo, C::CopyLink, C::Filter, C::Back],
        _ => &[C::Filter, C::Back],
    };
    let mut offered = near.to_vec();
    offered.extend([C::Palette, C::Help]);
    offered
}

/// The README's table of commands: id, key, class, role, what it does.
pub fn table(keymap: &Keymap) -> String {
    use std::fmt::Write as _;
    let mut text = String::from(tr!(
        "| command | key | class | role | what it does |\n|---|---|---|---|---|\n"
    ));
    for command in COMMANDS {
        let keys: Vec<String> = keymap
            .all_keys_of(command.id)
            .iter()
            .map(|keys| format!("`{}`", keys.replace('|', "\\|")))
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            command.id.as_str(),
            keys.join(" "),
            command.class.as_str(),
            command.role,
            command.help
        );
    }
    text
}

#[cfg(test)]
mod tests;
