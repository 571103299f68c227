//! Down: what changed in the space comes here. Decides for every change first, then acts; a run that breaks off is taken up
//! by the next one, which finds the same changes again.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{Found, LocalDocument, inside};
use super::identity::{document_id, fingerprint, with_id};
use super::merge::{markers, merge, unresolved};
use super::report::{CHANGED_MEANWHILE, Problem, Step, What};
use super::state::Tracked;
use super::{Run, SyncError};
use crate::api::{PullChange, PullRequest};
use crate::base::sha256_hex;
use crate::impact::path::is_markdown;

/// What is to be done about a change.
#[derive(Debug)]
struct Act {
    id: String,
    /// Where the document stands here.
    from: Option<LocalDocument>,
    /// Where it is to stand, and what it is to say; nothing where it goes.
    to: Option<(String, String)>,
    what: What,
    /// What is in step then.
    tracked: Option<Tracked>,
    /// The text that later merges start from.
    base: Option<String>,
}

impl Act {
    fn path_here(&self) -> Option<&str> {
        self.from.as_ref().map(|file| file.path.as_str())
    }

    fn path_then(&self) -> Option<&str> {
        self.to.as_ref().map(|(path, _)| path.as_str())
    }

    fn moves(&self) -> bool {
        self.from.is_some() && self.path_here() != self.path_then()
    }

    /// Whether anything here becomes another.
    fn changes_disk(&self) -> bool {
        let text = |file: &LocalDocument| file.text.clone();
        self.path_here() != self.path_then()
            || self.from.as_ref().map(text).as_ref() != self.to.as_ref().map(|(_, text)| text)
    }
}

/// What became of one change.
enum Decision {
    /// Known already, or of no concern.
    Nothing,
    Act(Box<Act>),
    /// It is told and done with.
    Told(Problem),
    /// It is told, and comes again with the next run.
    Blocked(Problem),
}

