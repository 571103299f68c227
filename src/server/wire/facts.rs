//! What conversions need besides the row itself, loaded for many rows at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::ground;
use super::watches::{self, Watches};
use crate::api::{IntegrationId, JobId, OrgId, SourceId, SpaceId, SpaceStatus};
use crate::domain::diagnosis;
use crate::domain::row::{
    BindingRow, DocumentRow, IntegrationRow, JobRow, JobSpaceRow, Key, SourceRow, SpaceRow, Table,
};
use crate::domain::view::{Find, Need, Scalar, Stop, Test, View};
use crate::server::app::App;
use crate::server::ask::ask;
use crate::server::fault::Fault;

/// Beyond so many rows it is cheaper to read a table whole than to name its rows.
const MANY: usize = 200;
/// Outcomes that a few bindings are looked for among.
const RECENT: u32 = 2_000;

/// Rows about to be converted.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Sources.
    pub sources: &'a [SourceRow],
    /// Bindings.
    pub bindings: &'a [BindingRow],
    /// Integrations.
    pub integrations: &'a [IntegrationRow],
    /// Jobs.
    pub jobs: &'a [JobRow],
}

/// What is known besides the rows.
#[derive(Default)]
pub struct Facts {
    /// Where webhooks are sent to.
    pub public_url: String,
    /// Names of sources.
    pub source_names: HashMap<SourceId, String>,
    /// Sources of integrations.
    pub linked: HashMap<IntegrationId, Vec<SourceId>>,
    /// Refused signatures of integrations.
    pub refused: HashMap<IntegrationId, i64>,
    /// Spaces of jobs, in the order of their ids.
    pub job_spaces: HashMap<JobId, Vec<JobSpaceRow>>,
    /// How the last run ended, by source and space.
    pub outcomes: HashMap<(SourceId, SpaceId), JobSpaceRow>,
    /// What documents watch, by space.
    pub watches: HashMap<SpaceId, Arc<Watches>>,
    /// What is known of sources, for telling why their cursors stand where they stand.
    pub grounds: HashMap<SourceId, diagnosis::Facts>,
}

fn among(table: Table, column: &'static str, ids: &BTreeSet<i64>) -> Find {
    if ids.len() > MANY {
        Find::all(table)
    } else {
        Find::all(table).test(
            column,
            Test::In(ids.iter().copied().map(Scalar::from).collect()),
        )
    }
}

impl Facts {
    /// Loads what the wanted rows need.
    pub async fn load(app: &Arc<App>, org: OrgId, wanted: Wanted<'_>) -> Result<Self, Fault> {
        let mut facts = Self {
            public_url: app.public_url.get().cloned().unwrap_or_default(),
            refused: app.refusals.counts(),
            ..Self::default()
        };
        facts.rows(app, org, &wanted).await?;
        if !wanted.sources.is_empty() {
            facts.grounds = ground::gather(app, org, wanted.sources).await?;
        }
        if !wanted.bindings.is_empty() {
            for row in outcomes(app, org, wanted.bindings).await? {
                facts
                    .outcomes
                    .entry((row.source_id, row.space_id))
                    .or_insert(row);
            }
            let spaces: BTreeSet<SpaceId> = wanted.bindings.iter().map(|b| b.space_id).collect();
            for space in spaces {
                let watches = Self::watches_of(app, org, space).await?;
                facts.watches.insert(space, watches);
            }
        }
        Ok(facts)
    }

    async fn rows(&mut self, app: &Arc<App>, org: OrgId, wanted: &Wanted<'_>) -> Result<(), Fault> {
        let source_ids: BTreeSet<i64> = wanted.bindings.iter().map(|b| b.source_id.0).collect();
        let integration_ids: BTreeSet<i64> = wanted.integrations.iter().map(|i| i.id.0).collect();
        let job_ids: BTreeSet<i64> = wanted.jobs.iter().map(|j| j.id.0).collect();
        let question = |view: &View| -> Result<_, Stop> {
            let names: Vec<(SourceId, String)> = if source_ids.is_empty() {
                Vec::new()
            } else {
                let find = among(Table::Sources, "id", &source_ids);
                view.find::<SourceRow>(find)?
                    .into_iter()
                    .map(|s| (s.id, s.name.clone()))
                    .collect()
            };
            let linked: Vec<(IntegrationId, SourceId)> = if integration_ids.is_empty() {
                Vec::new()
            } else {
                let find = among(Table::Sources, "integration_id", &integration_ids).oldest("id");
                view.find::<SourceRow>(find)?
                    .into_iter()
                    .filter_map(|s| Some((s.integration_id?, s.id)))
                    .collect()
            };
            let spaces: Vec<JobSpaceRow> = if job_ids.is_empty() {
                Vec::new()
            } else {
                let find = among(Table::JobSpaces, "job_id", &job_ids);
                view.find::<JobSpaceRow>(find)?
                    .into_iter()
                    .cloned()
                    .collect()
            };
            Ok((names, linked, spaces))
        };
        let ((names, linked, spaces), _) = ask(app, org, question).await?;
        self.source_names.extend(names);
        for (integration, source) in linked {
            self.linked.entry(integration).or_default().push(source);
        }
        for space in spaces {
            self.job_spaces.entry(space.job_id).or_default().push(space);
        }
        for spaces in self.job_spaces.values_mut() {
            spaces.sort_by_key(|s| s.space_id);
        }
        Ok(())
    }

    /// What the documents of a space watch, from the cache while no push came.
    pub async fn watches_of(
        app: &Arc<App>,
        org: OrgId,
        space: SpaceId,
    ) -> Result<Arc<Watches>, Fault> {
        let (cursor, _) = ask(app, org, |view| {
            Ok(view
                .row::<SpaceRow>(Key::Spaces(space))?
                .map(|s| s.sync_cursor))
        })
        .await?;
        let Some(cursor) = cursor else {
            return Ok(Arc::default());
        };
        if let Some(known) = app.watches.get(space, cursor) {
            return Ok(known);
        }
        let ((cursor, watches), _) = ask(app, org, |view| {
            let find = Find::all(Table::Documents).is("space_id", space.0);
            view.require([Need::Row(Key::Spaces(space)), Need::Find(find.clone())])?;
            let cursor = view
                .row::<SpaceRow>(Key::Spaces(space))?
                .map_or(0, |s| s.sync_cursor);
            Ok((cursor, watches::count(view.find::<DocumentRow>(find)?)))
        })
        .await?;
        let watches = Arc::new(watches);
        app.watches.put(space, cursor, Arc::clone(&watches));
        Ok(watches)
    }
}

/// How the last run of each binding's source ended, newest first. A few bindings are looked up by their sources; many, or
/// ones whose last run is long ago, over the whole org.
async fn outcomes(
    app: &Arc<App>,
    org: OrgId,
    bindings: &[BindingRow],
) -> Result<Vec<JobSpaceRow>, Fault> {
    if bindings.len() <= MANY {
        let sources: BTreeSet<i64> = bindings.iter().map(|b| b.source_id.0).collect();
        let find = among(Table::JobSpaces, "source_id", &sources)
            .newest("job_id")
            .limit(RECENT);
        let (rows, _) = ask(app, org, |view| {
            let rows = view.find::<JobSpaceRow>(find.clone())?;
            Ok(ground::owned(rows))
        })
        .await?;
        if rows.len() < RECENT as usize {
            let begun = rows.into_iter().filter(|r| r.status != SpaceStatus::Queued);
            return Ok(begun.collect());
        }
    }
    Ok(app.store.latest_outcomes(org).await?)
}
