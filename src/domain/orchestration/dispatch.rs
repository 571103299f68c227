//! The way in: who may give a command, and which room decides it (orchestration.md: commands).

use super::asked::Asked;
use super::command::{Command, Origin};
use super::{checkpoint, follow_up, message, project, question, session, thread, turn};
use crate::domain::event::{NewEvent, Payload, Stream};
use crate::domain::id::{JobId, ProjectId, ThreadId};
use crate::domain::job::RunFence;
use crate::domain::row::{JobRow, Key};
use crate::domain::view::{Decider, Decision, Need, Stop, View};

/// A command of a project or a thread, by whom it is given.
#[derive(Debug)]
pub struct Dispatch {
    command: Command,
    run: Option<RunFence>,
}

impl Dispatch {
    /// Given by a person, through any client.
    pub const fn by_client(command: Command) -> Self {
        Self { command, run: None }
    }

    /// Given by the run that drives the thread, as long as it holds its lease.
    pub const fn by_run(command: Command, run: RunFence) -> Self {
        Self {
            command,
            run: Some(run),
        }
    }

    /// What every command asks for, in one go.
    fn always_needed(&self) -> Vec<Need> {
        let subject = match self.command.stream() {
            Stream::Project(id) => Some(Key::ProjectionProjects(id)),
            Stream::Thread(id) => Some(Key::ProjectionThreads(id)),
            _ => None,
        };
        let job = self.run.as_ref().map(|run| Key::Jobs(run.job_id));
        subject.into_iter().chain(job).map(Need::Row).collect()
    }

    fn check_giver(&self, asked: &Asked<'_>) -> Result<(), Stop> {
        let kind = asked.kind;
        let Some(fence) = &self.run else {
            return match self.command.origin() {
                Origin::Client => Ok(()),
                Origin::Run => Err(asked.forbidden(format!(
                    "`{kind}` is for the run that drives the thread, not for clients. Give it with the token of that run."
                ))),
            };
        };
        let job = fence.check(asked.view)?;
        let begins = matches!(
            self.command,
            Command::ProjectCreate { .. }
                | Command::ThreadCreate { .. }
                | Command::TurnStart { .. }
        );
        if self.command.origin() == Origin::Client && !begins {
            return Err(asked.forbidden(format!(
                "`{kind}` is for people, not for runs: a run does not answer, stop or clear away its own work. Give it with the token of a person."
            )));
        }
        if is_of(job, &self.command) {
            Ok(())
        } else {
            Err(asked.forbidden(format!(
                "{} {} is not of run #{}, which works on those of its own spaces only.",
                self.command.stream().kind(),
                self.command.stream().id(),
                job.id
            )))
        }
    }
}

