//! What lies over the page: palette, help, pickers, forms, what is written to an agent, the danger popup, sign-in.

use crate::api::{Call, DryRun, IntegrationId, RuntimeMode, SourceId, SpaceId, ThreadId};
use crate::console::command::CommandId;

use super::admin::SecretShown;
use super::bulk::{Act, Outcome};
use super::chooser::ColumnPicker;
use super::export::{DumpPicker, ExportForm};
use super::field::TextField;
use super::form::{Form, FormStep};
use super::load::Load;
use super::profiles::{ProfilePicker, SignOut};
use super::views::ViewList;
use super::writing::Writing;
use crate::console::ids::RowKey;

/// A popup; the last of the stack has the focus. The list of a popup is [`super::ListId::Popup`].
#[derive(Clone, Debug, PartialEq)]
pub enum Popup {
    /// `:`.
    Palette(CommandList),
    /// `?`.
    Help(CommandList),
    /// `l`.
    Link(Box<LinkWizard>),
    /// `b`.
    Bind(BindPicker),
    /// `i`, `+`.
    Form(Box<Form>),
    /// `i` on the page of a thread.
    Writing(Box<Writing>),
    /// `M`.
    Mode(ModePicker),
    /// `C`.
    Columns(ColumnPicker),
    /// `yx`.
    Export(Box<ExportForm>),
    /// `S`.
    Dump(DumpPicker),
    /// `gv`.
    Views(Box<ViewList>),
    /// What came of a command on many rows, by its group.
    Bulk(u64),
    /// `!…`.
    Danger(Box<Danger>),
    /// A secret that is shown this once.
    Secret(Box<SecretShown>),
    /// `gp`.
    Profiles(ProfilePicker),
    /// Before the token is forgotten.
    SignOut(SignOut),
    /// The token is refused, or none is known.
    SignIn(SignIn),
    /// `@` in the past.
    GoTo(GoTo),
}

/// A position of the log, typed.
#[derive(Clone, Debug, PartialEq)]
pub struct GoTo {
    /// What is typed.
    pub field: TextField,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// Commands found by what is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandList {
    /// What is typed.
    pub field: TextField,
    /// What matches, best first.
    pub rows: Vec<CommandRow>,
}

/// A command in a list, with the reason when it cannot run now.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRow {
    /// Which.
    pub id: CommandId,
    /// What it is run with: the `light` of `:theme light`.
    pub argument: Option<String>,
    /// Its key in the present keymap: `!u`.
    pub keys: String,
    /// Why it cannot run now; `None`: it can.
    pub refused: Option<String>,
}

/// The link wizard: integration, preview, result.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkWizard {
    /// Where it stands.
    pub step: LinkStep,
    /// One entry for each source to link.
    pub items: Vec<LinkItem>,
    /// `find:` of the first step, with one source.
    pub field: TextField,
    /// Integrations for the one source, best first; with several sources each item carries its own best.
    pub choices: Vec<LinkChoice>,
}

/// The steps of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStep {
    /// 1 of 3: which integration.
    Pick,
    /// 2 of 3: what it would do. Nothing is written yet.
    Preview,
    /// 3 of 3: what came of it; also while it goes on.
    Result,
}

/// One source to link.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkItem {
    /// The source.
    pub source: SourceId,
    /// The integration chosen for it; `None`: none fits, or it is true already; it is left out.
    pub choice: Option<LinkChoice>,
    /// Its name, where only this machine knows it.
    pub local: Option<String>,
    /// What linking would do.
    pub preview: Load<DryRun>,
    /// What came of it.
    pub result: Outcome,
}

impl LinkItem {
    /// Why nothing will be sent for it, beyond that it is true already.
    pub fn refusal(&self) -> Option<&str> {
        match &self.result {
            Outcome::Failed(why) => Some(why),
            Outcome::NotSent if self.choice.is_none() => {
                Some(tr!("No integration fits its repository."))
            }
            // What the server refuses to preview it would refuse to do: nothing is sent unseen.
            Outcome::NotSent => self.preview.failure(),
            _ => None,
        }
    }
}

/// An integration as a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkChoice {
    /// Which.
    pub integration: IntegrationId,
    /// How well it fits; larger is better.
    pub score: u8,
    /// `best`, `fits`, `removed`, `no match`.
    pub verdict: &'static str,
    /// Why, in a sentence.
    pub why: String,
    /// Whether it can be chosen.
    pub choosable: bool,
}

/// Which space to bind the source to.
#[derive(Clone, Debug, PartialEq)]
pub struct BindPicker {
    /// The sources.
    pub sources: Vec<SourceId>,
    /// `find:`.
    pub field: TextField,
    /// Spaces that match and are not bound to all of the sources yet, by name.
    pub rows: Vec<SpaceId>,
}

/// What the agent of a thread may do without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModePicker {
    /// The thread.
    pub thread: ThreadId,
    /// What is so now.
    pub now: RuntimeMode,
}

