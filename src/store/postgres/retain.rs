//! What ages, in SQL: a few at a time, so that nobody waits long behind it. Needs no head: whoever is about to refer to a
//! blob puts it first, which makes it young again. Several servers may do it at once: each leaves alone what another has
//! in hand.

use super::fault::Fault;
use super::log;
use super::session::Session;
use super::sql::Arg;
use crate::base::Timestamp;
use crate::domain::id::Sequence;
use crate::store::log::time;
use crate::store::retain::{Aged, UNREFERRED, position_before};
use crate::store::{StoreError, Swept};

/// How many are removed in one transaction.
const FEW: i64 = 500;

/// The last position that was recorded before `moment`.
fn before(session: &mut Session, moment: Timestamp) -> Result<Sequence, StoreError> {
    let head = log::head(&session.query(log::HEAD, Vec::new())?)?;
    position_before(moment, head.sequence, |sequence| {
        let rows = session.query(
            "SELECT recorded_at FROM orchestration_events WHERE sequence <= ?1 ORDER BY sequence DESC LIMIT 1",
            vec![sequence.0.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        time(row.try_get(0).map_err(Fault::from)?).map(Some)
    })
}

/// Removes what has aged.
pub fn sweep(session: &mut Session, aged: &Aged) -> Result<Swept, Fault> {
    // An idle session may have ended meanwhile; the first question says so.
    session.begin("BEGIN")?;
    session.batch("COMMIT")?;
    let mut swept = Swept::default();
    let position = before(session, aged.receipts)?;
    loop {
        let removed = session.execute(&[(
            "DELETE FROM orchestration_command_receipts WHERE (org_id, command_id) IN (
               SELECT org_id, command_id FROM orchestration_command_receipts
               WHERE result_sequence <= ?1 AND accepted_at < ?2 LIMIT ?3 FOR UPDATE SKIP LOCKED)"
                .to_owned(),
            vec![
                position.0.into(),
                aged.receipts.to_string().into(),
                FEW.into(),
            ],
        )])?;
        let removed: u64 = removed.into_iter().sum();
        swept.receipts += removed;
        if removed < FEW as u64 {
            break;
        }
    }
    let mut after: (String, i64, String) = (String::new(), 0, String::new());
    loop {
        let found = session.query(
            &format!(
                "SELECT b.stored_at, b.org_id, b.sha256 FROM blobs AS b
                 WHERE {UNREFERRED} AND (b.stored_at, b.org_id, b.sha256) > (?3, ?4, ?5)
                 ORDER BY b.stored_at, b.org_id, b.sha256 LIMIT ?6"
            ),
            vec![
                aged.blobs.to_string().into(),
                aged.bodies.to_string().into(),
                after.0.as_str().into(),
                after.1.into(),
                after.2.as_str().into(),
                FEW.into(),
            ],
        )?;
        let Some(last) = found.last() else {
            return Ok(swept);
        };
        after = (last.try_get(0)?, last.try_get(1)?, last.try_get(2)?);
        let (mut orgs, mut names) = (Vec::new(), Vec::new());
        for row in &found {
            orgs.push(Some(row.try_get::<_, i64>(1)?));
            names.push(Some(row.try_get::<_, String>(2)?));
        }
        // Asked again: something may have come to refer to it, or put it, since.
        let removed = session.execute(&[(
            format!(
                "DELETE FROM blobs WHERE (org_id, sha256) IN (
                   SELECT b.org_id, b.sha256 FROM blobs AS b WHERE {UNREFERRED}
                     AND (b.org_id, b.sha256) IN (SELECT * FROM unnest(?3::bigint[], ?4::text[]))
                   FOR UPDATE SKIP LOCKED)"
            ),
            vec![
                aged.blobs.to_string().into(),
                aged.bodies.to_string().into(),
                Arg::Ints(orgs),
                Arg::Texts(names),
            ],
        )])?;
        swept.blobs += removed.into_iter().sum::<u64>();
    }
}
