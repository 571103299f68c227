//! Up: what changed here goes to the space, as one push that takes effect once.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{Files, Found, LocalDocument};
use super::identity::{document_id, fingerprint, new_id, with_id};
use super::merge::{markers, unresolved};
use super::report::{CHANGED_MEANWHILE, Changeset, Problem, Step, What};
use super::state::{Pending, State, Tracked};
use super::{Run, SyncError};
use crate::api::{Code, PushOp, PushOpKind, PushReply, PushRequest, PushResult, PushStatus};
use crate::base::sha256_hex;
use crate::client::ClientError;
use crate::domain::document::{check_document_path, is_document_id};

impl Run<'_> {
    /// Sends a push again that an earlier run got no answer to.
    pub(super) async fn push_again(&mut self) -> Result<(), SyncError> {
        match self.files.store.pending()? {
            Some(pending) => self.send(pending.request, true).await,
            None => Ok(()),
        }
    }

    pub(super) async fn up(&mut self) -> Result<(), SyncError> {
        let mut found = Found::read(self.files.root, self.ask.docs.as_deref(), &self.state)?;
        self.synced.problems.append(&mut found.problems.clone());
        // Kept when the space deleted them, and gone here too by now: both agree.
        self.state.documents.retain(|id, tracked| {
            tracked.version > 0
                || found.tracked.contains_key(id)
                || found.is_unusable(&tracked.path)
        });
        let mut ops = self.deletions(&found)?;
        let mut upserts = self.changed(&found)?;
        upserts.extend(self.new_documents(std::mem::take(&mut found.fresh))?);
        let ordered = in_order(upserts, &self.state, &ops);
        ops.extend(ordered);
        if ops.is_empty() {
            return self.save();
        }
        let id = self.ask.changeset.clone();
        let request = PushRequest {
            client_changeset_id: id.unwrap_or_else(|| uuid::Uuid::now_v7().to_string()),
            target_branch: "main".to_owned(),
            message: self.ask.message.clone(),
            merge_prompt: self.ask.merge_prompt.clone(),
            ops,
        };
        // A push belongs to its space, also where nothing was in step with that yet.
        self.save()?;
        self.files.store.keep_pending(&Pending {
            created_at: self.workspace.now,
            request: request.clone(),
        })?;
        self.send(request, false).await
    }

    /// Tracked documents that are not here any more.
    fn deletions(&self, found: &Found) -> Result<Vec<PushOp>, SyncError> {
        let is_gone = |id: &str, tracked: &Tracked| {
            !found.tracked.contains_key(id) && !found.is_unusable(&tracked.path)
        };
        let documents = &self.state.documents;
        let gone: Vec<PushOp> = documents
            .iter()
            .filter(|(id, tracked)| is_gone(id, tracked))
            .map(|(id, tracked)| PushOp {
                op: PushOpKind::Delete,
                file_id: id.clone(),
                server_path: tracked.path.clone(),
                base_version: tracked.version,
                content: None,
                content_hash: None,
            })
            .collect();
        // A folder that is not mounted, another branch: nobody means that.
        if gone.len() > 1 && gone.len() * 2 > documents.len() && !self.ask.force {
            return Err(SyncError::MostGone {
                gone: gone.len(),
                all: documents.len(),
            });
        }
        Ok(gone)
    }

    /// Tracked documents that say something else now, or stand elsewhere.
    fn changed(&mut self, found: &Found) -> Result<Vec<PushOp>, SyncError> {
        let mut ops = Vec::new();
        for (id, file) in &found.tracked {
            let tracked = &self.state.documents[id];
            let is_changed = self.ask.force
                || file.path != tracked.path
                || fingerprint(&file.text) != tracked.fingerprint;
            if !is_changed || !may_go(file, id, &mut self.synced.problems) {
                continue;
            }
            let mut text = file.text.clone();
            if let (None, Some(jrn)) = (&file.id, &tracked.jrn) {
                // Its line was taken out; the document is the same one.
                text = with_id(&text, jrn);
                if !give_id(&self.files, file, &text, &mut self.synced.problems)? {
                    continue;
                }
            }
            ops.push(upsert(id, &file.path, tracked.version, text));
        }
        Ok(ops)
    }

    /// Documents that the space does not have; those without an id get one, here first.
    fn new_documents(
        &mut self,
        fresh: BTreeMap<String, LocalDocument>,
    ) -> Result<Vec<PushOp>, SyncError> {
        let mut ops = Vec::new();
        for (path, file) in fresh {
            let id = file.id.clone().unwrap_or_else(new_id);
            if !may_go(&file, &id, &mut self.synced.problems) {
                continue;
            }
            let text = if file.id.is_some() {
                file.text
            } else {
                let text = with_id(&file.text, &id);
                if !give_id(&self.files, &file, &text, &mut self.synced.problems)? {
                    continue;
                }
                text
            };
            ops.push(upsert(&id, &path, 0, text));
        }
        Ok(ops)
    }

    async fn send(&mut self, request: PushRequest, again: bool) -> Result<(), SyncError> {
        let reply = match self.client.push(self.space(), &request).await {
            Ok(reply) => reply,
            Err(error) if may_take_effect(&error, again) => {
                return Err(SyncError::Unacknowledged { error });
            }
            Err(error) => {
                // Nothing of it took effect, and nothing of it ever will.
                self.files.store.drop_pending()?;
                return Err(error.into());
            }
        };
        if reply.results.len() != request.ops.len() {
            self.files.store.drop_pending()?;
            return Err(SyncError::Client(ClientError::Protocol {
                address: self.client.address().to_owned(),
                reason: format!(
                    "{} results for {} operations",
                    reply.results.len(),
                    request.ops.len()
                ),
            }));
        }
        self.synced.changesets.push(Changeset {
            id: request.client_changeset_id.clone(),
            again,
        });
        self.settle(request.ops, reply)?;
        self.save()?;
        self.files.store.drop_pending()
    }

    /// Notes what is in step now. The cursor moves only where this push came right behind it: what others did before is
    /// still to come.
    fn settle(&mut self, ops: Vec<PushOp>, reply: PushReply) -> Result<(), SyncError> {
        let took_effect = reply.results.iter().any(|r| r.status == PushStatus::Ok);
        if took_effect && reply.new_cursor == self.state.cursor + 1 {
            self.state.cursor = reply.new_cursor;
        }
        for (op, result) in ops.into_iter().zip(reply.results) {
            match result.status {
                PushStatus::Ok => self.settled(op, &result)?,
                PushStatus::Conflict | PushStatus::Held => self.synced.problems.push(Problem::new(
                    &op.server_path,
                    "was not pushed: the space has another version of it, or another document in its place; `jolli sync` takes that over first (of documents that change places, move one aside, sync, and move it back)",
                )),
                PushStatus::BadHash => self.synced.problems.push(Problem::new(
                    &op.server_path,
                    "was not pushed: it did not arrive as it is here; run `jolli sync` again",
                )),
            }
        }
        Ok(())
    }

    fn settled(&mut self, op: PushOp, result: &PushResult) -> Result<(), SyncError> {
        let version = result.new_version.unwrap_or(op.base_version + 1);
        let before = self.state.documents.get(&op.file_id);
        let is_older = before.is_some_and(|known| known.version > version);
        let what = match (&op.content, before) {
            (None, _) => What::Deleted,
            (Some(_), _) if op.base_version == 0 => What::New,
            (Some(text), Some(known))
                if known.path != op.server_path && fingerprint(text) == known.fingerprint =>
            {
                What::Moved
            }
            (Some(_), _) => What::Updated,
        };
        self.synced.pushed.push(Step {
            path: op.server_path.clone(),
            doc_id: op.file_id.clone(),
            from: before
                .filter(|known| known.path != op.server_path)
                .map(|known| known.path.clone()),
            what,
        });
        if is_older {
            // The answer to a push of long ago.
            return Ok(());
        }
        let Some(text) = op.content else {
            self.files.store.drop_base(&op.file_id)?;
            self.state.documents.remove(&op.file_id);
            return Ok(());
        };
        self.files.store.keep_base(&op.file_id, &text)?;
        let tracked = Tracked {
            path: op.server_path,
            version,
            fingerprint: fingerprint(&text),
            jrn: document_id(&text),
        };
        self.state.documents.insert(op.file_id, tracked);
        Ok(())
    }
}

