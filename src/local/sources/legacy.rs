//! The older shapes of the file, and what becomes of them: nothing is dropped (sources.md §4: migration).
//!
//! The one older shape has `sources: {name: {type, path, sourceId?}}`, with a version or without; a file may also hold both
//! shapes, after an older command line wrote into a newer file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{LocalSource, LocalSources};
use crate::domain::id::SourceId;
use crate::domain::kind::SourceType;

/// Members of the newer shape; an older entry's of that name are kept under another.
const OWN: [&str; 4] = ["name", "mountPath", "repo", "branch"];
/// What is added to their names.
const OLDER: &str = " (older)";

/// The key that tells the older shape.
pub(super) const KEY: &str = "sources";

/// What an older file became.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upgrade {
    /// Names of local virtual sources that came of it, in byte order.
    pub virtual_sources: Vec<String>,
    /// Sources that the server knew, by id and name.
    pub mounts: Vec<(SourceId, String)>,
    /// Whether the file held the newer shape too.
    pub merged: bool,
    /// What was not carried over as it was, one sentence each.
    pub left: Vec<String>,
    /// Where the file as it was is kept; `None`: it could not be written, so the upgrade is in memory only.
    pub backup: Option<PathBuf>,
}

/// Adds the entries of an older shape to what there is; what there is wins.
pub(super) fn merge(
    config: &mut LocalSources,
    older: Value,
    merged: bool,
    project: &Path,
) -> Upgrade {
    let mut upgrade = Upgrade {
        merged,
        ..Upgrade::default()
    };
    let entries = match older {
        Value::Object(entries) => entries,
        Value::Null => Map::new(),
        other => {
            upgrade
                .left
                .push("`sources` is not an object; it is kept under `unrecognized`".to_owned());
            keep(config, KEY, other);
            return upgrade;
        }
    };
    for (key, value) in entries {
        let name = key.trim();
        let (entry, id) = match entry(name, value, project) {
            Ok((entry, Id::Is(id))) => (entry, Some(id)),
            Ok((entry, Id::None)) => (entry, None),
            Ok((entry, Id::Broken(id))) => {
                upgrade.left.push(format!(
                    "the sourceId {id} of entry {key:?} is no id; the entry became a virtual source and keeps it as it is"
                ));
                (entry, None)
            }
            Err((why, value)) => {
                upgrade.left.push(format!(
                    "entry {key:?} {why}; it is kept under `unrecognized`"
                ));
                keep(config, &key, value);
                continue;
            }
        };
        if let Some(id) = id {
            if let Some(there) = config.mounts.get(&id) {
                let known = there.name.as_deref().unwrap_or("another name");
                upgrade.left.push(format!(
                    "entry {key:?} says it is source {id}, which is mounted as {known} already; that mount stays, and the entry is kept under `unrecognized`"
                ));
                keep(config, &key, original(&entry, Some(id)));
                continue;
            }
            let entry = LocalSource {
                name: Some(name.to_owned()),
                ..entry
            };
            config.mounts.insert(id, entry);
            upgrade.mounts.push((id, name.to_owned()));
            continue;
        }
        if config.virtual_sources.contains_key(name) {
            upgrade.left.push(format!(
                "entry {key:?} is there twice; the newer one stays, and the other is kept under `unrecognized`"
            ));
            keep(config, &key, original(&entry, None));
            continue;
        }
        config.virtual_sources.insert(name.to_owned(), entry);
        upgrade.virtual_sources.push(name.to_owned());
    }
    upgrade
}

/// What an older entry says of its id on the server.
enum Id {
    None,
    Is(SourceId),
    Broken(Value),
}

