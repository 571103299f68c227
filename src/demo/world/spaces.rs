//! The spaces of the demo.

/// A space.
#[derive(Clone, Copy, Debug)]
pub struct SpaceSpec {
    /// Its name.
    pub name: &'static str,
    /// Its slug.
    pub slug: &'static str,
    /// What it is for.
    pub description: &'static str,
}

/// The spaces, in the order of their ids.
pub fn spaces() -> &'static [SpaceSpec] {
    &SPACES
}

const SPACES: [SpaceSpec; 7] = [
    SpaceSpec {
        name: "Changelog",
        slug: "changelog",
        description: "What changed, for customers",
    },
    SpaceSpec {
        name: "API Docs",
        slug: "api-docs",
        description: "The public HTTP API",
    },
    SpaceSpec {
        name: "SDK Reference",
        slug: "sdk",
        description: "The client libraries",
    },
    SpaceSpec {
        name: "Internal",
        slug: "internal",
        description: "How our services work inside",
    },
    SpaceSpec {
        name: "Handbook",
        slug: "handbook",
        description: "One page for each service",
    },
    SpaceSpec {
        name: "Operations",
        slug: "ops",
        description: "Runbooks",
    },
    SpaceSpec {
        name: "Architecture",
        slug: "architecture",
        description: "Decisions, and why",
    },
];
