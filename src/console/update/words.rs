//! What a change is called before, while and after: message row, toast, footer.

use crate::console::command::CommandId as C;
use crate::console::model::{Model, RowKey};

/// The words of one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// In the row while it is sent: `saving on`.
    pub pending: String,
    /// Message row while it is sent.
    pub message: String,
    /// Toast when it is done.
    pub done: String,
    /// First words of the toast when it is not: `Not linked`.
    pub refused: &'static str,
    /// What the footer calls it: `SDK Reference off`.
    pub label: String,
    /// What is so once it is taken back: the start of a sentence. Names keep their own case.
    pub back: String,
}

/// The words of a command on a row.
pub(super) fn words(model: &Model, command: C, row: RowKey) -> Words {
    let replica = &model.replica;
    let name = row_name(model, row);
    let saving = |what: String| format!("Saving: {what}. Not yet confirmed.");
    match (command, row) {
        (C::BindingToggle, RowKey::Binding(space, source)) => {
            let was_on = replica
                .bindings
                .get((space, source))
                .is_some_and(|it| it.enabled);
            let (now, before) = if was_on { ("off", "on") } else { ("on", "off") };
            let what = if was_on {
                "No event reaches it from now on."
            } else {
                "Events reach it from now on."
            };
            Words {
                pending: format!("saving {now}"),
                message: saving(format!("binding {name} {now}")),
                done: format!("{name} is {now}. {what}"),
                refused: "Not changed",
                label: format!("{} {now}", replica.space_name(space)),
                back: format!("{name} is {before}"),
            }
        }
        (C::BindingEdit, RowKey::Binding(space, source)) => {
            let before = replica
                .bindings
                .get((space, source))
                .and_then(|it| it.jrn_pattern.clone())
                .unwrap_or_else(|| "all paths".into());
            Words {
                pending: "saving".into(),
                message: saving(format!("pattern of {name}")),
                done: format!("Pattern of {name} is changed."),
                refused: "Not changed",
                label: format!("pattern of {}", replica.space_name(space)),
                back: format!("Pattern of {name} is {before}"),
            }
        }
        (C::Bind, RowKey::Binding(space, _)) => Words {
            pending: "binding".into(),
            message: saving(format!("binding {name}")),
            done: format!("{name} is bound. Events reach it from now on."),
            refused: "Not bound",
            label: format!("bound \"{}\"", replica.space_name(space)),
            back: format!("{name} is not bound"),
        },
        (C::Unbind, RowKey::Binding(space, _)) => Words {
            pending: "unbinding".into(),
            message: saving(format!("unbinding {name}")),
            done: format!("{name} is unbound. No event reaches it any more."),
            refused: "Not unbound",
            label: format!("unbound \"{}\"", replica.space_name(space)),
            back: format!("{name} is bound"),
        },
        (C::SourceToggle, RowKey::Source(source)) => {
            let was_on = replica.sources.get(source).is_some_and(|it| it.enabled);
            let (now, before) = if was_on { ("off", "on") } else { ("on", "off") };
            let what = if was_on {
                "No event of it queues anything."
            } else {
                "Its events queue runs again."
            };
            Words {
                pending: format!("saving {now}"),
                message: saving(format!("{name} {now}")),
                done: format!("{name} is {now}. {what}"),
                refused: "Not changed",
                label: format!("{name} {now}"),
                back: format!("{name} is {before}"),
            }
        }
        (C::SourcePause, RowKey::Source(source)) => {
            let was_paused = (replica.sources.get(source)).is_some_and(|it| it.paused.is_some());
            let (now, before, what) = if was_paused {
                ("goes on", "is paused", "Its runs may be taken.")
            } else {
                ("is paused", "goes on", "Its runs wait.")
            };
            Words {
                pending: "saving".into(),
                message: saving(format!("{name} {now}")),
                done: format!("{name} {now}. {what}"),
                refused: "Not changed",
                label: format!("{name} {now}"),
                back: format!("{name} {before}"),
            }
        }
        (C::QueueResume, _) => Words {
            pending: "resuming".into(),
            message: saving("the queue goes on".to_owned()),
            done: "The queue goes on.".into(),
            refused: "Not resumed",
            label: "resuming of the queue".into(),
            back: "The queue is paused".into(),
        },
        (C::Rebaseline, _) => Words {
            pending: "queueing".into(),
            message: saving(format!("re-baseline of {name}")),
            done: "Queued; it sets the cursor anew.".into(),
            refused: "Not queued",
            label: format!("re-baseline of {name}"),
            back: format!("The re-baseline of {name} is cancelled"),
        },
        (C::SourceNew, _) => Words {
            pending: "adding".into(),
            message: saving("a new source".into()),
            done: "Source added.".into(),
            refused: "Not added",
            label: "new source".into(),
            back: "The source is gone".into(),
        },
        (C::SourceEdit, _) => Words {
            pending: "saving".into(),
            message: saving(name.clone()),
            done: format!("{name} is changed."),
            refused: "Not changed",
            label: format!("edit of {name}"),
            back: format!("{name} is as it was"),
        },
        (C::SpaceNew, _) => Words {
            pending: "making".into(),
            message: saving("a new space".into()),
            done: "Space made.".into(),
            refused: "Not made",
            label: "new space".into(),
            back: "The space is gone".into(),
        },
        (C::SpaceEdit, _) => Words {
            pending: "saving".into(),
            message: saving(format!("space {name}")),
            done: format!("The space {name} is changed."),
            refused: "Not changed",
            label: format!("edit of {name}"),
            back: format!("The space {name} is as it was"),
        },
        (C::Link, _) => Words {
            pending: "linking".into(),
            message: saving(format!("link {name}")),
            done: format!("{name} is true. Its cursor starts empty."),
            refused: "Not linked",
            label: format!("link {name}"),
            back: format!("{name} is virtual"),
        },
        (C::Unlink, _) => Words {
            pending: "unlinking".into(),
            message: saving(format!("unlink {name}")),
            done: format!("{name} is virtual. Its cursor is gone."),
            refused: "Not unlinked",
            label: format!("unlink {name}"),
            back: String::new(),
        },
        (C::LocalRemove, _) => {
            let finding = crate::console::command::target::conflict(model);
            let name = finding
                .and_then(|it| it.source_name.clone())
                .unwrap_or_default();
            Words {
                pending: "removing".into(),
                message: saving(format!("removal of the local {name}")),
                done: format!("The local entry {name} is gone; the folder itself is as it was."),
                refused: "Not removed",
                label: format!("removal of the local {name}"),
                back: format!("The local entry {name} is there again"),
            }
        }
        (C::CatchUp, _) => Words {
            pending: "queueing".into(),
            message: saving(format!("catch-up of {name}")),
            done: "Catch-up queued.".into(),
            refused: "Not queued",
            label: format!("catch-up of {name}"),
            back: format!("The catch-up of {name} is cancelled"),
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
                "again.".to_owned()
            } else {
                format!("again for {}.", failed.join(" and "))
            };
            Words {
                pending: "queueing".into(),
                message: saving(format!("retry of run #{id}")),
                done: format!("Run #{id} goes {of} u cancels it while it waits."),
                refused: "Not retried",
                label: format!("retry of #{id}"),
                back: format!("The retry of #{id} is cancelled"),
            }
        }
        (C::RunAgain, RowKey::Job(id)) => Words {
            pending: "queueing".into(),
            message: saving(format!("run #{id} again")),
            done: format!("Queued again from the event of #{id}. u cancels it while it waits."),
            refused: "Not queued",
            label: format!("re-run of #{id}"),
            back: format!("The re-run of #{id} is cancelled"),
        },
        (C::Redeliver, _) => Words {
            pending: "redelivering".into(),
            message: saving(format!("redelivery of {name}")),
            done: format!("Delivery {name} is processed again, as a new generation."),
            refused: "Not redelivered",
            label: format!("redelivery of {name}"),
            back: "Its run is cancelled".into(),
        },
        (C::IntegrationCheck, _) => Words {
            pending: "checking".into(),
            message: format!("Checking the access of {name}."),
            done: format!("{name} is checked."),
            refused: "Not checked",
            label: String::new(),
            back: String::new(),
        },
        (C::SourceDelete, _) => Words {
            pending: "deleting".into(),
            message: saving(format!("deletion of {name}")),
            done: format!("{name} is deleted."),
            refused: "Not deleted",
            label: format!("deletion of {name}"),
            back: String::new(),
        },
        (C::CursorClear, _) => Words {
            pending: "clearing".into(),
            message: saving(format!("clearing the cursor of {name}")),
            done: format!("Cursor of {name} cleared."),
            refused: "Not cleared",
            label: format!("clear cursor of {name}"),
            back: String::new(),
        },
        (C::RunCancel, _) => Words {
            pending: "cancelling".into(),
            message: saving(format!("cancelling {name}")),
            done: format!("Run {name} is cancelled."),
            refused: "Not cancelled",
            label: format!("cancel of {name}"),
            back: String::new(),
        },
        (C::SpaceSkip, RowKey::JobSpace(job, space)) => Words {
            pending: "skipping".into(),
            message: saving(format!("skipping {name}")),
            done: format!("{} is skipped in run #{job}.", replica.space_name(space)),
            refused: "Not skipped",
            label: format!("skip of {name}"),
            back: String::new(),
        },
        (C::LeaseRelease, _) => Words {
            pending: "releasing".into(),
            message: saving(format!("releasing the lease of {name}")),
            done: format!("Lease of {name} is free."),
            refused: "Not released",
            label: format!("lease of {name}"),
            back: String::new(),
        },
        (command, RowKey::Approval(_)) if command.is_answer() => {
            let (now, done) = match command {
                C::ApproveOnce => ("allowing once", "Allowed once. The agent goes on."),
                C::ApproveSession => (
                    "allowing for the session",
                    "Allowed for the session: this kind is not asked again.",
                ),
                _ => ("declining", "Declined. The agent is told so."),
            };
            Words {
                pending: now.into(),
                message: format!("Answering {name}: {now}. Not yet confirmed."),
                done: done.into(),
                refused: "Not answered",
                label: format!("answer to {name}"),
                back: String::new(),
            }
        }
        (command, RowKey::Thread(_) | RowKey::Approval(_)) => {
            super::converse::words(model, command, &name)
        }
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
        ) => super::admin_words::words(model, command, row, &name),
        (command, _) => Words {
            pending: "saving".into(),
            message: saving(format!("{} of {name}", command.entry().short)),
            done: format!("{}: done.", command.entry().title),
            refused: "Not done",
            label: command.entry().short.to_owned(),
            back: format!("{name} is as it was"),
        },
    }
}

