//! Every target of `fuzz/targets.rs` on stable Rust: the inputs of `fuzz/seeds`, and what a generator makes of them, for
//! `JOLLI_FUZZ_SECONDS` (1).

mod harness;
mod mutate;
mod run;
#[path = "../../fuzz/targets.rs"]
mod targets;

/// A test for each target, of its name.
macro_rules! fuzzed {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                run::check(stringify!($name), targets::$name);
            }
        )+

        const TESTED: &[&str] = &[$(stringify!($name)),+];
    };
}

fuzzed! {
    webhook,
    jrn,
    jrn_pattern,
    coordinate,
    frontmatter,
    glob,
    sources_file,
    diff,
    git_changes,
    sse,
    sync_operations,
    sync_merge,
    sync_identity,
}
