//! Rows as the wire says them. The conversions are pure (`convert`); what they need besides the row is loaded first (`facts`).

mod convert;
mod facts;
pub mod ground;
pub mod watches;

use std::sync::Arc;

use serde_json::Value;

use super::app::App;
use super::context::Context;
use super::fault::Fault;
use crate::api::{self, OrgId};
use crate::base::Timestamp;
use crate::domain::row::{
    BindingRow, DeliveryRow, IntegrationRow, JobRow, Row, SourceRow, SpaceRow,
};

pub use facts::Facts;
use ground::Sheet;

/// Renders rows of one org.
pub struct Wire {
    app: Arc<App>,
    org: OrgId,
}

impl Wire {
    /// For the caller's org.
    pub fn of(context: &Context) -> Self {
        Self::new(&context.app, context.caller.org.id)
    }

    /// For an org.
    pub fn new(app: &Arc<App>, org: OrgId) -> Self {
        Self {
            app: Arc::clone(app),
            org,
        }
    }

    /// Sources.
    pub async fn sources(&self, rows: &[SourceRow]) -> Result<Vec<api::Source>, Fault> {
        let facts = Facts::load(
            &self.app,
            self.org,
            facts::Wanted {
                sources: rows,
                ..facts::Wanted::default()
            },
        )
        .await?;
        Ok(rows
            .iter()
            .map(|row| convert::source(row, &facts))
            .collect())
    }

    /// Sources, by what was read before.
    pub fn sources_of(sheet: &Sheet, rows: &[SourceRow], now: Timestamp) -> Vec<api::Source> {
        let grounds = rows.iter().map(|row| (row.id, sheet.facts(row, now)));
        let facts = Facts {
            grounds: grounds.collect(),
            ..Facts::default()
        };
        rows.iter()
            .map(|row| convert::source(row, &facts))
            .collect()
    }

    /// A source with what its own page shows.
    pub async fn source_page(&self, row: SourceRow) -> Result<api::SourcePage, Fault> {
        let facts = Facts::load(
            &self.app,
            self.org,
            facts::Wanted {
                sources: std::slice::from_ref(&row),
                ..facts::Wanted::default()
            },
        )
        .await?;
        Ok(convert::source_page(&row, &facts))
    }

    /// Why a cursor stands where it stands.
    pub async fn diagnosis(&self, row: &SourceRow) -> Result<api::Diagnosis, Fault> {
        let grounds = ground::gather(&self.app, self.org, std::slice::from_ref(row)).await?;
        let facts = grounds.get(&row.id).ok_or_else(Fault::internal)?;
        Ok(crate::domain::diagnosis::diagnose(facts))
    }

    /// Spaces.
    pub fn spaces(rows: &[SpaceRow]) -> Vec<api::Space> {
        rows.iter().map(convert::space).collect()
    }

    /// Bindings.
    pub async fn bindings(&self, rows: &[BindingRow]) -> Result<Vec<api::Binding>, Fault> {
        let facts = Facts::load(
            &self.app,
            self.org,
            facts::Wanted {
                bindings: rows,
                ..facts::Wanted::default()
            },
        )
        .await?;
        Ok(rows
            .iter()
            .map(|row| convert::binding(row, &facts))
            .collect())
    }

    /// Integrations.
    pub async fn integrations(
        &self,
        rows: &[IntegrationRow],
    ) -> Result<Vec<api::Integration>, Fault> {
        let facts = Facts::load(
            &self.app,
            self.org,
            facts::Wanted {
                integrations: rows,
                ..facts::Wanted::default()
            },
        )
        .await?;
        Ok(rows
            .iter()
            .map(|row| convert::integration(row, &facts))
            .collect())
    }

    /// Jobs.
    pub async fn jobs(&self, rows: &[JobRow]) -> Result<Vec<api::Job>, Fault> {
        let facts = Facts::load(
            &self.app,
            self.org,
            facts::Wanted {
                jobs: rows,
                ..facts::Wanted::default()
            },
        )
        .await?;
        Ok(rows.iter().map(|row| convert::job(row, &facts)).collect())
    }

    /// Deliveries.
    pub fn deliveries(rows: &[DeliveryRow]) -> Vec<api::Delivery> {
        rows.iter().map(convert::delivery).collect()
    }

    /// Any row that the wire shows, and its version.
    pub async fn row(&self, row: Row) -> Result<(Value, Option<i64>), Fault> {
        Ok(match row {
            Row::Sources(row) => {
                let version = row.version;
                (one(self.sources(&[row]).await?)?, Some(version))
            }
            Row::Spaces(row) => {
                let version = row.version;
                (one(Self::spaces(&[row]))?, Some(version))
            }
            Row::SpaceSources(row) => {
                let version = row.version;
                (one(self.bindings(&[row]).await?)?, Some(version))
            }
            Row::Integrations(row) => {
                let version = row.version;
                (one(self.integrations(&[row]).await?)?, Some(version))
            }
            Row::Jobs(row) => {
                let version = row.version;
                (one(self.jobs(&[row]).await?)?, Some(version))
            }
            Row::Deliveries(row) => (one(Self::deliveries(&[row]))?, None),
            Row::Tokens(row) => (one(vec![convert::token(&row, None)])?, None),
            // The wire never shows these as resources of their own.
            Row::Orgs(_)
            | Row::Documents(_)
            | Row::JobSpaces(_)
            | Row::ProjectionProjects(_)
            | Row::ProjectionThreads(_)
            | Row::ProjectionThreadMessages(_)
            | Row::ProjectionThreadActivities(_)
            | Row::ProjectionThreadSessions(_)
            | Row::ProjectionThreadTurns(_)
            | Row::ProjectionCheckpoints(_)
            | Row::ProjectionPendingApprovals(_)
            | Row::CheckpointDiffBlobs(_)
            | Row::ProviderSessionRuntime(_)
            | Row::Leases(_)
            | Row::Looks(_)
            | Row::Runners(_)
            | Row::Secrets(_) => (Value::Null, None),
        })
    }
}

pub use convert::{binding, delivery, integration, job, source, space, token};

fn one<T: serde::Serialize>(mut items: Vec<T>) -> Result<Value, Fault> {
    let item = items.pop().ok_or_else(Fault::internal)?;
    Ok(serde_json::to_value(item).expect("wire types are plain data"))
}