/// What a row is called in sentences.
pub(super) fn row_name(model: &Model, row: RowKey) -> String {
    let replica = &model.replica;
    match row {
        RowKey::Source(id) => replica.source_name(id),
        RowKey::Binding(space, source) => format!(
            "{} × {}",
            replica.space_name(space),
            replica.source_name(source)
        ),
        RowKey::Job(id) => format!("#{id}"),
        RowKey::JobSpace(job, space) => format!("{} of #{job}", replica.space_name(space)),
        RowKey::Delivery(id) => replica.deliveries.get(id).map_or_else(
            || id.to_string(),
            |it| it.delivery_id.chars().take(8).collect(),
        ),
        RowKey::Integration(id) => replica
            .integrations
            .get(id)
            .map_or_else(|| format!("integration {id}"), |it| it.name.clone()),
        RowKey::Space(id) => replica.space_name(id),
        RowKey::Token(id) => super::admin_words::token_name(model, id),
        RowKey::Event(sequence) => format!("@{sequence}"),
        RowKey::Document(space, source, _) => format!(
            "a document of {} × {}",
            replica.space_name(space),
            replica.source_name(source)
        ),
        RowKey::Line(..) => String::from("the line"),
        RowKey::Approval(number) => {
            let name = model
                .work
                .names
                .name(number)
                .and_then(|it| it.split_once('\n'));
            format!("approval {}", name.map_or("?", |(_, request)| request))
        }
        RowKey::Thread(number) => {
            let name = model.work.names.name(number);
            format!("thread {}", name.unwrap_or("?"))
        }
        RowKey::Place(_) => String::from("the row"),
    }
}
