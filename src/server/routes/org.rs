//! Who one is, and tokens.

use std::future::ready;

use axum::http::{Method, StatusCode};

use crate::api::{Me, NewToken, Role, SECRET_ALREADY_SHOWN, Token, TokenCreated};
use crate::domain::org::{CreateToken, RevokeToken};
use crate::domain::row::{Table, TokenRow};
use crate::domain::view::{Find, Test};
use crate::engine;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::list::{By, Filter, Lists};
use crate::server::reply::Answer;
use crate::server::wire;

const ADMIN: Access = Access::Role(Role::Admin);

const LISTS: Lists = Lists {
    filters: &[
        ("name", Filter::Text("name")),
        ("role", Filter::Text("role")),
    ],
    sorts: &[("createdAt", By::Id), ("name", By::Any("name"))],
    usual: "createdAt",
};

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/me",
            Access::Anyone,
            "Tells who the token is.",
            |c| Box::pin(ready(Ok(me(&c)))),
        )
        .gives::<Me>(200),
        Endpoint::new(Method::GET, "/tokens", ADMIN, "Lists tokens.", |c| {
            Box::pin(list(c))
        })
        .lists::<Token>()
        .query(&[
            ("name", "Only this name."),
            ("role", "Only this role."),
            ("sort", "`createdAt`, `name`; `-` in front turns it round."),
            ("limit", "At most so many; without it all."),
            ("after", "Where the page before ended."),
        ]),
        Endpoint::new(
            Method::POST,
            "/tokens",
            ADMIN,
            "Makes a token, shown this once.",
            |c| Box::pin(create(c)),
        )
        .takes::<NewToken>()
        .gives::<TokenCreated>(201),
        Endpoint::new(
            Method::DELETE,
            "/tokens/{id}",
            ADMIN,
            "Revokes a token.",
            |c| Box::pin(revoke(c)),
        ),
    ]
}

fn me(c: &Context) -> Answer {
    Answer::ok(&Me {
        org: c.caller.org.clone(),
        token_id: c.caller.token_id,
        name: c.caller.name.clone(),
        role: c.caller.role,
        expires_at: c.caller.expires_at,
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        embedded: c.app.embedded,
    })
}

async fn list(c: Context) -> Result<Answer, Fault> {
    let live = Find::all(Table::Tokens).test("revoked_at", Test::Null);
    let page = LISTS.read::<TokenRow>(&c, live).await?;
    let used = c.app.store.tokens_used(c.caller.org.id).await?;
    let items: Vec<Token> = page
        .rows
        .iter()
        .map(|row| {
            let at = used.iter().find(|(id, _)| *id == row.id).map(|(_, at)| *at);
            wire::token(row, at)
        })
        .collect();
    Ok(page.answer(&c, &items))
}

async fn create(mut c: Context) -> Result<Answer, Fault> {
    let (new, body) = c.json::<NewToken>().await?;
    if new.expires_in == Some(0) {
        return Err(Fault::field(
            "/expiresIn",
            "expiresIn counts seconds from now; leave it out for a token that stays",
        ));
    }
    let token = engine::new_token(&c.app.engine);
    let command = CreateToken {
        name: new.name,
        role: new.role,
        expires_at: new
            .expires_in
            .map(|seconds| c.app.now().plus_seconds(i64::from(seconds))),
        token: token.sealed(),
    };
    let done = c.submit(&body, command).await?;
    if c.dry_run()? {
        return c.answer_row(done, Table::Tokens, StatusCode::CREATED).await;
    }
    let row: TokenRow =
        serde_json::from_value(done.reply.clone()).map_err(|_| Fault::internal())?;
    let created = TokenCreated {
        record: wire::token(&row, None),
        token: if done.replayed {
            SECRET_ALREADY_SHOWN.to_owned()
        } else {
            token.text(row.id)
        },
    };
    Ok(done.heads(Answer::json(StatusCode::CREATED, &created)))
}

async fn revoke(c: Context) -> Result<Answer, Fault> {
    let command = RevokeToken {
        id: c.id("id")?,
        in_use: c.caller.token_id,
    };
    let done = c.submit(b"", command).await?;
    c.answer_gone(done, Table::Tokens).await
}
