//! The code that is pushed: small, but real files, on the paths that the documents watch.

use crate::base::Timestamp;
use crate::demo::repository::Commit;
use crate::demo::world::SourceSpec;

/// How every repository begins.
pub fn first(source: &SourceSpec, at: Timestamp) -> Vec<Commit> {
    let name = source.name;
    let mut begin = Commit::new(at, format!("Begin {name}"))
        .write("README.md", format!("# {name}\n\nPart of acme.\n"))
        .write(
            "src/lib.rs",
            format!("//! {name}.\n\npub fn start() {{}}\n"),
        );
    for (path, text) in more(name) {
        begin = begin.write(*path, *text);
    }
    vec![begin]
}

/// What some repositories have besides.
fn more(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "backend" => &[
            ("api/errors.rs", "pub struct Problem;\n"),
            ("api/auth/mod.rs", "pub fn authenticate() {}\n"),
            ("api/limits.rs", "pub const PER_MINUTE: u32 = 600;\n"),
            (
                "sdk/go/client.go",
                "package sdk\n\nfn New(key string) *Client { return &Client{key} }\n",
            ),
            ("internal/session.rs", "pub const HOURS: u32 = 8;\n"),
        ],
        "frontend" => &[
            ("src/api/client.ts", "export const base = '/v2';\n"),
            ("src/sdk/index.ts", "export * from './client';\n"),
            ("src/internal/auth.ts", "export const cookie = 'session';\n"),
            ("CHANGES.md", "# Changes\n"),
        ],
        "design" => &[("tokens/colours.json", "{ \"accent\": \"#0a7\" }\n")],
        "infra" => &[
            ("terraform/main.tf", "# networks\n"),
            ("backup/restore.sh", "#!/bin/sh\n"),
        ],
        "payments" => &[
            ("src/refund.rs", "pub fn refund() {}\n"),
            ("src/api.rs", "pub fn pay() {}\n"),
            ("deploy/plan.yaml", "canary: 10%\n"),
        ],
        "proto" => &[("proto/acme.proto", "syntax = \"proto3\";\n")],
        "sdk-go" => &[("client.go", "package sdk\n")],
        "scratch" => &[
            ("src/api/draft.ts", "export {};\n"),
            ("src/auth/token.ts", "export {};\n"),
        ],
        _ => &[],
    }
}

/// An ordinary change: one more function in `src/lib.rs`.
pub fn change(source: &SourceSpec, n: usize, at: Timestamp) -> Vec<Commit> {
    let name = source.name;
    let topic = TOPICS[n % TOPICS.len()];
    let path = match name {
        "frontend-v1" => "CHANGES.md",
        "proto-api" => "proto/acme.proto",
        "infra" => "terraform/main.tf",
        "design" => "tokens/colours.json",
        _ => "src/lib.rs",
    };
    let text = match name {
        "frontend-v1" => format!("# Changes\n\n- 1.{n}: {topic}\n"),
        "proto-api" => format!("syntax = \"proto3\";\n\nmessage Part{n} {{}}\n"),
        "infra" => format!("# networks\n# {n}: {topic}\n"),
        "design" => format!("{{ \"accent\": \"#0a{n:x}\" }}\n"),
        _ => {
            format!("//! {name}.\n\npub fn start() {{}}\n\n/// {topic}.\npub fn part_{n}() {{}}\n")
        }
    };
    vec![Commit::new(at, format!("{name}: {topic}")).write(path, text)]
}

const TOPICS: [&str; 7] = [
    "Retry once on a broken connection",
    "Say which field was wrong",
    "Count what was dropped",
    "Read the limit from the configuration",
    "Keep the order of equal entries",
    "Close what was opened",
    "Name the caller in the log",
];