/// Writes a document's text with its id; not where it says something else by now: an editor does not wait for a run.
fn give_id(
    files: &Files<'_>,
    file: &LocalDocument,
    text: &str,
    problems: &mut Vec<Problem>,
) -> Result<bool, SyncError> {
    if files.text_at(&file.path).as_ref() != Some(&file.text) {
        problems.push(Problem::new(&file.path, CHANGED_MEANWHILE));
        return Ok(false);
    }
    files.place(&file.path, text)?;
    Ok(true)
}

/// Whether a push that failed may have taken effect, or may yet. One that was sent before may have then, whatever is said now.
fn may_take_effect(error: &ClientError, again: bool) -> bool {
    let signed_out = matches!(error.code(), Some(Code::Unauthenticated | Code::Forbidden));
    error.outcome_unknown()
        || error.retryable()
        || matches!(error, ClientError::Protocol { .. })
        || (again && signed_out)
}

fn upsert(id: &str, path: &str, base_version: i64, text: String) -> PushOp {
    PushOp {
        op: PushOpKind::Upsert,
        file_id: id.to_owned(),
        server_path: path.to_owned(),
        base_version,
        content_hash: Some(format!("sha256:{}", sha256_hex(text.as_bytes()))),
        content: Some(text),
    }
}

/// Whether a document may go to the space as it is; what is wrong with it is told.
fn may_go(file: &LocalDocument, id: &str, problems: &mut Vec<Problem>) -> bool {
    let problem = if let Some(line) = unresolved(&file.text) {
        format!("was not pushed: it {}", markers(line))
    } else if !is_document_id(id) {
        "was not pushed: its `jrn` is longer than 500 characters, or holds control characters; give it another".to_owned()
    } else if let Err(error) = check_document_path(&file.path) {
        format!("was not pushed: {error}; move it")
    } else {
        return true;
    };
    problems.push(Problem::new(&file.path, problem));
    false
}

