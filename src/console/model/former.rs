//! Names of sources that are no more: their runs stay, and say whose they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::SourceId;

/// Names of sources that were here and are no more.
#[derive(Clone, Debug, Default)]
pub struct Former(Arc<BTreeMap<SourceId, String>>);

impl PartialEq for Former {
    /// What is remembered is none of the rows: replicas with the same rows are the same, whatever each saw before.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Former {
    /// A source that goes.
    pub fn remember(&mut self, id: SourceId, name: &str) {
        Arc::make_mut(&mut self.0).insert(id, name.to_owned());
    }

    /// What it was called.
    pub fn name(&self, id: SourceId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}
