//! State that is not events: lease heartbeats, log lines, blobs, uses of tokens (engine.md: state that is not events). None
//! of it waits for the head of the log, so a heartbeat is not late because another server appends.

use deadpool_postgres::Object;

use super::fault::Fault;
use super::sql::{Arg, params, places};
use crate::base::Timestamp;
use crate::domain::id::{JobId, OrgId, SourceId, SpaceId, TokenId};
use crate::domain::kind::{StepName, UnknownWord};
use crate::store::log::time;
use crate::store::{Beat, Due, NewLine, StoreError, StoredLine, USED_EVERY_SECONDS};

async fn execute(client: &Object, sql: &str, args: &[Arg]) -> Result<u64, Fault> {
    let statement = client.prepare_cached(&places(sql)).await?;
    Ok(client.execute(&statement, &params(args)).await?)
}

/// Asks one thing.
pub async fn query(
    client: &Object,
    sql: &str,
    args: &[Arg],
) -> Result<Vec<tokio_postgres::Row>, Fault> {
    let statement = client.prepare_cached(&places(sql)).await?;
    Ok(client.query(&statement, &params(args)).await?)
}

/// Renews leases that their run still holds; one whose time is over but that nobody took may go on. Each is a statement of
/// its own: whoever holds one lease never waits for another.
pub async fn renew(client: &Object, beats: &[Beat]) -> Result<Vec<bool>, Fault> {
    let sql = "UPDATE leases SET expires_at = ?1
      WHERE org_id = ?2 AND source_id = ?3 AND branch = ?4 AND job_id = ?5 AND epoch = ?6 AND run_token_hash = ?7";
    let mut held = Vec::with_capacity(beats.len());
    for beat in beats {
        let args = [
            beat.expires_at.to_string().into(),
            beat.org.0.into(),
            beat.source.0.into(),
            beat.branch.as_str().into(),
            beat.job.0.into(),
            beat.epoch.0.into(),
            beat.run_token_hash.as_str().into(),
        ];
        held.push(execute(client, sql, &args).await? == 1);
    }
    Ok(held)
}

/// What waits for time to pass.
pub async fn due(client: &Object, now: Timestamp) -> Result<Due, Fault> {
    let now = [Arg::from(now.to_string())];
    let expired = query(
        client,
        "SELECT org_id, source_id, branch, job_id FROM leases
         WHERE job_id IS NOT NULL AND expires_at <= ?1 ORDER BY expires_at, source_id, branch",
        &now,
    )
    .await?;
    let expired_leases = expired
        .iter()
        .map(|row| {
            Ok((
                OrgId(row.try_get(0)?),
                SourceId(row.try_get(1)?),
                row.try_get(2)?,
                JobId(row.try_get(3)?),
            ))
        })
        .collect::<Result<_, Fault>>()?;
    let next = query(
        client,
        "SELECT min(at) FROM (
           SELECT min(expires_at) AS at FROM leases WHERE job_id IS NOT NULL AND expires_at > ?1
           UNION ALL
           SELECT min(next_attempt_at) FROM jobs WHERE status IN ('queued', 'retrying') AND next_attempt_at > ?1
         ) AS moments",
        &now,
    )
    .await?;
    let next: Option<String> = match next.first() {
        Some(row) => row.try_get(0)?,
        None => None,
    };
    Ok(Due {
        expired_leases,
        next_at: next.as_deref().map(time).transpose()?,
    })
}

