//! Spaces and their bindings to sources (seed 004: the junction).

use axum::http::{Method, StatusCode};

use crate::api::{
    Binding, BindingPatch, NewBinding, NewSpace, Role, SourceId, Space, SpaceId, SpacePatch,
    SpaceSource, WatchingDocument, WatchingRule,
};
use crate::domain::attention::AttentionRule;
use crate::domain::row::{BindingRow, DocumentRow, Key, SourceRow, SpaceRow, Table};
use crate::domain::space::{
    BindSource, CreateSpace, DeleteSpace, UnbindSource, UpdateBinding, UpdateSpace,
};
use crate::domain::view::{Find, Need};
use crate::server::ask::ask;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::list::{By, Filter, Lists};
use crate::server::reply::Answer;
use crate::server::wire::Wire;
use crate::server::wire::ground::owned;
use crate::store::Scope;

const VIEWER: Access = Access::Role(Role::Viewer);
const OPERATOR: Access = Access::Role(Role::Operator);
const ADMIN: Access = Access::Role(Role::Admin);

const LISTS: Lists = Lists {
    filters: &[
        ("name", Filter::Text("name")),
        ("slug", Filter::Text("slug")),
    ],
    sorts: &[
        ("createdAt", By::Id),
        ("name", By::Any("name")),
        ("updatedAt", By::Any("updated_at")),
    ],
    usual: "createdAt",
};

