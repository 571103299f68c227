//! Projectors: what turns the log into rows, one for each folded table, by a name and a version (orchestration.md:
//! projectors). All of them fold in the transaction of the append, so all of them stand at its head; where one does not,
//! or is of another version, its rows are folded anew before anybody reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use super::StoreError;
use super::sql::columns;
use crate::domain::id::Sequence;
use crate::domain::row::Table;

/// A projector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projector {
    /// Its name in `projection_state`; never changed.
    pub name: &'static str,
    /// The table that it writes.
    pub table: Table,
    /// Raised when the same events are to give other rows: the table is then folded anew at the next start.
    pub version: i64,
    /// The kind of stream that the table's rows are folds of.
    pub kind: &'static str,
    /// The column that says of which stream a row is.
    pub owner: &'static str,
}

impl Projector {
    /// Selects the rows of a stream: the org is `?1`, the stream `?2`.
    pub fn rows_sql(&self) -> String {
        format!(
            "SELECT {} FROM {} WHERE org_id = ?1 AND {} = ?2",
            columns(self.table),
            self.table.name(),
            self.owner
        )
    }
}

const fn projector(
    name: &'static str,
    table: Table,
    kind: &'static str,
    owner: &'static str,
) -> Projector {
    Projector {
        name,
        table,
        version: 1,
        kind,
        owner,
    }
}

/// Every projector. The names of seed 003, and ours in the same style.
pub const PROJECTORS: &[Projector] = &[
    projector(
        "projection.projects",
        Table::ProjectionProjects,
        "project",
        "project_id",
    ),
    projector(
        "projection.threads",
        Table::ProjectionThreads,
        "thread",
        "thread_id",
    ),
    projector(
        "projection.thread-messages",
        Table::ProjectionThreadMessages,
        "thread",
        "thread_id",
    ),
    projector(
        "projection.thread-activities",
        Table::ProjectionThreadActivities,
        "thread",
        "thread_id",
    ),
    projector(
        "projection.thread-sessions",
        Table::ProjectionThreadSessions,
        "thread",
        "thread_id",
    ),
    projector(
        "projection.thread-turns",
        Table::ProjectionThreadTurns,
        "thread",
        "thread_id",
    ),
    projector(
        "projection.checkpoints",
        Table::ProjectionCheckpoints,
        "thread",
        "thread_id",
    ),
    projector(
        "projection.pending-approvals",
        Table::ProjectionPendingApprovals,
        "thread",
        "thread_id",
    ),
    projector("projection.orgs", Table::Orgs, "org", "org_id"),
    projector("projection.tokens", Table::Tokens, "org", "org_id"),
    projector(
        "projection.integrations",
        Table::Integrations,
        "integration",
        "id",
    ),
    projector(
        "projection.deliveries",
        Table::Deliveries,
        "integration",
        "integration_id",
    ),
    projector("projection.sources", Table::Sources, "source", "id"),
    projector("projection.spaces", Table::Spaces, "space", "id"),
    projector(
        "projection.space-sources",
        Table::SpaceSources,
        "space",
        "space_id",
    ),
    projector(
        "projection.documents",
        Table::Documents,
        "space",
        "space_id",
    ),
    projector("projection.jobs", Table::Jobs, "job", "id"),
    projector("projection.job-spaces", Table::JobSpaces, "job", "job_id"),
];

/// Moves every projector from `?3` to `?1` at the time `?2`. It must change as many rows as there are projectors: fewer
/// means that one of them stands elsewhere or is of another version, and then nothing may be appended.
pub fn advance_sql() -> &'static str {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        // One that is not known here is counted too, and so there are too many.
        let mut others = String::new();
        for p in PROJECTORS.iter().filter(|p| p.version != 1) {
            let _ = write!(others, " WHEN '{}' THEN {}", p.name, p.version);
        }
        let version = if others.is_empty() {
            "1".to_owned()
        } else {
            format!("CASE projector{others} ELSE 1 END")
        };
        format!(
            "UPDATE projection_state SET last_applied_sequence = ?1, updated_at = ?2
             WHERE last_applied_sequence = ?3 AND version = {version}"
        )
    });
    &SQL
}

/// Where a projector stands: a row of `projection_state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub projector: String,
    /// By which version of it its rows were written.
    pub version: i64,
    /// Up to where.
    pub applied: Sequence,
}

/// What must be folded anew, by kind of stream: those touched after the position, or all of them after 0.
pub type Behind = BTreeMap<&'static str, Sequence>;

