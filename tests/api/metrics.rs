//! What the server counts of itself.

use jolli::api::{CatchUp, ClaimRequest, OrgId};
use tower::ServiceExt as _;

use super::World;
use super::orchestration::{project, rename, thread};

impl World {
    /// What a scrape of this server gets, without a token.
    async fn scraped(&self) -> String {
        let request = axum::http::Request::get("/metrics")
            .body(axum::body::Body::empty())
            .unwrap();
        let response = self.server.router().oneshot(request).await.unwrap();
        assert_eq!(
            response.headers()["content-type"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        let body = axum::body::to_bytes(response.into_body(), 1 << 20);
        String::from_utf8(body.await.unwrap().to_vec()).unwrap()
    }
}

fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series))?;
    Some(line.trim().parse().unwrap())
}

/// Scenario 53. Scenario 54.
#[tokio::test]
async fn commands_are_counted_by_what_came_of_them_and_requests_by_endpoint() {
    let world = World::new().await;
    let before = world.scraped().await;
    let refused = world.admin.dispatch("c0", &thread("t1", "p1")).await;
    assert!(refused.is_err());
    world.admin.dispatch("c1", &project("p1")).await.unwrap();
    world
        .admin
        .dispatch("c2", &thread("t1", "p1"))
        .await
        .unwrap();
    world
        .admin
        .dispatch("c2", &thread("t1", "p1"))
        .await
        .unwrap();
    let last = world
        .admin
        .dispatch("c3", &rename("t1", "A"))
        .await
        .unwrap();
    let after = world.scraped().await;
    let commands = |outcome: &str| {
        let series =
            format!("jolli_commands_total{{command=\"thread.create\",outcome=\"{outcome}\"}}");
        value(&after, &series)
    };
    assert_eq!(commands("accepted"), Some(1.0), "{after}");
    assert_eq!(commands("rejected"), Some(1.0));
    assert_eq!(commands("replayed"), Some(1.0));
    let accepted = "jolli_command_accepted_seconds_count{command=\"thread.create\",aggregate=\"thread\",event=\"thread.created\"}";
    assert_eq!(value(&after, accepted), Some(1.0));
    assert_eq!(value(&before, accepted), None);
    let requests = |status: u16| {
        let series = format!(
            "jolli_http_requests_total{{method=\"POST\",path=\"/orchestration/dispatchCommand\",status=\"{status}\"}}"
        );
        value(&after, &series).unwrap_or(0.0)
    };
    assert!((requests(200) - 4.0).abs() < 0.1, "{after}");
    assert_eq!(
        value(&after, "jolli_log_head"),
        Some(f64::from(i32::try_from(last.sequence.0).unwrap()))
    );
    assert!(after.ends_with("# EOF\n"));
}

#[tokio::test]
async fn nothing_of_an_org_is_published() {
    let world = World::new().await;
    let source = world.source("top-secret-name").await;
    assert!(source.id.0 > 0);
    let text = world.scraped().await;
    assert!(!text.contains("top-secret"), "{text}");
    assert!(
        text.contains("command=\"CreateSource\",outcome=\"accepted\"} 1"),
        "{text}"
    );
}

#[tokio::test]
async fn what_waits_what_runs_and_who_could_run_it_is_told() {
    let world = World::new().await;
    let (source, _) = world.watched().await;
    let told = async |series: &str| value(&world.scraped().await, series);
    let waiting = "jolli_jobs{kind=\"catch-up\",status=\"queued\"}";
    let running = "jolli_jobs{kind=\"catch-up\",status=\"running\"}";
    let taken = "jolli_leases_total{event=\"taken\"}";
    assert_eq!(told(waiting).await, Some(0.0));
    assert_eq!(told("jolli_runners_alive").await, Some(0.0));
    let request = CatchUp::default();
    world.admin.catch_up(source.id, &request).await.unwrap();
    assert_eq!(told(waiting).await, Some(1.0));
    assert_eq!(told(taken).await, None);

    let runner = world.server.worker(OrgId(1), "w-1");
    let request = ClaimRequest {
        runner: "w-1".into(),
        ..ClaimRequest::default()
    };
    let claim = runner.claim(&request).await.unwrap().unwrap();
    assert_eq!(told(waiting).await, Some(0.0));
    assert_eq!(told(running).await, Some(1.0));
    assert_eq!(told(taken).await, Some(1.0));
    assert_eq!(told("jolli_runners_alive").await, Some(1.0));

    world.admin.cancel_job(claim.job.id).await.unwrap();
    assert_eq!(told(running).await, Some(0.0));
    let cancelled = "jolli_runs_ended_total{outcome=\"cancelled\"}";
    assert_eq!(told(cancelled).await, Some(1.0));
}
