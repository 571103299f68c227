//! Many globs matched together. They are kept by the directory their matches lie in, and a directory's set is compiled
//! when a path in it is first asked about: a change in one corner of a repository costs that corner.

use std::collections::HashMap;
use std::sync::OnceLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::pattern::Alternative;

/// Globs with a number each, which the caller gives and gets back.
#[derive(Debug, Default)]
pub(in crate::impact) struct PatternSet {
    directories: HashMap<String, Directory>,
}

#[derive(Debug, Default)]
struct Directory {
    globs: Vec<(Alternative, usize)>,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug, Default)]
struct Compiled {
    /// Each set with the position in `globs` of its first glob.
    sets: Vec<(GlobSet, usize)>,
    /// Globs that no set could hold, by position: matched one by one.
    alone: Vec<usize>,
}

impl PatternSet {
    pub(in crate::impact) fn insert(&mut self, glob: &Alternative, number: usize) {
        let directory = self.directories.entry(glob.directory()).or_default();
        directory.globs.push((glob.clone(), number));
    }

    /// Adds the numbers of all globs that match a path, perhaps several times.
    pub(in crate::impact) fn matches_into(&self, path: &str, found: &mut Vec<usize>) {
        let slashes = path.match_indices('/').map(|(at, _)| &path[..at]);
        for directory in std::iter::once("").chain(slashes) {
            if let Some(directory) = self.directories.get(directory) {
                directory.matches_into(path, found);
            }
        }
    }
}

impl Directory {
    fn matches_into(&self, path: &str, found: &mut Vec<usize>) {
        let compiled = self.compiled.get_or_init(|| compile(&self.globs));
        for (set, first) in &compiled.sets {
            for position in set.matches(path) {
                let (glob, number) = &self.globs[first + position];
                if glob.is_decided_by_candidates() || glob.matches(path) {
                    found.push(*number);
                }
            }
        }
        for &position in &compiled.alone {
            let (glob, number) = &self.globs[position];
            if glob.matches(path) {
                found.push(*number);
            }
        }
    }
}

fn compile(globs: &[(Alternative, usize)]) -> Compiled {
    let mut compiled = Compiled::default();
    compile_into(globs, 0, &mut compiled);
    compiled
}

/// Compiles one set; globset limits the size of one, so a refused set is halved.
fn compile_into(globs: &[(Alternative, usize)], first: usize, compiled: &mut Compiled) {
    match (build(globs), globs) {
        (Some(set), _) => compiled.sets.push((set, first)),
        (None, [_]) => compiled.alone.push(first),
        (None, _) => {
            let (left, right) = globs.split_at(globs.len() / 2);
            compile_into(left, first, compiled);
            compile_into(right, first + left.len(), compiled);
        }
    }
}

fn build(globs: &[(Alternative, usize)]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for (glob, _) in globs {
        let glob = GlobBuilder::new(&glob.candidates())
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .ok()?;
        builder.add(glob);
    }
    builder.build().ok()
}
