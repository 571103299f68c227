//! P4: signed 8 KiB webhook → durable 202, 64 connections, client and server on the same cores. P5: wrong signatures.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jolli::api::{Code, IntegrationId, NewBinding, NewSource, NewSpace, Provider, SourceType};
use jolli::client::Client;
use jolli::demo::{PushEvent, Webhook};
use jolli::store::sqlite::Sqlite;

use super::report::{latency, line};
use super::world::{integration, server};
use super::{CLIENTS, MEASURE};

pub async fn measure(disk: &Path) {
    let store = Arc::new(Sqlite::open(&disk.join("p4.db")).expect("a new database"));
    let server = server(store).await;
    let admin = Client::remote(server.url(), server.first_token().cloned()).expect("a client");
    let world = Pushed::new(&admin).await;
    let (stored, mut waits) = world.storm(server.url(), true).await;
    let (refused, _) = world.storm(server.url(), false).await;
    line(
        "P4 webhooks/s, signed 8 KiB → durable 202, 64 connections",
        stored,
        None,
    );
    latency("P4 latency", &mut waits);
    line(
        "P5 wrong signatures/s, same bodies",
        refused,
        Some(("stored / refused", stored / refused)),
    );
    server.stop().await;
}

/// Repositories that are pushed to, a source of each, all of one integration and bound to one space.
pub struct Pushed {
    integration: IntegrationId,
    secret: String,
    repos: Vec<String>,
}

impl Pushed {
    pub async fn new(admin: &Client) -> Self {
        let made = integration(admin).await;
        let integration = made.integration.id;
        let space = NewSpace {
            name: "Docs".to_owned(),
            slug: None,
            description: None,
        };
        let space = admin.create_space(&space).await.expect("a space");
        let mut repos = Vec::new();
        for n in 0..CLIENTS {
            let repo = format!("github.com/acme/r{n}");
            let source = NewSource {
                name: format!("r{n}"),
                source_type: SourceType::Git,
                repo: Some(repo.clone()),
                branch: Some("main".to_owned()),
                integration_id: Some(integration),
                enabled: true,
            };
            let source = admin.create_source(&source).await.expect("a source");
            let binding = NewBinding {
                source_id: source.id,
                jrn_pattern: None,
                enabled: None,
            };
            admin.bind(space.id, &binding).await.expect("a binding");
            repos.push(repo);
        }
        Self {
            integration,
            secret: made.webhook_secret,
            repos,
        }
    }

    /// A client for each repository, who pushes as soon as the push before is answered; those that are not `good` sign with
    /// another secret. How many a second, and how long each waited.
    pub async fn storm(&self, url: &str, good: bool) -> (f64, Vec<Duration>) {
        let began = Instant::now();
        let id = self.integration;
        let secret = if good {
            self.secret.as_str()
        } else {
            "not the secret of this integration"
        };
        let tasks: Vec<_> = self
            .repos
            .iter()
            .map(|repo| {
                let client = Client::remote(url, None).expect("a client");
                let (repo, secret) = (repo.clone(), secret.to_owned());
                tokio::spawn(async move {
                    let mut waits = Vec::new();
                    let mut before = "0".repeat(40);
                    // Padding as a real push has it: 8 KiB in all.
                    let pusher = "x".repeat(7_400);
                    for n in 1u64.. {
                        if began.elapsed() >= MEASURE {
                            break;
                        }
                        let after = format!("{n:040x}");
                        let event = PushEvent {
                            repo: &repo,
                            branch: "main",
                            before: &before,
                            after: &after,
                            forced: false,
                            commits: &[],
                            pusher: &pusher,
                        };
                        let delivery = format!("{repo}-{good}-{n}");
                        let webhook = Webhook::push(Provider::GitHub, &secret, &delivery, &event);
                        let asked = Instant::now();
                        match webhook.send(&client, id).await {
                            Ok(reply) => {
                                assert!(good && reply.status == 202, "answered {}", reply.status);
                            }
                            Err(error) => assert!(
                                !good && error.code() == Some(Code::Unauthenticated),
                                "{error}"
                            ),
                        }
                        waits.push(asked.elapsed());
                        before = after;
                    }
                    waits
                })
            })
            .collect();
        let mut waits = Vec::new();
        for task in tasks {
            waits.extend(task.await.expect("a client"));
        }
        (waits.len() as f64 / began.elapsed().as_secs_f64(), waits)
    }
}
