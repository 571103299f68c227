//! How each kind of row answers a filter.

use std::borrow::Cow;

use crate::api::{Binding, Delivery, Event, Finding, Integration, Job, SourceId, SpaceId, Token};
use crate::base::Timestamp;
use crate::console::model::Replica;
use crate::console::model::here::is_local;
use crate::console::model::packed::{Commit, SourceRef};
use crate::console::query::Candidate;

/// A row with what its fields are looked up in.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a, T> {
    /// The row.
    pub row: &'a T,
    /// Names of what it refers to.
    pub replica: &'a Replica,
    /// Ages are counted from here.
    pub now: Timestamp,
}

#[allow(clippy::unnecessary_wraps)] // an answer of `field`: the field is known, and may be empty
fn opt(text: Option<&String>) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(text.map_or("", String::as_str)))
}

#[allow(clippy::unnecessary_wraps)] // the same
fn some(text: Option<&str>) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(text.unwrap_or("")))
}

#[allow(clippy::unnecessary_wraps)] // the same
fn commit(of: Option<(Commit<'_>, Timestamp)>) -> Option<Cow<'static, str>> {
    let text = |(commit, _): (Commit<'_>, _)| Cow::Owned(commit.to_string());
    Some(of.map_or(Cow::Borrowed(""), text))
}

#[allow(clippy::unnecessary_wraps)] // an answer of `field`
fn on(enabled: bool) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(if enabled {
        "true yes on"
    } else {
        "false no off"
    }))
}

fn age(now: Timestamp, then: Timestamp) -> f64 {
    now.since(then).as_secs_f64()
}

impl Candidate for Fields<'_, SourceRef<'_>> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let source = self.row;
        match name {
            "name" => Some(Cow::Borrowed(source.name)),
            "kind" if is_local(source.id) => Some(Cow::Borrowed("virtual local")),
            "kind" => Some(Cow::Borrowed(source.kind.as_str())),
            "mount" => Some(Cow::Owned(self.replica.mount_words(source.id))),
            "type" => Some(Cow::Borrowed(source.source_type.as_str())),
            "repo" => some(source.repo),
            "branch" => some(source.branch),
            "enabled" => on(source.enabled),
            "id" => Some(Cow::Owned(source.id.to_string())),
            // `stuck` is no state but the operator's word for three of them (screens.md §2).
            "state" => Some(if source.state.is_stuck() {
                Cow::Owned(format!("{} stuck", source.state))
            } else {
                Cow::Borrowed(source.state.as_str())
            }),
            "finding" | "primary" => {
                Some(source.primary.map_or(Cow::Borrowed(""), |(code, name)| {
                    Cow::Owned(format!("{code} {name}"))
                }))
            }
            "integration" => Some(source.integration_id.map_or(Cow::Borrowed(""), |id| {
                Cow::Owned(self.replica.integration_label(id))
            })),
            "space" => Some(Cow::Owned(
                self.replica
                    .spaces_of(source.id)
                    .iter()
                    .filter_map(|id| self.replica.spaces.get(*id))
                    .map(|space| format!("{} {}", space.name, space.slug))
                    .collect::<Vec<_>>()
                    .join("\n"),
            )),
            "by" => some(source.created_by),
            "head" => commit(source.head),
            "cursor" => commit(source.cursor),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        let source = self.row;
        match name {
            "id" => Some(source.id.0 as f64),
            "behind" => source.commits_behind.map(|n| n as f64),
            "lag" => Some(source.pending_since.map_or(0.0, |at| age(self.now, at))),
            "age" => Some(age(self.now, source.updated_at)),
            "spaces" => Some(self.replica.spaces_of(source.id).len() as f64),
            "version" => Some(source.version as f64),
            _ => None,
        }
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        let source = self.row;
        test(source.name)
            || source.repo.is_some_and(&mut *test)
            || source.branch.is_some_and(&mut *test)
            || test(source.state.as_str())
    }
}

impl Candidate for Fields<'_, Binding> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let binding = self.row;
        match name {
            "space" | "name" => Some(Cow::Owned(self.replica.space_name(binding.space_id))),
            "source" => Some(Cow::Owned(self.replica.source_name(binding.source_id))),
            "pattern" => opt(binding.jrn_pattern.as_ref()),
            "enabled" | "state" => on(binding.enabled),
            "status" => Some(Cow::Borrowed(
                binding.last_outcome.map_or("never", |it| it.as_str()),
            )),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        match name {
            "docs" | "documents" => Some(self.row.documents as f64),
            "age" => Some(age(self.now, self.row.updated_at)),
            _ => None,
        }
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(&self.replica.space_name(self.row.space_id))
            || test(&self.replica.source_name(self.row.source_id))
            || self.row.jrn_pattern.as_deref().is_some_and(&mut *test)
            || self.row.watches.iter().any(|it| test(it))
    }
}

impl Candidate for Fields<'_, Job> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let job = self.row;
        match name {
            "id" | "run" => Some(Cow::Owned(format!("#{}", job.id))),
            "source" | "name" => Some(Cow::Owned(self.replica.source_of(job))),
            "status" | "state" => Some(Cow::Borrowed(job.status.as_str())),
            "kind" => Some(Cow::Borrowed(job.kind.as_str())),
            "branch" => opt(job.branch.as_ref()),
            "head" => opt(job.head_sha.as_ref()),
            "runner" => opt(job.runner.as_ref()),
            "error" => opt(job.error.as_ref().map(|it| &it.code)),
            "space" => Some(Cow::Owned(
                job.affected_space_ids
                    .iter()
                    .map(|id| self.replica.space_name(*id))
                    .collect::<Vec<_>>()
                    .join("\n"),
            )),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        match name {
            "id" | "run" => Some(self.row.id.0 as f64),
            "attempt" => Some(self.row.attempt as f64),
            "age" => Some(age(self.now, self.row.updated_at)),
            _ => None,
        }
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(&self.replica.source_of(self.row))
            || test(&format!("#{}", self.row.id))
            || test(self.row.status.as_str())
            || self.row.head_sha.as_deref().is_some_and(&mut *test)
            || self.row.branch.as_deref().is_some_and(&mut *test)
    }
}