const BINDINGS: Lists = Lists {
    filters: &[
        ("enabled", Filter::Bool("enabled")),
        ("sourceId", Filter::Int("source_id")),
    ],
    sorts: &[
        ("createdAt", By::Any("created_at")),
        ("updatedAt", By::Any("updated_at")),
    ],
    usual: "createdAt",
};

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/spaces", VIEWER, "Lists spaces.", |c| {
            Box::pin(list(c))
        })
        .lists::<Space>()
        .query(&[
            ("name", "Only this name."),
            ("slug", "Only this slug."),
            (
                "sort",
                "`createdAt`, `name`, `updatedAt`; `-` in front turns it round.",
            ),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(Method::POST, "/spaces", OPERATOR, "Creates a space.", |c| {
            Box::pin(create(c))
        })
        .takes::<NewSpace>()
        .gives::<Space>(201),
        Endpoint::new(
            Method::GET,
            "/spaces/{id}",
            VIEWER,
            "Gives one space.",
            |c| Box::pin(get(c)),
        )
        .gives::<Space>(200),
        Endpoint::new(
            Method::GET,
            "/spaces/slug/{slug}",
            VIEWER,
            "Gives the space of a slug.",
            |c| Box::pin(by_slug(c)),
        )
        .gives::<Space>(200),
        Endpoint::new(
            Method::PATCH,
            "/spaces/{id}",
            OPERATOR,
            "Changes what is given of a space.",
            |c| Box::pin(update(c)),
        )
        .versioned()
        .takes::<SpacePatch>()
        .gives::<Space>(200),
        Endpoint::new(
            Method::DELETE,
            "/spaces/{id}",
            ADMIN,
            "Deletes a space, its bindings and its documents.",
            |c| Box::pin(delete(c)),
        )
        .versioned(),
        Endpoint::new(
            Method::GET,
            "/spaces/{id}/sources",
            VIEWER,
            "Lists the sources that a space watches, each with its binding.",
            |c| Box::pin(sources(c)),
        )
        .lists::<SpaceSource>()
        .query(&[
            ("enabled", "`true` or `false`, of the binding."),
            ("sourceId", "Only this source."),
            (
                "sort",
                "`createdAt`, `updatedAt`, of the binding; `-` in front turns it round.",
            ),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(
            Method::GET,
            "/spaces/{id}/sources/{sourceId}/documents",
            VIEWER,
            "Lists the documents of a space that have rules on a source, by path.",
            |c| Box::pin(watching(c)),
        )
        .lists::<WatchingDocument>(),
        Endpoint::new(
            Method::POST,
            "/spaces/{id}/sources",
            OPERATOR,
            "Binds a source, or changes what is given of the binding.",
            |c| Box::pin(bind(c)),
        )
        .takes::<NewBinding>()
        .gives::<Binding>(201),
        Endpoint::new(
            Method::PATCH,
            "/spaces/{id}/sources/{sourceId}",
            OPERATOR,
            "Changes what is given of a binding.",
            |c| Box::pin(rebind(c)),
        )
        .versioned()
        .takes::<BindingPatch>()
        .gives::<Binding>(200),
        Endpoint::new(
            Method::DELETE,
            "/spaces/{id}/sources/{sourceId}",
            OPERATOR,
            "Unbinds a source.",
            |c| Box::pin(unbind(c)),
        )
        .versioned(),
    ]
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let page = LISTS.read::<SpaceRow>(&c, Find::all(Table::Spaces)).await?;
    let items = Wire::spaces(&page.rows);
    Ok(page.answer(&c, &items))
}

async fn create(mut c: Context) -> Result<Answer, Fault> {
    let (new, body) = c.json::<NewSpace>().await?;
    let command = CreateSpace {
        name: new.name,
        slug: new.slug,
        description: new.description,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::Spaces, StatusCode::CREATED).await
}

/// The space of an id, of the caller's org.
pub async fn row(c: &Context, id: SpaceId) -> Result<SpaceRow, Fault> {
    let (view, _) = c
        .app
        .store
        .read(
            Scope::Org(c.caller.org.id),
            vec![Need::Row(Key::Spaces(id))],
        )
        .await?;
    let row = view
        .row::<SpaceRow>(Key::Spaces(id))
        .map_err(|_| Fault::internal())?;
    row.cloned().ok_or_else(|| Fault::missing("Space", id))
}

/// The space of a slug, of the caller's org.
pub async fn of_slug(c: &Context, slug: &str) -> Result<SpaceRow, Fault> {
    let find = Find::all(Table::Spaces).is("slug", slug);
    let (view, _) = c
        .app
        .store
        .read(Scope::Org(c.caller.org.id), vec![Need::Find(find.clone())])
        .await?;
    let rows = view.find::<SpaceRow>(find).map_err(|_| Fault::internal())?;
    rows.first().copied().cloned().ok_or_else(|| {
        Fault::new(
            crate::api::Code::NotFound,
            format!("Space not found: \"{slug}\""),
        )
    })
}

fn one(row: SpaceRow) -> Result<Answer, Fault> {
    let version = row.version;
    let items = Wire::spaces(&[row]);
    let space = items.first().ok_or_else(Fault::internal)?;
    Ok(Answer::ok(space).version(version))
}

async fn get(c: Context) -> Result<Answer, Fault> {
    let row = row(&c, c.id("id")?).await?;
    one(row)
}

async fn by_slug(c: Context) -> Result<Answer, Fault> {
    let row = of_slug(&c, c.param("slug")).await?;
    one(row)
}

async fn update(mut c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let (patch, body) = c.json::<SpacePatch>().await?;
    let command = UpdateSpace {
        id,
        expected,
        name: patch.name,
        description: patch.description,
        runtime_mode: patch.runtime_mode,
        sandbox: patch.sandbox,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::Spaces, StatusCode::OK).await
}

async fn delete(c: Context) -> Result<Answer, Fault> {
    let (id, expected) = (c.id("id")?, c.expected_version()?);
    let done = c.submit(b"", DeleteSpace { id, expected }).await?;
    c.answer_gone(done, Table::Spaces).await
}

async fn sources(c: Context) -> Result<Answer, Fault> {
    let id: SpaceId = c.id("id")?;
    row(&c, id).await?;
    let page = BINDINGS
        .read::<BindingRow>(&c, Find::all(Table::SpaceSources).is("space_id", id.0))
        .await?;
    let needs: Vec<Need> = page
        .rows
        .iter()
        .map(|b| Need::Row(Key::Sources(b.source_id)))
        .collect();
    let (view, _) = c.app.store.read(Scope::Org(c.caller.org.id), needs).await?;
    let mut bound = Vec::with_capacity(page.rows.len());
    for binding in &page.rows {
        // A source deleted between the two reads takes its binding with it.
        if let Some(source) = view
            .row::<SourceRow>(Key::Sources(binding.source_id))
            .map_err(|_| Fault::internal())?
        {
            bound.push((source.clone(), binding.clone()));
        }
    }
    let wire = Wire::of(&c);
    let (sources, bindings): (Vec<SourceRow>, Vec<BindingRow>) = bound.into_iter().unzip();
    let items: Vec<SpaceSource> = wire
        .sources(&sources)
        .await?
        .into_iter()
        .zip(wire.bindings(&bindings).await?)
        .map(|(source, binding)| SpaceSource { source, binding })
        .collect();
    Ok(page.answer(&c, &items))
}

/// Rules name a source; whether the space is bound to it makes no difference to what they say.
async fn watching(c: Context) -> Result<Answer, Fault> {
    let (id, source): (SpaceId, SourceId) = (c.id("id")?, c.id("sourceId")?);
    row(&c, id).await?;
    let source = super::sources::row(&c, source).await?;
    let find = Find::all(Table::Documents).is("space_id", id.0);
    let (documents, _) = ask(&c.app, c.caller.org.id, |view| {
        view.require([Need::Find(find.clone())])?;
        Ok(owned(view.find::<DocumentRow>(find.clone())?))
    })
    .await?;
    let on_it = |rule: &AttentionRule| rule.source.as_deref() == Some(source.name.as_str());
    let mut watching: Vec<WatchingDocument> = documents
        .into_iter()
        .filter(|it| !it.deleted && it.rules.iter().any(on_it))
        .map(|it| WatchingDocument {
            rules: (it.rules.iter().filter(|rule| on_it(rule)))
                .map(|rule| WatchingRule {
                    path: rule.path.clone(),
                    line: rule.line,
                })
                .collect(),
            file_id: it.file_id,
            path: it.path,
            version: it.version,
            updated_at: it.updated_at,
        })
        .collect();
    watching.sort_unstable_by(|a, b| (&a.path, &a.file_id).cmp(&(&b.path, &b.file_id)));
    Ok(Answer::ok(&watching))
}

async fn bind(mut c: Context) -> Result<Answer, Fault> {
    let space_id = c.id("id")?;
    let (new, body) = c.json::<NewBinding>().await?;
    let command = BindSource {
        space_id,
        source_id: new.source_id,
        jrn_pattern: new.jrn_pattern,
        enabled: new.enabled,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::SpaceSources, StatusCode::CREATED)
        .await
}

async fn rebind(mut c: Context) -> Result<Answer, Fault> {
    let (space_id, source_id): (SpaceId, SourceId) = (c.id("id")?, c.id("sourceId")?);
    let expected = c.expected_version()?;
    let (patch, body) = c.json::<BindingPatch>().await?;
    let command = UpdateBinding {
        space_id,
        source_id,
        expected,
        jrn_pattern: patch.jrn_pattern,
        enabled: patch.enabled,
        reason: patch.reason,
    };
    let done = c.submit(&body, command).await?;
    c.answer_row(done, Table::SpaceSources, StatusCode::OK)
        .await
}

async fn unbind(c: Context) -> Result<Answer, Fault> {
    let (space_id, source_id) = (c.id("id")?, c.id("sourceId")?);
    let expected = c.expected_version()?;
    let command = UnbindSource {
        space_id,
        source_id,
        expected,
    };
    let done = c.submit(b"", command).await?;
    c.answer_gone(done, Table::SpaceSources).await
}
