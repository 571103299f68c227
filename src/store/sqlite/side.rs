//! State that is not events: lease heartbeats, log lines, blobs, uses of tokens (engine.md: state that is not events).

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use crate::base::Timestamp;
use crate::domain::id::{JobId, OrgId, SourceId, SpaceId, TokenId};
use crate::domain::kind::{StepName, UnknownWord};
use crate::store::log::time;
use crate::store::{Beat, Due, NewBlob, NewLine, StoreError, StoredLine, USED_EVERY_SECONDS};

/// Renews leases that their run still holds; one whose time is over but that nobody took may go on.
pub fn renew(db: &Connection, beats: &[Beat]) -> Result<Vec<bool>, Fault> {
    let mut statement = db.prepare_cached(
        "UPDATE leases SET expires_at = ?1
         WHERE org_id = ?2 AND source_id = ?3 AND branch = ?4 AND job_id = ?5 AND epoch = ?6 AND run_token_hash = ?7",
    )?;
    beats
        .iter()
        .map(|beat| {
            Ok(statement.execute(params![
                beat.expires_at.to_string(),
                beat.org.0,
                beat.source.0,
                beat.branch,
                beat.job.0,
                beat.epoch.0,
                beat.run_token_hash,
            ])? == 1)
        })
        .collect()
}

/// What waits for time to pass.
pub fn due(db: &Connection, now: Timestamp) -> Result<Due, Fault> {
    let now = now.to_string();
    let mut statement = db.prepare_cached(
        "SELECT org_id, source_id, branch, job_id FROM leases
         WHERE job_id IS NOT NULL AND expires_at <= ?1 ORDER BY expires_at, source_id, branch",
    )?;
    let expired_leases = statement
        .query_map([&now], |row| {
            Ok((
                OrgId(row.get(0)?),
                SourceId(row.get(1)?),
                row.get(2)?,
                JobId(row.get(3)?),
            ))
        })?
        .collect::<Result<_, _>>()?;
    let next: Option<String> = db
        .prepare_cached(
            "SELECT min(at) FROM (
               SELECT min(expires_at) AS at FROM leases WHERE job_id IS NOT NULL AND expires_at > ?1
               UNION ALL
               SELECT min(next_attempt_at) FROM jobs WHERE status IN ('queued', 'retrying') AND next_attempt_at > ?1
             )",
        )?
        .query_row([&now], |row| row.get(0))?;
    Ok(Due {
        expired_leases,
        next_at: next.as_deref().map(time).transpose()?,
    })
}

/// Appends lines; answers the place of the last.
pub fn append_log(
    db: &Connection,
    org: OrgId,
    job: JobId,
    lines: &[NewLine],
) -> Result<i64, Fault> {
    let mut last: i64 = db
        .prepare_cached(
            "SELECT coalesce(max(seq), 0) FROM job_log WHERE org_id = ?1 AND job_id = ?2",
        )?
        .query_row(params![org.0, job.0], |row| row.get(0))?;
    let mut statement = db.prepare_cached(
        "INSERT INTO job_log (org_id, job_id, seq, at, level, step, space_id, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for line in lines {
        last += 1;
        statement.execute(params![
            org.0,
            job.0,
            last,
            line.at.to_string(),
            line.level.as_str(),
            line.step.map(StepName::as_str),
            line.space_id.map(|s| s.0),
            line.message,
        ])?;
    }
    Ok(last)
}

/// Lines after `after`.
pub fn lines(
    db: &Connection,
    org: OrgId,
    job: JobId,
    after: i64,
    limit: u32,
) -> Result<Vec<StoredLine>, Fault> {
    let word = |e: UnknownWord| Fault::Own(StoreError::Internal(e.to_string()));
    let mut statement = db.prepare_cached(
        "SELECT seq, at, level, step, space_id, message FROM job_log
         WHERE org_id = ?1 AND job_id = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
    )?;
    let mut rows = statement.query(params![org.0, job.0, after, limit])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let step: Option<String> = row.get(3)?;
        lines.push(StoredLine {
            seq: row.get(0)?,
            line: NewLine {
                at: time(row.get_ref(1)?.as_str().unwrap_or_default())?,
                level: row.get::<_, String>(2)?.parse().map_err(word)?,
                step: step.map(|s| s.parse()).transpose().map_err(word)?,
                space_id: row.get::<_, Option<i64>>(4)?.map(SpaceId),
                message: row.get(5)?,
            },
        });
    }
    Ok(lines)
}

/// Keeps a compressed blob. Putting it again starts its time anew, because somebody is about to refer to it.
pub fn put_blob(db: &Connection, org: OrgId, blob: &NewBlob) -> Result<(), Fault> {
    db.prepare_cached(
        "INSERT INTO blobs (org_id, sha256, size, zstd, stored_at)
         VALUES (?1, ?2, ?3, ?4, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
         ON CONFLICT (org_id, sha256) DO UPDATE SET stored_at = excluded.stored_at",
    )?
    .execute(params![
        org.0,
        blob.sha256,
        i64::try_from(blob.size).unwrap_or(i64::MAX),
        &blob.zstd[..]
    ])?;
    Ok(())
}

/// A compressed blob with its size.
pub fn blob(db: &Connection, org: OrgId, sha256: &str) -> Result<Option<(usize, Vec<u8>)>, Fault> {
    Ok(db
        .prepare_cached("SELECT size, zstd FROM blobs WHERE org_id = ?1 AND sha256 = ?2")?
        .query_row(params![org.0, sha256], |row| {
            Ok((row.get::<_, i64>(0)? as usize, row.get(1)?))
        })
        .optional()?)
}

/// Notes a token's use.
pub fn token_used(db: &Connection, org: OrgId, token: TokenId, at: Timestamp) -> Result<(), Fault> {
    db.prepare_cached(
        "INSERT INTO token_uses (org_id, token_id, used_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (org_id, token_id) DO UPDATE SET used_at = excluded.used_at WHERE used_at <= ?4",
    )?
    .execute(params![
        org.0,
        token.0,
        at.to_string(),
        at.plus_seconds(-USED_EVERY_SECONDS).to_string()
    ])?;
    Ok(())
}

/// When tokens were last used.
pub fn tokens_used(db: &Connection, org: OrgId) -> Result<Vec<(TokenId, Timestamp)>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT token_id, used_at FROM token_uses WHERE org_id = ?1 ORDER BY token_id",
    )?;
    let mut rows = statement.query([org.0])?;
    let mut uses = Vec::new();
    while let Some(row) = rows.next()? {
        uses.push((
            TokenId(row.get(0)?),
            time(row.get_ref(1)?.as_str().unwrap_or_default())?,
        ));
    }
    Ok(uses)
}