impl Candidate for Fields<'_, Delivery> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let delivery = self.row;
        match name {
            "id" => Some(Cow::Borrowed(&delivery.delivery_id)),
            "ref" | "branch" => opt(delivery.git_ref.as_ref()),
            "event" => Some(Cow::Borrowed(&delivery.event)),
            "status" | "state" => Some(Cow::Borrowed(delivery.status.as_str())),
            "reason" => Some(Cow::Borrowed(&delivery.reason)),
            "provider" => Some(Cow::Borrowed(delivery.provider.as_str())),
            "integration" => Some(Cow::Owned(
                self.replica.integration_label(delivery.integration_id),
            )),
            "head" => opt(delivery.after.as_ref()),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        (name == "age").then(|| age(self.now, self.row.received_at))
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(&self.row.delivery_id)
            || test(&self.row.event)
            || test(&self.row.reason)
            || self.row.git_ref.as_deref().is_some_and(&mut *test)
            || self.row.after.as_deref().is_some_and(&mut *test)
    }
}

impl Candidate for Fields<'_, Integration> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let it = self.row;
        match name {
            "id" => Some(Cow::Owned(it.id.to_string())),
            "name" => Some(Cow::Borrowed(&it.name)),
            "provider" | "kind" => Some(Cow::Borrowed(it.provider.as_str())),
            "status" | "state" => Some(Cow::Borrowed(it.status.as_str())),
            "repo" => opt(it.repo.as_ref().or(it.account.as_ref())),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        match name {
            "sources" => Some(self.row.source_ids.len() as f64),
            "age" => Some(age(self.now, self.row.updated_at)),
            _ => None,
        }
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(&self.row.name)
            || test(self.row.provider.as_str())
            || self.row.repo.as_deref().is_some_and(&mut *test)
            || self.row.account.as_deref().is_some_and(&mut *test)
            || test(self.row.status.as_str())
    }
}

impl Candidate for Fields<'_, Token> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let it = self.row;
        let ended = it.expires_at.is_some_and(|at| at <= self.now);
        match name {
            "id" => Some(Cow::Owned(it.id.to_string())),
            "name" => Some(Cow::Borrowed(&it.name)),
            "role" | "kind" => Some(Cow::Borrowed(it.role.as_str())),
            "state" => Some(Cow::Borrowed(if ended { "ended" } else { "active" })),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        match name {
            "age" => Some(age(self.now, self.row.created_at)),
            "used" => self.row.last_used_at.map(|at| age(self.now, at)),
            _ => None,
        }
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(&self.row.name) || test(self.row.role.as_str())
    }
}

/// A line of a log.
impl Candidate for Fields<'_, String> {
    fn field(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
    fn number(&self, _: &str) -> Option<f64> {
        None
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(self.row)
    }
}

impl Candidate for Fields<'_, Event> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let event = self.row;
        match name {
            "actor" | "by" => Some(Cow::Owned(format!(
                "{} {}",
                event.actor.kind, event.actor.id
            ))),
            "stream" => Some(Cow::Owned(format!(
                "{} {}",
                event.aggregate_kind, event.stream_id
            ))),
            "kind" => Some(Cow::Borrowed(&event.aggregate_kind)),
            "source" | "space" => {
                let own = (event.aggregate_kind == name).then(|| event.stream_id.parse().ok());
                let told = event
                    .payload
                    .get(format!("{name}Id"))
                    .and_then(serde_json::Value::as_i64);
                let id: Option<i64> = own.flatten().or(told);
                Some(id.map_or(Cow::Borrowed(""), |id| {
                    Cow::Owned(if name == "source" {
                        format!("{id} {}", self.replica.source_name(SourceId(id)))
                    } else {
                        format!("{id} {}", self.replica.space_name(SpaceId(id)))
                    })
                }))
            }
            "type" => Some(Cow::Borrowed(&event.event_type)),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        (name == "age").then(|| age(self.now, self.row.recorded_at))
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        test(&self.row.actor.id)
            || test(&self.row.event_type)
            || test(&self.row.stream_id)
            || test(&self.row.payload.to_string())
    }
    fn sequence(&self) -> Option<i64> {
        Some(self.row.sequence.0)
    }
}

impl Candidate for Fields<'_, Finding> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let finding = self.row;
        match name {
            "name" | "source" => opt(finding.source_name.as_ref()),
            "code" | "finding" => Some(Cow::Borrowed(finding.code.as_str())),
            "severity" => Some(Cow::Borrowed(finding.severity.as_str())),
            "space" => Some(finding.space_id.map_or(Cow::Borrowed(""), |id| {
                Cow::Owned(self.replica.space_name(id))
            })),
            _ => None,
        }
    }
    fn number(&self, name: &str) -> Option<f64> {
        matches!(name, "docs" | "places").then_some(self.row.places.len() as f64)
    }
    fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.row.source_name.as_deref().is_some_and(&mut *test)
            || test(self.row.code.as_str())
            || test(&self.row.message)
            || self.row.places.iter().any(|place| test(&place.doc_path))
    }
}