/// Appends lines; answers the place of the last. A lock of the job's own keeps its numbers without gaps.
pub async fn append_log(
    client: &mut Object,
    org: OrgId,
    job: JobId,
    lines: &[NewLine],
) -> Result<i64, Fault> {
    let tx = client.transaction().await?;
    let name = format!("job_log:{}:{}", org.0, job.0);
    tx.query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        &[&name],
    )
    .await?;
    let texts =
        |of: &dyn Fn(&NewLine) -> Option<String>| Arg::Texts(lines.iter().map(of).collect());
    let args = [
        org.0.into(),
        job.0.into(),
        texts(&|l| Some(l.at.to_string())),
        texts(&|l| Some(l.level.as_str().to_owned())),
        texts(&|l| l.step.map(|s| StepName::as_str(s).to_owned())),
        Arg::Ints(lines.iter().map(|l| l.space_id.map(|s| s.0)).collect()),
        texts(&|l| Some(l.message.clone())),
    ];
    let statement = tx
        .prepare_cached(&places(
            "WITH last AS (
               SELECT coalesce(max(seq), 0) AS seq FROM job_log WHERE org_id = ?1 AND job_id = ?2
             ), put AS (
               INSERT INTO job_log (org_id, job_id, seq, at, level, step, space_id, message)
               SELECT ?1, ?2, last.seq + line.place, line.at, line.level, line.step, line.space_id, line.message
               FROM last, unnest(?3::text[], ?4::text[], ?5::text[], ?6::bigint[], ?7::text[])
                 WITH ORDINALITY AS line(at, level, step, space_id, message, place)
               RETURNING seq
             )
             SELECT greatest((SELECT seq FROM last), (SELECT max(seq) FROM put))",
        ))
        .await?;
    let last = tx.query_one(&statement, &params(&args)).await?.try_get(0)?;
    tx.commit().await?;
    Ok(last)
}

/// Lines after `after`.
pub async fn lines(
    client: &Object,
    org: OrgId,
    job: JobId,
    after: i64,
    limit: u32,
) -> Result<Vec<StoredLine>, Fault> {
    let word = |e: UnknownWord| Fault::Own(StoreError::Internal(e.to_string()));
    let rows = query(
        client,
        "SELECT seq, at, level, step, space_id, message FROM job_log
         WHERE org_id = ?1 AND job_id = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
        &[
            org.0.into(),
            job.0.into(),
            after.into(),
            i64::from(limit).into(),
        ],
    )
    .await?;
    rows.iter()
        .map(|row| {
            let step: Option<&str> = row.try_get(3)?;
            Ok(StoredLine {
                seq: row.try_get(0)?,
                line: NewLine {
                    at: time(row.try_get(1)?)?,
                    level: row.try_get::<_, &str>(2)?.parse().map_err(word)?,
                    step: step.map(str::parse).transpose().map_err(word)?,
                    space_id: row.try_get::<_, Option<i64>>(4)?.map(SpaceId),
                    message: row.try_get(5)?,
                },
            })
        })
        .collect()
}

/// A compressed blob with its size.
pub async fn blob(
    client: &Object,
    org: OrgId,
    sha256: &str,
) -> Result<Option<(usize, Vec<u8>)>, Fault> {
    let rows = query(
        client,
        "SELECT size, zstd FROM blobs WHERE org_id = ?1 AND sha256 = ?2",
        &[org.0.into(), sha256.into()],
    )
    .await?;
    rows.first()
        .map(|row| Ok((row.try_get::<_, i64>(0)? as usize, row.try_get(1)?)))
        .transpose()
}

/// Notes a token's use.
pub async fn token_used(
    client: &Object,
    org: OrgId,
    token: TokenId,
    at: Timestamp,
) -> Result<(), Fault> {
    execute(
        client,
        "INSERT INTO token_uses (org_id, token_id, used_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (org_id, token_id) DO UPDATE SET used_at = excluded.used_at WHERE token_uses.used_at <= ?4",
        &[
            org.0.into(),
            token.0.into(),
            at.to_string().into(),
            at.plus_seconds(-USED_EVERY_SECONDS).to_string().into(),
        ],
    )
    .await?;
    Ok(())
}

/// When tokens were last used.
pub async fn tokens_used(client: &Object, org: OrgId) -> Result<Vec<(TokenId, Timestamp)>, Fault> {
    let rows = query(
        client,
        "SELECT token_id, used_at FROM token_uses WHERE org_id = ?1 ORDER BY token_id",
        &[org.0.into()],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((TokenId(row.try_get(0)?), time(row.try_get(1)?)?)))
        .collect()
}
