//! Something asked of the server for one page: the last answer stays beside what became of the newest attempt.

use crate::base::Timestamp;

/// Where an attempt stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LoadState {
    /// Not asked, or answered.
    #[default]
    Rest,
    /// Asked.
    Loading,
    /// Failed, with what the server said.
    Failed(String),
}

/// A value that is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load<T> {
    /// The last answer.
    pub value: Option<T>,
    /// When it came.
    pub at: Option<Timestamp>,
    /// Where the newest attempt stands.
    pub state: LoadState,
}

impl<T> Default for Load<T> {
    fn default() -> Self {
        Self {
            value: None,
            at: None,
            state: LoadState::Rest,
        }
    }
}

impl<T> Load<T> {
    /// Asked just now; the last answer stays.
    pub fn loading() -> Self {
        Self {
            state: LoadState::Loading,
            ..Self::default()
        }
    }
    /// Takes an answer.
    pub fn ready(&mut self, value: T, at: Timestamp) {
        *self = Self {
            value: Some(value),
            at: Some(at),
            state: LoadState::Rest,
        };
    }
    /// Takes a failure; the last answer stays.
    pub fn failed(&mut self, text: String) {
        self.state = LoadState::Failed(text);
    }
    /// Whether an answer is awaited.
    pub fn is_loading(&self) -> bool {
        self.state == LoadState::Loading
    }
    /// What the server said when it failed.
    pub fn failure(&self) -> Option<&str> {
        match &self.state {
            LoadState::Failed(text) => Some(text),
            _ => None,
        }
    }
}
