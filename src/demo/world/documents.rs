//! The documents of the demo, as they are when each space is filled. Texts live in `assets/demo/<space>/`.

use super::sources::sources;

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The slug of its space.
    pub space: &'static str,
    /// Its path within the space.
    pub path: String,
    /// Its text, frontmatter included.
    pub text: String,
}

/// A text of `assets/demo`, by space and path.
macro_rules! text {
    ($space:literal, $path:literal) => {
        (
            $space,
            $path,
            include_str!(concat!("../../../assets/demo/", $space, "/", $path)),
        )
    };
}

const TEXTS: &[(&str, &str, &str)] = &[
    text!("changelog", "docs/v1.md"),
    text!("api-docs", "docs/api.md"),
    text!("api-docs", "docs/auth.md"),
    text!("api-docs", "docs/billing.md"),
    text!("api-docs", "docs/errors.md"),
    text!("api-docs", "docs/idempotency.md"),
    text!("api-docs", "docs/pagination.md"),
    text!("api-docs", "docs/payments.md"),
    text!("api-docs", "docs/rate-limits.md"),
    text!("api-docs", "docs/refunds.md"),
    text!("api-docs", "docs/sdk/go.md"),
    text!("api-docs", "docs/search.md"),
    text!("api-docs", "docs/sessions.md"),
    text!("api-docs", "docs/versions.md"),
    text!("api-docs", "docs/webhooks.md"),
    text!("sdk", "docs/sdk/go.md"),
    text!("sdk", "docs/sdk/java.md"),
    text!("sdk", "docs/sdk/python.md"),
    text!("sdk", "docs/sdk/ruby.md"),
    text!("sdk", "docs/sdk/rust.md"),
    text!("sdk", "docs/sdk/typescript.md"),
    text!("internal", "docs/internal/auth.md"),
    text!("internal", "docs/internal/deploy.md"),
    text!("internal", "docs/internal/oncall.md"),
    text!("handbook", "docs/welcome.md"),
    text!("ops", "docs/infra.md"),
    text!("ops", "docs/restore.md"),
    text!("architecture", "docs/decisions.md"),
    text!("architecture", "docs/messages.md"),
];

const SERVICE: &str = include_str!("../../../assets/demo/handbook/service.md");

/// Bound to the Handbook without a page of their own there: the page of `frontend` is still to be written, `legacy` and
/// `scratch` never get one.
const NO_PAGE: [&str; 3] = ["frontend", "legacy", "scratch"];

/// All documents: the texts, and one page of the Handbook for each service that it is bound to.
pub fn documents() -> Vec<Document> {
    let texts = TEXTS.iter().map(|(space, path, text)| Document {
        space,
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    });
    let pages = sources()
        .iter()
        .filter(|s| s.spaces.iter().any(|b| b.space == "handbook") && !NO_PAGE.contains(&s.name))
        .map(|source| Document {
            space: "handbook",
            path: format!("docs/services/{}.md", source.name),
            text: SERVICE
                .replace("{ID}", &source.name.to_uppercase().replace('-', "_"))
                .replace("{name}", source.name)
                .replace("{repo}", source.repo),
        });
    texts.chain(pages).collect()
}