impl Decider for Dispatch {
    fn kind(&self) -> &'static str {
        self.command.kind()
    }

    fn decide(&self, view: &View) -> Result<Decision, Stop> {
        let asked = Asked {
            view,
            kind: self.command.kind(),
        };
        view.require(self.always_needed())?;
        self.check_giver(&asked)?;
        let mut decision = match &self.command {
            Command::ProjectCreate {
                project_id,
                title,
                workspace_root,
                default_model,
                created_at,
            } => project::create(
                asked,
                project_id,
                title,
                workspace_root,
                default_model.as_deref(),
                *created_at,
            ),
            Command::ProjectMetaUpdate {
                project_id,
                title,
                workspace_root,
                default_model,
                scripts,
            } => project::update(
                asked,
                project_id,
                title.as_deref(),
                workspace_root.as_deref(),
                default_model.as_ref(),
                scripts.as_deref(),
            ),
            Command::ProjectDelete { project_id, force } => {
                project::delete(asked, project_id, *force)
            }
            Command::ThreadCreate {
                thread_id,
                project_id,
                title,
                model,
                branch,
                worktree_path,
                runtime_mode,
                created_at,
            } => thread::create(
                asked,
                thread_id,
                project_id,
                thread::New {
                    title,
                    model,
                    branch: branch.as_deref(),
                    worktree_path: worktree_path.as_deref(),
                    runtime_mode: *runtime_mode,
                    created_at: *created_at,
                },
            ),
            Command::ThreadDelete { thread_id } => thread::delete(asked, thread_id),
            Command::ThreadArchive { thread_id } => thread::archive(asked, thread_id),
            Command::ThreadUnarchive { thread_id } => thread::unarchive(asked, thread_id),
            Command::ThreadMetaUpdate {
                thread_id,
                title,
                model,
                branch,
                worktree_path,
                expected_branch,
            } => thread::update(
                asked,
                thread_id,
                thread::Edit {
                    title: title.as_deref(),
                    model: model.as_deref(),
                    branch: branch.as_ref(),
                    worktree_path: worktree_path.as_ref(),
                    expected_branch: expected_branch.as_deref(),
                },
            ),
            // When a mode is set is the server's to say: it counts from the next turn that starts.
            Command::RuntimeModeSet {
                thread_id,
                runtime_mode,
                created_at: _,
            } => thread::set_mode(asked, thread_id, *runtime_mode),
            Command::TurnStart {
                thread_id,
                message,
                turn_id,
                model,
                effort,
                runtime_mode: _,
                created_at,
            } => turn::start(
                asked,
                thread_id,
                turn::Start {
                    message,
                    turn_id: turn_id.as_ref(),
                    model: model.as_deref(),
                    effort: effort.as_deref(),
                    created_at: *created_at,
                },
            ),
            Command::TurnInterrupt {
                thread_id,
                turn_id,
                created_at,
            } => turn::interrupt(asked, thread_id, turn_id.as_ref(), *created_at),
            Command::ApprovalRespond {
                thread_id,
                request_id,
                decision,
                created_at,
            } => question::decide(asked, thread_id, request_id, *decision, *created_at),
            Command::UserInputRespond {
                thread_id,
                request_id,
                answers,
                created_at,
            } => question::inform(asked, thread_id, request_id, answers, *created_at),
            Command::CheckpointRevert {
                thread_id,
                turn_count,
                created_at,
            } => checkpoint::revert(asked, thread_id, *turn_count, *created_at),
            Command::SessionStop {
                thread_id,
                created_at,
            } => session::stop(asked, thread_id, *created_at),
            Command::SessionSet {
                thread_id,
                session,
                created_at,
            } => session::set(asked, thread_id, session, *created_at),
            Command::AssistantDelta {
                thread_id,
                message_id,
                delta,
                turn_id,
                created_at,
            } => message::delta(
                asked,
                thread_id,
                message_id,
                delta,
                turn_id.as_ref(),
                *created_at,
            ),
            Command::AssistantComplete {
                thread_id,
                message_id,
                turn_id,
                created_at,
            } => message::complete(asked, thread_id, message_id, turn_id.as_ref(), *created_at),
            Command::TurnDiffComplete {
                thread_id,
                turn_id,
                checkpoint_turn_count,
                checkpoint_ref,
                status,
                files,
                assistant_message_id,
                diffs,
                completed_at,
                created_at,
            } => checkpoint::complete(
                asked,
                thread_id,
                checkpoint::Taken {
                    turn_id,
                    number: *checkpoint_turn_count,
                    checkpoint_ref,
                    status: *status,
                    files,
                    assistant_message_id: assistant_message_id.as_ref(),
                    diffs,
                    completed_at: *completed_at,
                    created_at: *created_at,
                },
            ),
            Command::ActivityAppend {
                thread_id,
                activity,
                created_at,
            } => question::append(asked, thread_id, activity, *created_at),
            Command::RevertComplete {
                thread_id,
                turn_count,
                created_at,
            } => checkpoint::reverted(asked, thread_id, *turn_count, *created_at),
        }?;
        if decision.events.is_empty() {
            return Err(asked.invalid("", "Command produced no events."));
        }
        match (&self.run, &self.command) {
            (Some(run), Command::ThreadCreate { thread_id, .. }) => {
                decision.events.extend(opened(view, run.job_id, thread_id)?);
            }
            (
                None,
                Command::TurnStart {
                    thread_id, message, ..
                },
            ) => {
                let queued = follow_up::queued(asked, thread_id, message, &decision.events)?;
                decision.events.extend(queued);
            }
            _ => {}
        }
        Ok(decision)
    }
}

/// The job's own word of the thread that its run opened: its page leads there.
fn opened(view: &View, id: JobId, thread: &ThreadId) -> Result<Option<NewEvent>, Stop> {
    let job: Option<&JobRow> = view.row(Key::Jobs(id))?;
    let spaces = job.into_iter().flat_map(|job| &job.affected_space_ids);
    let of = spaces
        .copied()
        .find(|space| ThreadId::of_run(id, *space) == *thread);
    Ok(of.map(|space_id| {
        NewEvent::new(
            Stream::Job(id),
            Payload::SpaceThreadOpened {
                space_id,
                thread_id: thread.clone(),
            },
        )
    }))
}

/// Whether the command is about a project or a thread that this run works in.
fn is_of(job: &JobRow, command: &Command) -> bool {
    match (command, command.stream()) {
        (
            Command::ThreadCreate {
                thread_id,
                project_id,
                ..
            },
            _,
        ) => job.affected_space_ids.iter().any(|space| {
            ThreadId::of_run(job.id, *space) == *thread_id
                && ProjectId::of_space(*space) == *project_id
        }),
        (_, Stream::Thread(id)) => job.works_on(&id),
        (_, Stream::Project(id)) => job
            .affected_space_ids
            .iter()
            .any(|space| ProjectId::of_space(*space) == id),
        _ => false,
    }
}
