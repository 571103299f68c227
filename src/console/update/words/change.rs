//! What a command makes of a row, in words.

use super::names::row_name;
use super::shape::{Words, saving};
use super::{admin, thread};
use crate::console::command::CommandId as C;
use crate::console::model::{Model, RowKey};

/// The words of a command on a row.
pub fn words(model: &Model, command: C, row: RowKey) -> Words {
    let replica = &model.replica;
    let name = row_name(model, row);
    match (command, row) {
        (C::BindingToggle, RowKey::Binding(space, source)) => {
            let was_on = replica
                .bindings
                .get((space, source))
                .is_some_and(|it| it.enabled);
            let (now, before) = if was_on {
                (tr!("off"), tr!("on"))
            } else {
                (tr!("on"), tr!("off"))
            };
            let what = if was_on {
                tr!("No event reaches it from now on.")
            } else {
                tr!("Events reach it from now on.")
            };
            Words {
                pending: tr!("saving {now}", now),
                message: saving(tr!("binding {name} {now}", name, now)),
                done: tr!("{name} is {now}. {what}", name, now, what),
                refused: tr!("Not changed"),
                label: format!("{} {now}", replica.space_name(space)),
                back: tr!("{name} is {before}", name, before),
            }
        }
        (C::BindingEdit, RowKey::Binding(space, source)) => {
            let before = replica
                .bindings
                .get((space, source))
                .and_then(|it| it.jrn_pattern.clone())
                .unwrap_or_else(|| tr!("all paths").into());
            Words {
                pending: tr!("saving").into(),
                message: saving(tr!("pattern of {name}", name)),
                done: tr!("Pattern of {name} is changed.", name),
                refused: tr!("Not changed"),
                label: tr!(
                    "pattern of {space_name}",
                    space_name = replica.space_name(space)
                ),
                back: tr!("Pattern of {name} is {before}", name, before),
            }
        }
        (C::Bind, RowKey::Binding(space, _)) => Words {
            pending: tr!("binding").into(),
            message: saving(tr!("binding {name}", name)),
            done: tr!("{name} is bound. Events reach it from now on.", name),
            refused: tr!("Not bound"),
            label: tr!(
                "bound \"{space_name}\"",
                space_name = replica.space_name(space)
            ),
            back: tr!("{name} is not bound", name),
        },
        (C::Unbind, RowKey::Binding(space, _)) => Words {
            pending: tr!("unbinding").into(),
            message: saving(tr!("unbinding {name}", name)),
            done: tr!("{name} is unbound. No event reaches it any more.", name),
            refused: tr!("Not unbound"),
            label: tr!(
                "unbound \"{space_name}\"",
                space_name = replica.space_name(space)
            ),
            back: tr!("{name} is bound", name),
        },
        (C::SourceToggle, RowKey::Source(source)) => {
            let was_on = replica.sources.get(source).is_some_and(|it| it.enabled);
            let (now, before) = if was_on {
                (tr!("off"), tr!("on"))
            } else {
                (tr!("on"), tr!("off"))
            };
            let what = if was_on {
                tr!("No event of it queues anything.")
            } else {
                tr!("Its events queue runs again.")
            };
            Words {
                pending: tr!("saving {now}", now),
                message: saving(format!("{name} {now}")),
                done: tr!("{name} is {now}. {what}", name, now, what),
                refused: tr!("Not changed"),
                label: format!("{name} {now}"),
                back: tr!("{name} is {before}", name, before),
            }
        }
        (C::SourcePause, RowKey::Source(source)) => {
            let was_paused = (replica.sources.get(source)).is_some_and(|it| it.paused.is_some());
            let (now, before, what) = if was_paused {
                (
                    tr!("goes on"),
                    tr!("is paused"),
                    tr!("Its runs may be taken."),
                )
            } else {
                (tr!("is paused"), tr!("goes on"), tr!("Its runs wait."))
            };
            Words {
                pending: tr!("saving").into(),
                message: saving(format!("{name} {now}")),
                done: format!("{name} {now}. {what}"),
                refused: tr!("Not changed"),
                label: format!("{name} {now}"),
                back: format!("{name} {before}"),
            }
        }
        (C::QueueResume, _) => Words {
            pending: tr!("resuming").into(),
            message: saving(tr!("the queue goes on")),
            done: tr!("The queue goes on.").into(),
            refused: tr!("Not resumed"),
            label: tr!("resuming of the queue").into(),
            back: tr!("The queue is paused").into(),
        },
        (C::Rebaseline, _) => Words {
            pending: tr!("queueing").into(),
            message: saving(tr!("re-baseline of {name}", name)),
            done: tr!("Queued; it sets the cursor anew.").into(),
            refused: tr!("Not queued"),
            label: tr!("re-baseline of {name}", name),
            back: tr!("The re-baseline of {name} is cancelled", name),
        },
        (C::SourceNew, _) => Words {
            pending: tr!("adding").into(),
            message: saving(tr!("a new source")),
            done: tr!("Source added.").into(),
            refused: tr!("Not added"),
            label: tr!("new source").into(),
            back: tr!("The source is gone").into(),
        },
        (C::SourceEdit, _) => Words::edit(&name),
        (C::SpaceNew, _) => Words {
            pending: tr!("making").into(),
            message: saving(tr!("a new space")),
            done: tr!("Space made.").into(),
            refused: tr!("Not made"),
            label: tr!("new space").into(),
            back: tr!("The space is gone").into(),
        },
        (C::SpaceEdit, _) => Words {
            pending: tr!("saving").into(),
            message: saving(tr!("space {name}", name)),
            done: tr!("The space {name} is changed.", name),
            refused: tr!("Not changed"),
            label: tr!("edit of {name}", name),
            back: tr!("The space {name} is as it was", name),
        },
        (C::Link, _) => Words {
            pending: tr!("linking").into(),
            message: saving(tr!("link {name}", name)),
            done: tr!("{name} is true. Its cursor starts empty.", name),
            refused: tr!("Not linked"),
            label: tr!("link {name}", name),
            back: tr!("{name} is virtual", name),
        },
        (C::Unlink, _) => Words {
            pending: tr!("unlinking").into(),
            message: saving(tr!("unlink {name}", name)),
            done: tr!("{name} is virtual. Its cursor is gone.", name),
            refused: tr!("Not unlinked"),
            label: tr!("unlink {name}", name),
            back: String::new(),
        },
        (C::LocalRemove, _) => {
            let finding = crate::console::possible::target::conflict(model);
            let name = finding
                .and_then(|it| it.source_name.clone())
                .unwrap_or_default();
            Words {
                pending: tr!("removing").into(),
                message: saving(tr!("removal of the local {name}", name)),
                done: tr!(
                    "The local entry {name} is gone; the folder itself is as it was.",
                    name
                ),
                refused: tr!("Not removed"),
                label: tr!("removal of the local {name}", name),
                back: tr!("The local entry {name} is there again", name),
            }
        }
        (C::CatchUp, _) => Words {
            pending: tr!("queueing").into(),
            message: saving(tr!("catch-up of {name}", name)),
            done: tr!("Catch-up queued.").into(),
            refused: tr!("Not queued"),
            label: tr!("catch-up of {name}", name),
            back: tr!("The catch-up of {name} is cancelled", name),
        },
        (C::RunRetry, RowKey::Job(id)) => {
            let failed: Vec<String> = replica
                .jobs
                .get(id)
                .map(|job| {
                    job.spaces
                        .iter()
                        .filter(|it| it.status == crate::api::SpaceStatus::Failed)
                        .map(|it| replica.space_name(it.space_id))
                        .collect()
                })
                .unwrap_or_default();
            let of = if failed.is_empty() {
                tr!("again.").to_owned()
            } else {
                tr!("again for {failed}.", failed = failed.join(" and "))
            };
            Words {
                pending: tr!("queueing").into(),
                message: saving(tr!("retry of run #{id}", id)),
                done: tr!("Run #{id} goes {of} u cancels it while it waits.", id, of),
                refused: tr!("Not retried"),
                label: tr!("retry of #{id}", id),
                back: tr!("The retry of #{id} is cancelled", id),
            }
        }
        (C::RunAgain, RowKey::Job(id)) => Words {
            pending: tr!("queueing").into(),
            message: saving(tr!("run #{id} again", id)),
            done: tr!(
                "Queued again from the event of #{id}. u cancels it while it waits.",
                id
            ),
            refused: tr!("Not queued"),
            label: tr!("re-run of #{id}", id),
            back: tr!("The re-run of #{id} is cancelled", id),
        },
        (C::Redeliver, _) => Words {
            pending: tr!("redelivering").into(),
            message: saving(tr!("redelivery of {name}", name)),
            done: tr!(
                "Delivery {name} is processed again, as a new generation.",
                name
            ),
            refused: tr!("Not redelivered"),
            label: tr!("redelivery of {name}", name),
            back: tr!("Its run is cancelled").into(),
        },
        (C::IntegrationCheck, _) => Words {
            pending: tr!("checking").into(),
            message: tr!("Checking the access of {name}.", name),
            done: tr!("{name} is checked.", name),
            refused: tr!("Not checked"),
            label: String::new(),
            back: String::new(),
        },
        (C::SourceDelete, _) => Words::deletion(&name),
        (C::CursorClear, _) => Words {
            pending: tr!("clearing").into(),
            message: saving(tr!("clearing the cursor of {name}", name)),
            done: tr!("Cursor of {name} cleared.", name),
            refused: tr!("Not cleared"),
            label: tr!("clear cursor of {name}", name),
            back: String::new(),
        },
        (C::RunCancel, _) => Words {
            pending: tr!("cancelling").into(),
            message: saving(tr!("cancelling {name}", name)),
            done: tr!("Run {name} is cancelled.", name),
            refused: tr!("Not cancelled"),
            label: tr!("cancel of {name}", name),
            back: String::new(),
        },
        (C::SpaceSkip, RowKey::JobSpace(job, space)) => Words {
            pending: tr!("skipping").into(),
            message: saving(tr!("skipping {name}", name)),
            done: tr!(
                "{space_name} is skipped in run #{job}.",
                space_name = replica.space_name(space),
                job
            ),
            refused: tr!("Not skipped"),
            label: tr!("skip of {name}", name),
            back: String::new(),
        },
        (C::LeaseRelease, _) => Words {
            pending: tr!("releasing").into(),
            message: saving(tr!("releasing the lease of {name}", name)),
            done: tr!("Lease of {name} is free.", name),
            refused: tr!("Not released"),
            label: tr!("lease of {name}", name),
            back: String::new(),
        },
        (command, RowKey::Approval(_)) if command.is_answer() => {
            let (now, done) = match command {
                C::ApproveOnce => (
                    tr!("allowing once"),
                    tr!("Allowed once. The agent goes on."),
                ),
                C::ApproveSession => (
                    tr!("allowing for the session"),
                    tr!("Allowed for the session: this kind is not asked again."),
                ),
                _ => (tr!("declining"), tr!("Declined. The agent is told so.")),
            };
            Words {
                pending: now.into(),
                message: tr!("Answering {name}: {now}. Not yet confirmed.", name, now),
                done: done.into(),
                refused: tr!("Not answered"),
                label: tr!("answer to {name}", name),
                back: String::new(),
            }
        }
        (command, RowKey::Thread(_) | RowKey::Approval(_)) => thread::words(model, command, &name),
        (
            C::TokenNew
            | C::TokenRevoke
            | C::IntegrationNew
            | C::IntegrationEdit
            | C::IntegrationDelete
            | C::SecretRotate
            | C::CredentialSet
            | C::CredentialRemove,
            _,
        ) => admin::words(model, command, row, &name),
        (command, _) => Words {
            pending: tr!("saving").into(),
            message: saving(tr!(
                "{action} of {name}",
                action = command.entry().short(),
                name
            )),
            done: tr!("{title}: done.", title = command.entry().title()),
            refused: tr!("Not done"),
            label: command.entry().short().to_owned(),
            back: tr!("{name} is as it was", name),
        },
    }
}
