//! What came of an agent run, in the words that existing readers expect.

use serde::{Deserialize, Serialize, Serializer};

use crate::agent::Why;

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The agent changed it.
    Updated,
    /// The agent looked, and left it; or there is no agent.
    Unchanged,
    /// Nobody looked: somebody said so, or nothing was to be done.
    Skipped,
    /// The agent failed, or what it did was not taken over.
    Error,
}

impl Status {
    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }
}

/// What became of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Its id.
    pub jrn: String,
    /// Its path in the project.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// Why it was looked at.
    pub evidence: Vec<Why>,
    /// What changed, as a unified diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    /// What the agent said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the agent wrote besides, which was not taken over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl Outcome {
    pub(super) fn of(jrn: &str, path: &str, evidence: Vec<Why>, status: Status) -> Self {
        Self {
            jrn: jrn.to_owned(),
            path: path.to_owned(),
            status,
            evidence,
            patch: None,
            reasoning: None,
            error: None,
            left_out: Vec::new(),
        }
    }
}

/// How far documents that watch documents were followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Propagation {
    /// Paths of those that were changed.
    pub articles_updated: Vec<String>,
    /// Paths of those that were left.
    pub articles_unchanged: Vec<String>,
    /// Paths of those that nobody looked at.
    pub articles_skipped: Vec<String>,
    /// Paths of those that failed.
    pub articles_error: Vec<String>,
    /// Ids of documents that watch, over others, what they themselves changed.
    pub cycles_detected: Vec<String>,
    /// Whether there was more behind the last level.
    pub max_depth_reached: bool,
    /// How many levels there were.
    pub depth: usize,
}

impl Propagation {
    pub(super) fn note(&mut self, outcome: &Outcome) {
        let list = match outcome.status {
            Status::Updated => &mut self.articles_updated,
            Status::Unchanged => &mut self.articles_unchanged,
            Status::Skipped => &mut self.articles_skipped,
            Status::Error => &mut self.articles_error,
        };
        list.push(outcome.path.clone());
    }
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Documents that code touches.
    pub phase1: Vec<Outcome>,
    /// Documents that changed documents touch.
    pub phase2: Vec<Outcome>,
    /// How the second phase went, where there was one.
    pub propagation: Option<Propagation>,
    /// The run in the audit file; none where nothing was done.
    pub audit_id: Option<String>,
    /// Whether somebody ended it before its end.
    pub quit: bool,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

impl Updated {
    /// All documents, in the order in which they came.
    pub fn results(&self) -> impl Iterator<Item = &Outcome> {
        self.phase1.iter().chain(&self.phase2)
    }

    pub(super) fn updated(&self) -> usize {
        let is_updated = |outcome: &&Outcome| outcome.status == Status::Updated;
        self.results().filter(is_updated).count()
    }

    /// Whether any document failed.
    pub fn failed(&self) -> bool {
        self.results()
            .any(|outcome| outcome.status == Status::Error)
    }
}

impl Serialize for Updated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Shape<'a> {
            results: Vec<&'a Outcome>,
            audit_record_id: &'a Option<String>,
            phase1_results: &'a [Outcome],
            phase2_results: &'a [Outcome],
            #[serde(skip_serializing_if = "Option::is_none")]
            propagation_result: &'a Option<Propagation>,
        }
        Shape {
            results: self.results().collect(),
            audit_record_id: &self.audit_id,
            phase1_results: &self.phase1,
            phase2_results: &self.phase2,
            propagation_result: &self.propagation,
        }
        .serialize(serializer)
    }
}
