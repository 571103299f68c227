//! A form: what is typed into it, what the row was when it opened, and what others made of the row meanwhile.

use std::path::PathBuf;

use crate::api::{Call, DryRun, IntegrationId, SourceId, SpaceId};

use super::field::TextField;
use super::load::Load;

/// What a form edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// A new source.
    SourceNew,
    /// A source, as of this version.
    SourceEdit(SourceId, i64),
    /// The pattern of a binding, as of this version.
    Pattern(SpaceId, SourceId, i64),
    /// A new space, and the sources that are bound to it once it is there.
    SpaceNew(Vec<SourceId>),
    /// A space, as of this version.
    SpaceEdit(SpaceId, i64),
    /// A new token.
    TokenNew,
    /// A new integration.
    IntegrationNew,
    /// An integration, as of this version.
    IntegrationEdit(IntegrationId, i64),
    /// What the repositories of an integration are cloned with, as of this version of it.
    Credential(IntegrationId, i64),
    /// A new profile of this user.
    ProfileNew,
    /// A profile of this user.
    ProfileEdit(String),
}

impl FormKind {
    /// Whether both edit the same, of whatever version.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::SourceNew, Self::SourceNew)
            | (Self::SpaceNew(_), Self::SpaceNew(_))
            | (Self::TokenNew, Self::TokenNew)
            | (Self::IntegrationNew, Self::IntegrationNew)
            | (Self::ProfileNew, Self::ProfileNew) => true,
            (Self::IntegrationEdit(one, _), Self::IntegrationEdit(other, _))
            | (Self::Credential(one, _), Self::Credential(other, _)) => one == other,
            (Self::ProfileEdit(one), Self::ProfileEdit(other)) => one == other,
            (Self::SourceEdit(one, _), Self::SourceEdit(other, _)) => one == other,
            (Self::Pattern(space, source, _), Self::Pattern(other_space, other_source, _)) => {
                (space, source) == (other_space, other_source)
            }
            (Self::SpaceEdit(one, _), Self::SpaceEdit(other, _)) => one == other,
            _ => false,
        }
    }

    /// The version of the row that it edits; `None`: there is no row yet.
    pub const fn version(&self) -> Option<i64> {
        match self {
            Self::SourceNew
            | Self::SpaceNew(_)
            | Self::TokenNew
            | Self::IntegrationNew
            | Self::ProfileNew
            | Self::ProfileEdit(_) => None,
            Self::SourceEdit(_, version)
            | Self::Pattern(_, _, version)
            | Self::SpaceEdit(_, version)
            | Self::IntegrationEdit(_, version)
            | Self::Credential(_, version) => Some(*version),
        }
    }

    /// From here on it is against that version.
    pub const fn set_version(&mut self, now: i64) {
        match self {
            Self::SourceNew
            | Self::SpaceNew(_)
            | Self::TokenNew
            | Self::IntegrationNew
            | Self::ProfileNew
            | Self::ProfileEdit(_) => {}
            Self::SourceEdit(_, version)
            | Self::Pattern(_, _, version)
            | Self::SpaceEdit(_, version)
            | Self::IntegrationEdit(_, version)
            | Self::Credential(_, version) => *version = now,
        }
    }

    /// Whether it makes something, rather than changing what is there.
    pub const fn makes(&self) -> bool {
        matches!(
            self,
            Self::SourceNew | Self::SpaceNew(_) | Self::TokenNew | Self::IntegrationNew
        )
    }

    /// Whether it is about a profile, which no server knows.
    pub const fn is_profile(&self) -> bool {
        matches!(self, Self::ProfileNew | Self::ProfileEdit(_))
    }

    /// Whether a secret is typed into it.
    pub const fn holds_secret(&self) -> bool {
        matches!(self, Self::Credential(..))
    }
}

/// A form.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// What it edits.
    pub kind: FormKind,
    /// Its title: `Edit frontend`.
    pub title: String,
    /// Its fields.
    pub fields: Vec<FormField>,
    /// Which has the focus.
    pub focus: usize,
    /// Where it stands.
    pub step: FormStep,
    /// What is wrong with the form as a whole.
    pub problem: Option<String>,
    /// The row was changed by someone else while the form was open: its version now.
    pub theirs: Option<i64>,
    /// The server says that the row has changed, and the change itself is not here yet.
    pub waits_for_theirs: bool,
    /// Sent, no answer yet.
    pub sending: bool,
    /// What came from the editor and could not be taken over, and where it is kept.
    pub refused_text: Option<(String, PathBuf)>,
}

/// The steps of a form.
#[derive(Clone, Debug, PartialEq)]
pub enum FormStep {
    /// Something is typed.
    Edit,
    /// Somebody else changed the same row: for each field base, theirs or mine; which field is being decided.
    Merge(usize),
    /// What would be sent and what it would do; `Enter` then sends it.
    Review(Call, Load<DryRun>),
}

impl Form {
    /// What would be sent, in the review.
    pub const fn call(&self) -> Option<&Call> {
        match &self.step {
            FormStep::Review(call, _) => Some(call),
            _ => None,
        }
    }

    /// Whether anything in it differs from the row as it was when it opened.
    pub fn is_changed(&self) -> bool {
        self.fields.iter().any(FormField::is_mine)
    }

    /// The fields that somebody else changed meanwhile.
    pub fn contested(&self) -> Vec<usize> {
        let with_theirs = |place: &usize| self.fields[*place].theirs.is_some();
        (0..self.fields.len()).filter(with_theirs).collect()
    }
}

/// What a text of a field has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// A name that no other source has.
    SourceName,
    /// A name.
    Name,
    /// `host/owner/repo`, or nothing.
    Repo,
    /// A branch, or nothing.
    Branch,
    /// Number or name of an integration, or nothing.
    Integration,
    /// The pattern of a binding, or nothing.
    Pattern,
    /// A slug that no other space has, or nothing.
    Slug,
    /// One of these words.
    Words(&'static [&'static str]),
    /// How long something lasts, such as `90d`, or nothing: for ever.
    Lasts,
    /// A secret; its field is hidden.
    Secret,
    /// Anything.
    Text,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct FormField {
    /// Its name on the wire: `jrnPattern`.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What is typed.
    pub field: TextField,
    /// What it was when the form was opened.
    pub base: String,
    /// What somebody else made of it meanwhile, and nothing is decided yet.
    pub theirs: Option<String>,
    /// What helps to fill it in, or what follows from the present text (`would match 3 of the last 5 events`).
    pub hint: String,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What it has to be.
    pub check: Check,
}

impl FormField {
    /// A field that holds this.
    pub fn new(
        name: &'static str,
        label: &'static str,
        check: Check,
        text: &str,
        hint: &str,
    ) -> Self {
        Self {
            name,
            label,
            field: TextField::new(text),
            base: text.to_owned(),
            theirs: None,
            hint: hint.to_owned(),
            problem: None,
            check,
        }
    }

    /// Whether it was changed here.
    pub fn is_mine(&self) -> bool {
        self.field.text().trim() != self.base
    }
}
