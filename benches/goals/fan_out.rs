//! P9: one event for 1,000 spaces, and what it does to what others ask meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jolli::api::{NewBinding, NewSource, NewSpace, OrgId, Provider, Role, SourceType};
use jolli::demo::{PushEvent, Webhook};
use jolli::store::sqlite::Sqlite;

use super::commands::toggle;
use super::report::latency;
use super::world::{engine, integration, server, source};

const SPACES: usize = 1_000;
const EVENTS: usize = 100;
const OTHERS: usize = 8;

pub async fn measure(disk: &Path) {
    let store = Arc::new(Sqlite::open(&disk.join("p9.db")).expect("a new database"));
    let engine = engine(store.clone()).await;
    let server = server(store).await;
    let admin = server.client(Some(server.mint(OrgId(1), "bench", Role::Admin)));
    let integration = integration(&admin).await;
    let repo = "github.com/acme/wide".to_owned();
    let wide = admin
        .create_source(&NewSource {
            name: "wide".to_owned(),
            source_type: SourceType::Git,
            repo: Some(repo.clone()),
            branch: Some("main".to_owned()),
            integration_id: Some(integration.integration.id),
            enabled: true,
        })
        .await
        .expect("a source");
    for n in 0..SPACES {
        let new = NewSpace {
            name: format!("Space {n}"),
            slug: None,
            description: None,
        };
        let space = admin.create_space(&new).await.expect("a space");
        let binding = NewBinding {
            source_id: wide.id,
            jrn_pattern: None,
            enabled: None,
        };
        admin.bind(space.id, &binding).await.expect("a binding");
    }
    let mut ids = Vec::new();
    for n in 0..OTHERS {
        ids.push(source(&engine, n).await);
    }
    let running = Arc::new(AtomicBool::new(true));
    let others: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let (engine, running) = (engine.clone(), Arc::clone(&running));
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for n in 1.. {
                    if !running.load(Ordering::Relaxed) {
                        break;
                    }
                    let began = Instant::now();
                    toggle(&engine, id, n).await;
                    waits.push(began.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits: Vec<Duration> = Vec::new();
    let mut before = "0".repeat(40);
    for n in 1..=EVENTS {
        let after = format!("{n:040x}");
        let event = PushEvent {
            repo: &repo,
            branch: "main",
            before: &before,
            after: &after,
            forced: false,
            commits: &[],
            pusher: "bench",
        };
        let delivery = format!("wide-{n}");
        let webhook = Webhook::push(
            Provider::GitHub,
            &integration.webhook_secret,
            &delivery,
            &event,
        );
        let began = Instant::now();
        let reply = webhook
            .send(&admin, integration.integration.id)
            .await
            .expect("an answer");
        assert_eq!(reply.status, 202);
        waits.push(began.elapsed());
        before = after;
    }
    running.store(false, Ordering::Relaxed);
    let mut all = Vec::new();
    for other in others {
        all.extend(other.await.expect("a client"));
    }
    latency(
        &format!("P9 one push for {SPACES} spaces, until durable"),
        &mut waits,
    );
    latency("P9 commands of 8 others meanwhile", &mut all);
    server.stop().await;
}