/// A destructive command, until its object's name is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Danger {
    /// Which command.
    pub command: CommandId,
    /// `clear cursor of frontend`.
    pub title: String,
    /// The word on the button: `Clear`.
    pub verb: &'static str,
    /// What must be typed.
    pub name: String,
    /// What is typed.
    pub field: TextField,
    /// What will be sent.
    pub call: Call,
    /// What the console itself knows of it, before what the server says.
    pub told: Vec<String>,
    /// What it would do, asked with `dryRun`.
    pub effect: Load<DryRun>,
    /// The server would not do it, and why: there is nothing to consent to.
    pub refused: Option<String>,
    /// `Type frontend in full.`
    pub problem: Option<String>,
    /// The same for several rows at once; `call` and `effect` are then of none.
    pub many: Option<DangerMany>,
    /// Keys do not count yet: they were typed before this was seen (type-ahead guard).
    pub guarded: bool,
    /// Sent, no answer yet.
    pub sending: bool,
}

impl Danger {
    /// Whether and how long it can be undone, as the server says.
    pub fn undo_words(&self) -> String {
        let many = self.many.iter().flat_map(|it| &it.rows);
        let effects = std::iter::once(&self.effect).chain(many.map(|it| &it.effect));
        let known = effects.filter_map(|it| it.value.as_ref());
        let notes: Vec<_> = known
            .map(|it| it.undo.as_ref().map(|_| &it.undo_note))
            .collect();
        match notes.first() {
            None if self.command == CommandId::Rebaseline => {
                tr!("u undoes it while its run waits.").to_owned()
            }
            Some(Some(first)) if notes.iter().all(|it| *it == Some(*first)) => {
                tr!("u undoes it {note}.", note = first)
            }
            _ if notes.iter().any(Option::is_some) => {
                tr!("Not all of it can be undone.").to_owned()
            }
            _ => tr!("This cannot be undone.").to_owned(),
        }
    }
}

/// What a destructive command does to several rows.
#[derive(Clone, Debug, PartialEq)]
pub struct DangerMany {
    /// What.
    pub act: Act,
    /// To which rows, and what it would do to each.
    pub rows: Vec<DangerRow>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct DangerRow {
    /// Which.
    pub row: RowKey,
    /// What it is called.
    pub name: String,
    /// What it would do, asked with `dryRun`; or why nothing is sent for it.
    pub effect: Load<DryRun>,
}

/// Sign-in, in place.
#[derive(Clone, Debug, PartialEq)]
pub struct SignIn {
    /// Why: `The server no longer accepts the token (expired 2h ago).`
    pub reason: String,
    /// What waits for it and runs after it.
    pub waiting: Option<String>,
    /// The token, hidden.
    pub token: TextField,
    /// What the server said of the last one.
    pub problem: Option<String>,
    /// Being tried.
    pub trying: bool,
}

impl Popup {
    /// The text field that has the focus in this popup: while there is one, keys are text.
    pub fn field(&self) -> Option<&TextField> {
        match self {
            Self::Palette(list) | Self::Help(list) => Some(&list.field),
            Self::Link(wizard) => {
                (wizard.step == LinkStep::Pick && wizard.items.len() == 1).then_some(&wizard.field)
            }
            Self::Bind(picker) => Some(&picker.field),
            Self::Form(form) => match form.step {
                FormStep::Edit => form.fields.get(form.focus).map(|field| &field.field),
                FormStep::Merge(_) | FormStep::Review(..) => None,
            },
            Self::Danger(danger) => Some(&danger.field),
            Self::SignIn(sign_in) => Some(&sign_in.token),
            Self::GoTo(go) => Some(&go.field),
            // Several lines are typed there: they have keys of their own.
            Self::Export(form) => (form.to_file && form.focus == 2).then_some(&form.file),
            Self::Views(list) => list.naming.as_ref(),
            Self::Writing(_)
            | Self::Mode(_)
            | Self::Columns(_)
            | Self::Dump(_)
            | Self::Bulk(_)
            | Self::Secret(_)
            | Self::Profiles(_)
            | Self::SignOut(_) => None,
        }
    }

    /// The same, to type into.
    pub fn field_mut(&mut self) -> Option<&mut TextField> {
        match self {
            Self::Palette(list) | Self::Help(list) => Some(&mut list.field),
            Self::Link(wizard) => (wizard.step == LinkStep::Pick && wizard.items.len() == 1)
                .then_some(&mut wizard.field),
            Self::Bind(picker) => Some(&mut picker.field),
            Self::Form(form) => match form.step {
                FormStep::Edit => form
                    .fields
                    .get_mut(form.focus)
                    .map(|field| &mut field.field),
                FormStep::Merge(_) | FormStep::Review(..) => None,
            },
            Self::Danger(danger) => Some(&mut danger.field),
            Self::SignIn(sign_in) => Some(&mut sign_in.token),
            Self::GoTo(go) => Some(&mut go.field),
            Self::Export(form) => (form.to_file && form.focus == 2).then_some(&mut form.file),
            Self::Views(list) => list.naming.as_mut(),
            Self::Writing(_)
            | Self::Mode(_)
            | Self::Columns(_)
            | Self::Dump(_)
            | Self::Bulk(_)
            | Self::Secret(_)
            | Self::Profiles(_)
            | Self::SignOut(_) => None,
        }
    }
}