/// Operations such that each comes to a path that those before it left. Documents that change places in a circle stay in the
/// order they came; the space refuses them one by one.
fn in_order(mut rest: Vec<PushOp>, state: &State, deletions: &[PushOp]) -> Vec<PushOp> {
    let gone: BTreeSet<&str> = deletions.iter().map(|op| op.file_id.as_str()).collect();
    let mut held: BTreeMap<String, String> = state
        .documents
        .iter()
        .filter(|(id, _)| !gone.contains(id.as_str()))
        .map(|(id, tracked)| (tracked.path.clone(), id.clone()))
        .collect();
    let mut ordered = Vec::with_capacity(rest.len());
    loop {
        let before = rest.len();
        for op in std::mem::take(&mut rest) {
            let holder = held.get(&op.server_path);
            if holder.is_some_and(|holder| *holder != op.file_id) {
                rest.push(op);
                continue;
            }
            if let Some(tracked) = state.documents.get(&op.file_id) {
                held.remove(&tracked.path);
            }
            held.insert(op.server_path.clone(), op.file_id.clone());
            ordered.push(op);
        }
        if rest.len() == before {
            ordered.append(&mut rest);
            return ordered;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_to_a_place_that_is_free_by_then() {
        let mut state = State::new("s", "docs");
        for (id, path) in [("A", "a.md"), ("B", "b.md"), ("C", "c.md"), ("D", "d.md")] {
            let tracked = Tracked {
                path: path.to_owned(),
                version: 1,
                fingerprint: String::new(),
                jrn: None,
            };
            state.documents.insert(id.to_owned(), tracked);
        }
        let to = |id: &str, path: &str| upsert(id, path, 1, String::new());
        let ids =
            |ops: Vec<PushOp>| -> Vec<String> { ops.into_iter().map(|op| op.file_id).collect() };
        let chain = vec![to("A", "b.md"), to("B", "c.md"), to("C", "e.md")];
        assert_eq!(ids(in_order(chain, &state, &[])), ["C", "B", "A"]);
        let over = vec![to("A", "b.md"), to("B", "d.md")];
        let gone = [PushOp {
            op: PushOpKind::Delete,
            content: None,
            ..to("D", "d.md")
        }];
        assert_eq!(ids(in_order(over, &state, &gone)), ["B", "A"]);
        let circle = vec![to("A", "b.md"), to("B", "a.md"), to("D", "d.md")];
        assert_eq!(ids(in_order(circle, &state, &[])), ["D", "A", "B"]);
    }
}