impl Run<'_> {
    pub(super) async fn down(&mut self) -> Result<(), SyncError> {
        let request = PullRequest {
            since_cursor: self.state.cursor,
        };
        let reply = self.client.pull(self.space(), &request).await?;
        for change in &reply.changes {
            check(change)?;
        }
        if reply.new_cursor < request.since_cursor {
            return Err(SyncError::SetBack);
        }
        let mut found = Found::read(self.files.root, self.ask.docs.as_deref(), &self.state)?;
        self.synced.problems.append(&mut found.problems.clone());
        let mut acts = BTreeMap::new();
        let mut blocked = false;
        let absent = self.absent(request.since_cursor, &reply.changes);
        if absent.len() > 1 && absent.len() == self.state.documents.len() {
            return Err(SyncError::SetBack);
        }
        for change in reply.changes.into_iter().chain(absent) {
            match self.decide(change, &mut found)? {
                Decision::Nothing => {}
                Decision::Act(act) => {
                    acts.insert(act.id.clone(), *act);
                }
                Decision::Told(problem) => self.synced.problems.push(problem),
                Decision::Blocked(problem) => {
                    blocked = true;
                    self.synced.problems.push(problem);
                }
            }
        }
        acts.retain(|_, act| match self.still(act) {
            Ok(()) => true,
            Err(problem) => {
                blocked = true;
                self.synced.problems.push(problem);
                false
            }
        });
        // What stays after all may stand in the way of another.
        while let Some((id, problem)) = self.in_the_way(&acts, &found) {
            blocked = true;
            self.synced.problems.push(problem);
            acts.remove(&id);
        }
        let done = self.perform(acts);
        if matches!(done, Ok(true)) && !blocked {
            self.state.cursor = reply.new_cursor;
        }
        self.save()?;
        done.map(drop)
    }

    /// From the beginning the space tells of live documents only: what is tracked and not among them was deleted.
    fn absent(&self, since: i64, live: &[PullChange]) -> Vec<PullChange> {
        if since > 0 {
            return Vec::new();
        }
        let live: BTreeSet<&str> = live.iter().map(|change| change.file_id.as_str()).collect();
        let documents = self.state.documents.iter();
        documents
            .filter(|(id, _)| !live.contains(id.as_str()))
            .map(|(id, tracked)| PullChange {
                file_id: id.clone(),
                server_path: tracked.path.clone(),
                version: tracked.version + 1,
                deleted: true,
                content: None,
                content_hash: None,
            })
            .collect()
    }

    /// What is to be done about a change. A file that is taken for the document is taken out of `found.fresh`.
    fn decide(&self, change: PullChange, found: &mut Found) -> Result<Decision, SyncError> {
        let id = change.file_id.clone();
        let entry = self.state.documents.get(&id);
        if entry.is_some_and(|entry| change.version <= entry.version) {
            return Ok(Decision::Nothing);
        }
        if let Some(entry) = entry
            && !found.tracked.contains_key(&id)
            && found.is_unusable(&entry.path)
        {
            let message = "changed in the space, and cannot be read here; mend the file, and run `jolli sync down` again";
            return Ok(Decision::Blocked(Problem::new(&entry.path, message)));
        }
        let Some(text) = change.content.filter(|_| !change.deleted) else {
            return Ok(self.decide_deleted(id, found));
        };
        if !is_markdown(&change.server_path) {
            let message = "was not taken over: it is no Markdown";
            return Ok(Decision::Told(Problem::new(&change.server_path, message)));
        }
        if let Err(error) = inside(self.files.root, &change.server_path) {
            let message = format!("was not taken over: {error}");
            return Ok(Decision::Blocked(Problem::new(
                &change.server_path,
                message,
            )));
        }
        let jrn = document_id(&text);
        let local = match entry {
            Some(_) => found.tracked.get(&id).cloned(),
            None => found.adopt(jrn.as_deref(), &change.server_path),
        };
        if let Some(file) = &local
            && let Some(line) = unresolved(&file.text)
        {
            let message = format!("changed in the space again, and {}", markers(line));
            return Ok(Decision::Blocked(Problem::new(&file.path, message)));
        }
        let base = match &local {
            Some(_) => self.files.store.base(&id)?,
            None => None,
        };
        let (new_text, what) = match &local {
            None if entry.is_some() => (text.clone(), What::Restored),
            None => (text.clone(), What::New),
            Some(file) => {
                // Without an id of its own it is compared as the document that it is.
                let named = match (&file.id, &jrn) {
                    (None, Some(jrn)) => with_id(&file.text, jrn),
                    _ => file.text.clone(),
                };
                settled(base.as_deref(), &named, &text, entry)
            }
        };
        let path = match (&local, entry) {
            // Moved here alone, or here and there: where it stands here is pushed.
            (Some(file), Some(entry))
                if change.server_path == entry.path || file.path != entry.path =>
            {
                file.path.clone()
            }
            _ => change.server_path.clone(),
        };
        let moved = local.as_ref().is_some_and(|file| file.path != path);
        Ok(Decision::Act(Box::new(Act {
            what: match what {
                What::Updated if moved && local.as_ref().is_some_and(|f| f.text == new_text) => {
                    What::Moved
                }
                what => what,
            },
            id,
            from: local,
            to: Some((path, new_text)),
            tracked: Some(Tracked {
                path: change.server_path,
                version: change.version,
                fingerprint: fingerprint(&text),
                jrn,
            }),
            base: Some(text),
        })))
    }

    fn decide_deleted(&self, id: String, found: &Found) -> Decision {
        let Some(entry) = self.state.documents.get(&id) else {
            return Decision::Nothing;
        };
        let local = found.tracked.get(&id).cloned();
        let is_changed = |file: &LocalDocument| {
            file.path != entry.path || fingerprint(&file.text) != entry.fingerprint
        };
        let changed = local.clone().filter(is_changed);
        let act = match changed {
            Some(file) => Act {
                id,
                to: Some((file.path.clone(), file.text.clone())),
                from: Some(file),
                what: What::Kept,
                // Nothing is in step with it: it goes up as a new one.
                tracked: Some(Tracked {
                    version: 0,
                    fingerprint: String::new(),
                    ..entry.clone()
                }),
                base: None,
            },
            None => Act {
                id,
                from: local,
                to: None,
                what: What::Deleted,
                tracked: None,
                base: None,
            },
        };
        Decision::Act(Box::new(act))
    }

    /// A document that cannot come because another file stands where it is to stand, and stays there.
    fn in_the_way(&self, acts: &BTreeMap<String, Act>, found: &Found) -> Option<(String, Problem)> {
        for act in acts.values() {
            let Some(path) = act.path_then().filter(|to| act.path_here() != Some(*to)) else {
                continue;
            };
            let stays = match found.at(path) {
                Some((Some(other), _)) => !acts.get(other).is_some_and(Act::moves),
                Some((None, _)) => true,
                None => {
                    let leaves = |a: &Act| a.moves() && a.path_here() == Some(path);
                    // What a run that broke off had placed already is the document itself.
                    let is_placed = || {
                        let text = act.to.as_ref().map(|(_, text)| text);
                        self.files.text_at(path).as_ref() == text
                    };
                    self.files.is_taken(path) && !acts.values().any(leaves) && !is_placed()
                }
            };
            if stays {
                let message = format!(
                    "is where the space's document {} belongs, and is another one; move it, and run `jolli sync down` again",
                    act.id
                );
                return Some((act.id.clone(), Problem::new(path, message)));
            }
        }
        None
    }

    /// Files first, then what later merges start from, then, with the state, that it is done: whatever breaks off in between
    /// looks like a change that is there on both sides. Answers whether everything was done; what was not is told.
    fn perform(&mut self, acts: BTreeMap<String, Act>) -> Result<bool, SyncError> {
        let targets: BTreeSet<String> = acts
            .values()
            .filter_map(|act| act.path_then().map(str::to_owned))
            .collect();
        for act in acts.values().filter(|act| act.moves()) {
            let from = act.path_here().unwrap_or_default();
            if targets.contains(from) {
                self.files.take_away(from)?;
            }
        }
        let mut done = true;
        for (id, act) in acts {
            if let Err(problem) = self.placed(&act, &targets) {
                self.synced.problems.push(problem);
                done = false;
                continue;
            }
            if act.changes_disk() || act.what == What::Kept {
                let entry = self.state.documents.get(&id);
                self.synced.pulled.push(step(&act, entry));
            }
            if act.what == What::Conflict
                && let Some((path, _)) = &act.to
            {
                self.synced.problems.push(Problem::new(
                    path,
                    "was changed here and in the space in the same place; decide between the markers, then run `jolli sync`",
                ));
            }
            match &act.base {
                Some(base) => self.files.store.keep_base(&id, base)?,
                None => self.files.store.drop_base(&id)?,
            }
            match act.tracked {
                Some(tracked) => self.state.documents.insert(id, tracked),
                None => self.state.documents.remove(&id),
            };
        }
        Ok(done)
    }

    /// Makes the disk what an act says, unless somebody else changed it meanwhile.
    fn placed(&self, act: &Act, targets: &BTreeSet<String>) -> Result<(), Problem> {
        let failed = |path: &str, error: SyncError| {
            Problem::new(path, format!("was not taken over: {}", error.about(path)))
        };
        let from = act.path_here().filter(|_| act.moves());
        let is_away = from.is_some_and(|from| targets.contains(from));
        if !is_away {
            self.still(act)?;
        }
        if act.changes_disk()
            && let Some((path, text)) = &act.to
        {
            let is_new_here = act.path_here() != Some(path.as_str());
            if is_new_here
                && self.files.is_taken(path)
                && self.files.text_at(path).as_ref() != Some(text)
            {
                let message =
                    "was made here while documents were brought in step; run `jolli sync` again";
                return Err(Problem::new(path, message));
            }
            self.files.place(path, text).map_err(|e| failed(path, e))?;
        }
        match from.filter(|_| !is_away) {
            Some(from) => self.files.take_away(from).map_err(|e| failed(from, e)),
            None => Ok(()),
        }
    }

    /// Whether the document here still is as it was read: an editor does not wait for a run.
    fn still(&self, act: &Act) -> Result<(), Problem> {
        let Some(file) = act.from.as_ref().filter(|_| act.changes_disk()) else {
            return Ok(());
        };
        if self.files.text_at(&file.path).as_ref() == Some(&file.text) {
            return Ok(());
        }
        Err(Problem::new(&file.path, CHANGED_MEANWHILE))
    }
}