/// Reads one older entry; or says why it cannot be read, and gives it back.
fn entry(name: &str, value: Value, project: &Path) -> Result<(LocalSource, Id), (String, Value)> {
    if name.is_empty() {
        return Err(("has no name".to_owned(), value));
    }
    let Value::Object(mut fields) = value else {
        return Err(("is not an object".to_owned(), value));
    };
    let text = |fields: &Map<String, Value>, key: &str| {
        let text = fields.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    if text(&fields, "type").as_deref() != Some("git") {
        return Err(("is not of type git".to_owned(), Value::Object(fields)));
    }
    let Some(path) = text(&fields, "path") else {
        return Err(("has no path".to_owned(), Value::Object(fields)));
    };
    let id = match fields.get("sourceId") {
        None | Some(Value::Null) => Id::None,
        Some(id) => match id.as_i64().filter(|id| *id > 0) {
            Some(id) => Id::Is(SourceId(id)),
            None => Id::Broken(id.clone()),
        },
    };
    for key in ["type", "path"] {
        fields.remove(key);
    }
    if !matches!(id, Id::Broken(_)) {
        fields.remove("sourceId");
    }
    let mut take = |key: &str| {
        let found = text(&fields, key)?;
        fields.remove(key);
        Some(found)
    };
    let (repo, branch) = (take("repo"), take("branch"));
    // What the newer shape would read as its own.
    for key in OWN {
        if let Some(value) = fields.remove(key) {
            fields.insert(format!("{key}{OLDER}"), value);
        }
    }
    let entry = LocalSource {
        name: None,
        // It used to mean the folder that the command ran in; that was the project's root.
        mount_path: project.join(path),
        source_type: SourceType::Git,
        repo,
        branch,
        others: fields.into_iter().collect(),
    };
    Ok((entry, id))
}

/// An entry as the older shape would have it.
fn original(entry: &LocalSource, id: Option<SourceId>) -> Value {
    let as_it_was = |(key, value): (String, Value)| match key.strip_suffix(OLDER) {
        Some(own) if OWN.contains(&own) => (own.to_owned(), value),
        _ => (key, value),
    };
    let mut fields: Map<String, Value> = entry.others.clone().into_iter().map(as_it_was).collect();
    fields.insert("type".to_owned(), "git".into());
    fields.insert("path".to_owned(), entry.mount_path.to_string_lossy().into());
    if let Some(id) = id {
        fields.insert("sourceId".to_owned(), id.0.into());
    }
    for (key, value) in [("repo", &entry.repo), ("branch", &entry.branch)] {
        if let Some(value) = value {
            fields.insert(key.to_owned(), value.clone().into());
        }
    }
    Value::Object(fields)
}

/// Keeps what could not be understood, under a key that is free.
fn keep(config: &mut LocalSources, key: &str, value: Value) {
    let kept: &mut BTreeMap<String, Value> = &mut config.unrecognized;
    let mut name = key.to_owned();
    let mut n = 2;
    while kept.get(&name).is_some_and(|there| *there != value) {
        name = format!("{key} ({n})");
        n += 1;
    }
    kept.insert(name, value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn upgraded(older: Value) -> (LocalSources, Upgrade) {
        let mut config = LocalSources::default();
        let upgrade = merge(&mut config, older, false, Path::new("/docs"));
        (config, upgrade)
    }

    #[test]
    fn older_members_that_the_newer_shape_would_take_for_its_own_are_kept_under_another_name() {
        let older =
            json!({"a": {"type": "git", "path": "/a", "repo": 5, "mountPath": "/b", "name": "n"}});
        let (config, _) = upgraded(older);
        let written = serde_json::to_string(&config).unwrap();
        let again: LocalSources = serde_json::from_str(&written).unwrap();
        assert_eq!(again, config);
        let entry = &config.virtual_sources["a"];
        assert_eq!(entry.mount_path, Path::new("/a"));
        assert_eq!(entry.others["repo (older)"], 5);
        assert_eq!(entry.others["mountPath (older)"], "/b");
        assert_eq!(entry.others["name (older)"], "n");
    }

    #[test]
    fn entries_become_virtual_sources_and_those_with_an_id_mounts() {
        let (config, upgrade) = upgraded(json!({
            " backend ": {"type": " git ", "path": " /code/backend "},
            "web": {"type": "git", "path": "../web", "sourceId": 7, "theirs": true},
        }));
        assert_eq!(upgrade.virtual_sources, ["backend"]);
        assert_eq!(upgrade.mounts, [(SourceId(7), "web".to_owned())]);
        assert_eq!(upgrade.left, [""; 0]);
        let backend = &config.virtual_sources["backend"];
        assert_eq!(backend.mount_path, Path::new("/code/backend"));
        let web = &config.mounts[&SourceId(7)];
        assert_eq!(web.mount_path, Path::new("/docs/../web"));
        assert_eq!(web.name.as_deref(), Some("web"));
        assert_eq!(web.others["theirs"], json!(true));
    }

    #[test]
    fn what_cannot_be_understood_is_kept_and_told() {
        let older = json!({
            "": {"type": "git", "path": "/a"},
            "text": "x",
            "file": {"type": "file", "path": "/a"},
            "nowhere": {"type": "git", "path": "  "},
        });
        let (config, upgrade) = upgraded(older.clone());
        assert_eq!(json!(config.unrecognized), older);
        assert_eq!(upgrade.left.len(), 4);
        assert!(config.mounts.is_empty() && config.virtual_sources.is_empty());
        let (config, upgrade) = upgraded(json!([1]));
        assert_eq!(config.unrecognized["sources"], json!([1]));
        assert_eq!(upgrade.left.len(), 1);
    }

    #[test]
    fn an_entry_whose_id_is_none_is_a_virtual_source_and_keeps_it() {
        let older = json!({"seven": {"type": "git", "path": "/a", "sourceId": "7"}});
        let (config, upgrade) = upgraded(older);
        assert_eq!(config.virtual_sources["seven"].others["sourceId"], "7");
        assert_eq!((upgrade.virtual_sources.len(), upgrade.left.len()), (1, 1));
    }

    #[test]
    fn the_newer_shape_wins_and_nothing_is_lost() {
        let mut config = LocalSources::default();
        let there = LocalSource::git("/new".into());
        config.virtual_sources.insert("a".into(), there.clone());
        config.mounts.insert(SourceId(1), there);
        let older = json!({
            "a": {"type": "git", "path": "/old"},
            "one": {"type": "git", "path": "/one", "sourceId": 1},
        });
        let upgrade = merge(&mut config, older.clone(), true, Path::new("/docs"));
        assert_eq!(config.virtual_sources["a"].mount_path, Path::new("/new"));
        assert_eq!(config.mounts[&SourceId(1)].mount_path, Path::new("/new"));
        assert_eq!(json!(config.unrecognized), older);
        assert_eq!(upgrade.left.len(), 2);
    }
}
