//! The pulse of the org: how much came and ran in a window of time, counted by the database.

use std::collections::BTreeMap;

use axum::http::Method;

use crate::api::{
    ApprovalsWaiting, DeliveryCounts, DeliveryStatus, JobStatus, Pulse, Role, RunCounts,
    SourceFailures, SourceId, SpaceFailures,
};
use crate::base::Timestamp;
use crate::server::context::Context;
use crate::server::endpoint::{Access, Endpoint};
use crate::server::fault::Fault;
use crate::server::reply::Answer;
use crate::store::Window;

/// Without a word of the caller.
const USUAL: (&str, u32) = ("24h", 48);
/// More slices than a screen has columns say nothing.
const MOST: u32 = 500;
/// Nothing that counts is asked about more than a year back.
const LONGEST: i64 = 366 * 86_400;

/// The rows of the table.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::GET,
            "/pulse",
            Access::Role(Role::Viewer),
            "Counts what came and what ran in a window of time that ends now.",
            |c| Box::pin(pulse(c)),
        )
        .query(&[
            (
                "window",
                "How long, such as `1h`, `24h`, `7d`; 24h without it.",
            ),
            (
                "buckets",
                "In how many slices, up to 500; 48 without it. They must be whole seconds.",
            ),
        ])
        .gives::<Pulse>(200),
    ]
}

/// `90s`, `15m`, `24h`, `7d` in seconds.
fn seconds(text: &str) -> Option<i64> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let seconds = number.checked_mul(unit)?;
    (1..=LONGEST).contains(&seconds).then_some(seconds)
}

/// The window that ends with the second that goes on at `now`.
fn window(c: &Context) -> Result<Window, Fault> {
    let text = c.query.text("window").unwrap_or(USUAL.0);
    let long = seconds(text).ok_or_else(|| {
        Fault::field(
            "/window",
            "a window is a whole number of s, m, h or d, up to 366d, such as 24h",
        )
    })?;
    let slices = c.query.get::<u32>("buckets")?.unwrap_or(USUAL.1);
    if !(1..=MOST).contains(&slices) || long % i64::from(slices) != 0 {
        return Err(Fault::field(
            "/buckets",
            format!(
                "a window of {text} is cut into 1 to {MOST} slices of whole seconds; {slices} does not divide it"
            ),
        ));
    }
    let end = (c.app.now().as_millis().div_euclid(1_000) + 1) * 1_000;
    Ok(Window {
        since: Timestamp::from_millis(end - long * 1_000),
        slice: long / i64::from(slices),
        slices,
    })
}

async fn pulse(c: Context) -> Result<Answer, Fault> {
    let window = window(&c)?;
    let counted = c.app.store.pulse(c.caller.org.id, window).await?;
    let mut failures: BTreeMap<SourceId, SourceFailures> = BTreeMap::new();
    let none = |source_id| SourceFailures {
        source_id,
        runs: 0,
        spaces: Vec::new(),
    };
    for (source, runs) in counted.failed_runs {
        failures.entry(source).or_insert_with(|| none(source)).runs = runs;
    }
    for (source, space_id, runs) in counted.failed_spaces {
        let of = failures.entry(source).or_insert_with(|| none(source));
        of.spaces.push(SpaceFailures { space_id, runs });
    }
    let ends = |status: &JobStatus| status.is_terminal();
    Ok(Answer::ok(&Pulse {
        since: window.since,
        until: window.until(),
        slice_seconds: window.slice,
        deliveries: DeliveryStatus::ALL
            .iter()
            .map(|status| DeliveryCounts {
                status: *status,
                counts: series(window, &counted.deliveries, *status),
            })
            .collect(),
        runs: JobStatus::ALL
            .iter()
            .copied()
            .filter(ends)
            .map(|status| RunCounts {
                status,
                counts: series(window, &counted.runs, status),
            })
            .collect(),
        failures: failures.into_values().collect(),
        approvals: ApprovalsWaiting {
            count: counted.approvals,
            oldest: counted.oldest_approval,
        },
    }))
}

fn series<W: PartialEq>(window: Window, counted: &[(u32, W, u64)], of: W) -> Vec<u64> {
    let mut counts = vec![0; window.slices as usize];
    for (slice, _, n) in counted.iter().filter(|(_, word, _)| *word == of) {
        if let Some(count) = counts.get_mut(*slice as usize) {
            *count += n;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_numbers_of_a_unit() {
        assert_eq!(seconds("1h"), Some(3_600));
        assert_eq!(seconds("7d"), Some(604_800));
        for wrong in [
            "",
            "h",
            "1",
            "1w",
            "-1h",
            "+1h",
            "0s",
            "367d",
            "1é",
            "99999999999999999999d",
            "1 h",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