fn step(act: &Act, entry: Option<&Tracked>) -> Step {
    let path = act.path_then().or(act.path_here()).map(str::to_owned);
    Step {
        path: path
            .or_else(|| entry.map(|entry| entry.path.clone()))
            .unwrap_or_default(),
        doc_id: act.id.clone(),
        what: act.what,
        from: act
            .path_here()
            .filter(|_| act.to.is_some() && act.moves())
            .map(str::to_owned),
    }
}

/// What the document is to say here.
fn settled(
    base: Option<&str>,
    here: &str,
    server: &str,
    entry: Option<&Tracked>,
) -> (String, What) {
    let local = fingerprint(here);
    let in_step = base
        .map(fingerprint)
        .or_else(|| entry.map(|entry| entry.fingerprint.clone()));
    let theirs = fingerprint(server);
    if local == theirs || in_step.as_deref() == Some(&local) {
        return (server.to_owned(), What::Updated);
    }
    if in_step.as_deref() == Some(&theirs) {
        return (here.to_owned(), What::Updated);
    }
    let merged = merge(base, here, server);
    let what = if merged.conflicts > 0 {
        What::Conflict
    } else {
        What::Merged
    };
    (merged.text, what)
}

fn check(change: &PullChange) -> Result<(), SyncError> {
    if change.deleted {
        return Ok(());
    }
    let Some(text) = &change.content else {
        return Err(SyncError::NoText {
            path: change.server_path.clone(),
        });
    };
    let claimed = change.content_hash.as_deref();
    match claimed.and_then(|hash| hash.strip_prefix("sha256:")) {
        Some(hash) if !hash.eq_ignore_ascii_case(&sha256_hex(text.as_bytes())) => {
            Err(SyncError::Hash {
                path: change.server_path.clone(),
            })
        }
        _ => Ok(()),
    }
}
