//! The run that calls: whose lease the token in `Jolli-Run` holds (engine.md: identity).

use super::ask::ask;
use super::command::Done;
use super::context::Context;
use super::fault::Fault;
use crate::api::{Code, JobId, Role};
use crate::base::sha256_hex;
use crate::domain::event::Actor;
use crate::domain::job::{NoteRefused, RunFence};
use crate::domain::row::{JobRow, Key, LeaseRow, Table};
use crate::domain::view::{Decider, Find, Test};
use crate::engine::Command;

/// A run and its job.
pub struct Held {
    /// The proof that its writes carry.
    pub fence: RunFence,
    /// The job that it works on.
    pub job: JobRow,
}

/// The run of a runner's call; `None`: a person calls.
pub async fn of(c: &Context) -> Result<Option<Held>, Fault> {
    if c.caller.role != Role::Runner {
        return Ok(None);
    }
    let hash = sha256_hex(c.run_token()?.as_bytes());
    let find = Find::all(Table::Leases)
        .is("run_token_hash", hash.as_str())
        .test("job_id", Test::NotNull);
    let (held, _) = ask(&c.app, c.caller.org.id, |view| {
        let leases = view.find::<LeaseRow>(find.clone())?;
        let Some((lease, job)) = leases.first().and_then(|l| l.job_id.map(|job| (*l, job))) else {
            return Ok(None);
        };
        let job = view.row::<JobRow>(Key::Jobs(job))?;
        Ok(job.map(|job| (lease.epoch, job.clone())))
    })
    .await?;
    let Some((epoch, job)) = held else {
        return Err(Fault::new(
            Code::StaleWriter,
            "This run holds no lease any more. Stop: nothing was written.",
        ));
    };
    Ok(Some(Held {
        fence: RunFence {
            job_id: job.id,
            epoch,
            run_token_hash: hash,
        },
        job,
    }))
}

/// Submits a write of a run. That it is refused because the run lost its lease, or another one moved the cursor, is noted:
/// somebody may wonder who else is at work (D-18, D-19).
pub async fn submit(
    c: &Context,
    job: JobId,
    body: &[u8],
    decider: impl Decider + 'static,
) -> Result<Done, Fault> {
    let done = c.submit(body, decider).await;
    if let Err(fault) = &done
        && matches!(fault.0.code, Code::StaleWriter | Code::CursorConflict)
    {
        note_refused(c, job, fault.0.code).await?;
    }
    done
}

/// Notes that a write of a run was refused.
pub async fn note_refused(c: &Context, job_id: JobId, code: Code) -> Result<(), Fault> {
    let command = Command::by(Actor::system()).urgent();
    let note = NoteRefused { job_id, code };
    c.app
        .engine
        .dispatch(c.caller.org.id, command, note)
        .await?;
    Ok(())
}