/// What is behind the head of the log. Refused where a newer jolli wrote the rows.
pub fn behind(standings: &[Standing], head: Sequence) -> Result<Behind, StoreError> {
    for standing in standings {
        let known = PROJECTORS.iter().find(|p| p.name == standing.projector);
        if known.is_none_or(|p| standing.version > p.version) {
            return Err(StoreError::Refused(format!(
                "The rows of the database were written by a newer jolli ({} in version {}, which is not known here). Use that one, or a newer one.",
                standing.projector, standing.version
            )));
        }
    }
    let mut behind = Behind::new();
    for projector in PROJECTORS {
        let applied = standings
            .iter()
            .find(|s| s.projector == projector.name)
            .filter(|s| s.version == projector.version)
            // Rows ahead of the log are of another log.
            .filter(|s| s.applied <= head)
            .map_or(Sequence(0), |s| s.applied);
        if applied < head {
            let from = behind.entry(projector.kind).or_insert(applied);
            *from = applied.min(*from);
        }
    }
    Ok(behind)
}

/// Whether `standings` are those of every projector, at `head`.
pub fn all_at(standings: &[Standing], head: Sequence) -> bool {
    standings.len() == PROJECTORS.len()
        && PROJECTORS.iter().all(|p| {
            standings
                .iter()
                .any(|s| s.projector == p.name && s.version == p.version && s.applied == head)
        })
}

/// Why nothing can be appended: a projector does not stand at the head.
pub fn astray(moved: usize, from: Sequence) -> StoreError {
    StoreError::Internal(format!(
        "{moved} of {} projectors stand at {from}, the head of the log, in the version known here: something else writes to this database",
        PROJECTORS.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::spec;

    fn all(applied: i64) -> Vec<Standing> {
        PROJECTORS
            .iter()
            .map(|p| Standing {
                projector: p.name.to_owned(),
                version: p.version,
                applied: Sequence(applied),
            })
            .collect()
    }

    #[test]
    fn every_folded_table_has_exactly_one_projector_and_a_column_of_its_stream() {
        let mut tables: Vec<Table> = PROJECTORS.iter().map(|p| p.table).collect();
        tables.sort_unstable();
        let wanted: Vec<Table> = Table::ALL
            .iter()
            .copied()
            .filter(|t| !t.is_side())
            .collect();
        assert_eq!(tables, wanted);
        for projector in PROJECTORS {
            assert!(spec(projector.table).column(projector.owner).is_some());
            if let Some(column) = projector.table.stream_column() {
                assert_eq!(column, projector.owner);
            }
        }
    }

    #[test]
    fn the_names_of_seed_003_are_kept() {
        let names: Vec<&str> = PROJECTORS.iter().take(8).map(|p| p.name).collect();
        assert_eq!(
            names,
            [
                "projection.projects",
                "projection.threads",
                "projection.thread-messages",
                "projection.thread-activities",
                "projection.thread-sessions",
                "projection.thread-turns",
                "projection.checkpoints",
                "projection.pending-approvals",
            ]
        );
    }

    #[test]
    fn one_that_is_missing_or_old_starts_anew_and_one_that_is_behind_goes_on() {
        assert_eq!(behind(&all(7), Sequence(7)).unwrap(), Behind::new());
        assert!(all_at(&all(7), Sequence(7)));
        let mut some = all(7);
        some.retain(|s| s.projector != "projection.jobs");
        assert!(!all_at(&some, Sequence(7)));
        some.iter_mut()
            .find(|s| s.projector == "projection.threads")
            .unwrap()
            .applied = Sequence(5);
        some.iter_mut()
            .find(|s| s.projector == "projection.sources")
            .unwrap()
            .version = 0;
        assert_eq!(
            behind(&some, Sequence(7)).unwrap(),
            Behind::from([
                ("job", Sequence(0)),
                ("source", Sequence(0)),
                ("thread", Sequence(5))
            ])
        );
        assert_eq!(behind(&all(9), Sequence(7)).unwrap().len(), 7);
    }

    #[test]
    fn a_newer_one_or_one_that_is_not_known_is_refused() {
        for (name, version) in [("projection.jobs", 2), ("projection.later", 1)] {
            let mut newer = all(7);
            newer[0].projector = name.to_owned();
            newer[0].version = version;
            let error = behind(&newer, Sequence(7)).unwrap_err();
            assert!(error.to_string().contains("newer jolli"), "{error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
