//! How values are written: ages, durations, times, SHAs, counts, lags, cut paths, sparklines. One place each; all take `now`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::api::SpaceStatus;
use crate::base::Timestamp;
use crate::console::language;

/// What is not known; never 0.
pub const UNKNOWN: &str = "–";

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long ago, one unit, rounded down: `<1m 2m 3h 5d 8w 2y`. What is not before `now` is `<1m`.
pub fn age(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.since(at).as_secs();
    match seconds {
        0..MINUTE => "<1m".to_owned(),
        MINUTE..HOUR => format!("{}m", seconds / MINUTE),
        HOUR..DAY => format!("{}h", seconds / HOUR),
        _ => match seconds / DAY {
            days @ 0..7 => format!("{days}d"),
            days @ 7..365 => format!("{}w", days / 7),
            days => format!("{}y", days / 365),
        },
    }
}

/// As `age`, with seconds below a minute; for run and thread pages only, which redraw when their run reports.
pub fn fine_age(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.since(at).as_secs();
    if seconds < MINUTE {
        format!("{seconds}s")
    } else {
        age(now, at)
    }
}

/// How long it took: `0.4s 2.1s 41s 1m02s 2h05m`.
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..10 => {
            let tenths = length.as_millis() / 100;
            if tenths.is_multiple_of(10) && tenths > 0 {
                format!("{seconds}s")
            } else {
                format!("{}.{}s", tenths / 10, tenths % 10)
            }
        }
        10..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => format!("{}m{:02}s", seconds / MINUTE, seconds % MINUTE),
        _ => format!("{}h{:02}m", seconds / HOUR, seconds % HOUR / MINUTE),
    }
}

/// How long until then, one unit: `in 12s`, `in 4m`. What is due is `in 0s`.
pub fn countdown(now: Timestamp, until: Timestamp) -> String {
    let seconds = until.since(now).as_secs();
    match seconds {
        0..MINUTE => tr!("in {seconds}s", seconds),
        MINUTE..HOUR => tr!("in {minute}m", minute = seconds / MINUTE),
        HOUR..DAY => tr!("in {hour}h", hour = seconds / HOUR),
        // A term of 90 days that began this hour still has its 90.
        _ => tr!("in {day}d", day = (seconds + HOUR) / DAY),
    }
}

/// The moment in the operator's zone: `14:02:11` today, `11-20 14:02` this year, else `2025-11-20`.
pub fn time(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    clock(now, at, zone, "%H:%M:%S", "%m-%d %H:%M")
}

/// As `time`, in a narrow column: `14:02` today, `11-20` this year, else `2025-11-20`.
pub fn short_time(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    clock(now, at, zone, "%H:%M", "%m-%d")
}

fn clock(now: Timestamp, at: Timestamp, zone: &TimeZone, today: &str, year: &str) -> String {
    let (now, at) = (
        now.as_jiff().to_zoned(zone.clone()),
        at.as_jiff().to_zoned(zone.clone()),
    );
    let pattern = if now.date() == at.date() {
        today
    } else if now.year() == at.year() {
        year
    } else {
        "%Y-%m-%d"
    };
    at.strftime(pattern).to_string()
}

/// Until when something counts: `14:30` today, else `11-22 14:30`.
pub fn until(now: Timestamp, at: Timestamp, zone: &TimeZone) -> String {
    clock(now, at, zone, "%H:%M", "%m-%d %H:%M")
}

/// The first seven characters of a SHA.
pub fn sha(value: &str) -> &str {
    prefix(value, 7)
}

/// Two SHAs side by side: seven characters, longer only while that does not tell them apart.
pub fn sha_pair<'a, 'b>(one: &'a str, other: &'b str) -> (&'a str, &'b str) {
    let same = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let length = if one == other { 7 } else { (same + 1).max(7) };
    (prefix(one, length), prefix(other, length))
}

fn prefix(value: &str, characters: usize) -> &str {
    value
        .char_indices()
        .nth(characters)
        .map_or(value, |(end, _)| &value[..end])
}

/// The exact number: `1,204`.
pub fn count(number: impl Into<i64>) -> String {
    language::grouped(number.into())
}

/// As `count`, for lengths.
pub fn len(number: usize) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// As `count`, in a column: from 100,000 on `102k`.
pub fn count_column(number: i64) -> String {
    match number {
        100_000..100_000_000 => format!("{}k", number / 1000),
        100_000_000.. => format!("{}M", number / 1_000_000),
        _ => count(number),
    }
}

/// `1 commit`, `7 commits`.
pub fn things(number: i64, one: &str, many: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", count(number))
    }
}

/// How far behind: the time since the oldest unprocessed head, and commits only where a clone knows: `3h · 7 commits`.
pub fn lag(now: Timestamp, pending_since: Timestamp, commits: Option<i64>) -> String {
    let behind = age(now, pending_since);
    match commits {
        Some(commits) => format!(
            "{behind} · {}",
            tr_n!(commits, "{count} commit", "{count} commits")
        ),
        None => behind,
    }
}

/// What a space last came to, in words: `ok 2m`, `failed 1h`, `never ran`.
pub fn outcome(
    now: Timestamp,
    outcome: Option<SpaceStatus>,
    at: Option<Timestamp>,
) -> Cow<'static, str> {
    let Some(outcome) = outcome else {
        return Cow::Borrowed(tr!("never ran"));
    };
    let word = match outcome {
        SpaceStatus::Updated | SpaceStatus::Unchanged => tr!("ok"),
        SpaceStatus::Failed | SpaceStatus::Queued | SpaceStatus::Running | SpaceStatus::Skipped => {
            outcome.as_str()
        }
    };
    at.map_or(Cow::Borrowed(word), |at| {
        Cow::Owned(format!("{word} {}", age(now, at)))
    })
}

/// The levels of a sparkline, from none to its own maximum.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The last ten values, oldest left; its own maximum is `█`, and all zero is `▁`.
pub fn sparkline(values: &[u32]) -> String {
    course(&values[values.len().saturating_sub(10)..])
}

/// The same of all the values.
pub fn course(shown: &[u32]) -> String {
    let max = u64::from(shown.iter().copied().max().unwrap_or(0));
    shown
        .iter()
        .map(|value| {
            // Rounded to the nearest level; only the maximum itself may look like it.
            let level = (u64::from(*value) * 14 + max)
                .checked_div(2 * max)
                .unwrap_or(0);
            LEVELS[level as usize]
        })
        .collect()
}

/// What somebody else says, as a sentence: it ends in one full stop.
pub fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end().trim_end_matches('.'))
}

/// How many columns `text` takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// `text` in at most `columns` columns; cut text ends in `…`.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut taken = 0;
    let mut kept = String::with_capacity(columns + 3);
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if taken + wide > columns - 1 {
            break;
        }
        taken += wide;
        kept.push(character);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// A path in at most `columns` columns, cut in the middle: whole segments go first, its end stays longest.
pub fn cut_path(path: &str, columns: usize) -> Cow<'_, str> {
    if width(path) <= columns {
        return Cow::Borrowed(path);
    }
    let segments: Vec<&str> = path.split('/').collect();
    let Some((last, rest)) = segments.split_last() else {
        return cut(path, columns);
    };
    for keep in (0..rest.len()).rev() {
        let mut text = rest[..keep].join("/");
        if keep > 0 {
            text.push('/');
        }
        text.push_str("…/");
        text.push_str(last);
        if width(&text) <= columns {
            return Cow::Owned(text);
        }
    }
    cut(last, columns)
}

/// Whether a character could move the cursor, hide text or turn it round: C0, C1, bidi overrides and isolates, and the rest
/// of the invisible format characters that terminals act on.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// `text` with everything unsafe made visible: `‹1b›`, `‹202e›`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unsafe(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "‹{:02x}›", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Where `text` holds what was made visible, as byte ranges; these get the role `bad`.
pub fn made_visible(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('‹').map(|at| from + at) {
        let body = &text[start + '‹'.len_utf8()..];
        let Some(end) = body.find('›') else { break };
        let code = &body[..end];
        from = start + '‹'.len_utf8();
        if (2..=6).contains(&code.len())
            && u32::from_str_radix(code, 16)
                .ok()
                .and_then(char::from_u32)
                .is_some_and(is_unsafe)
        {
            from += end + '›'.len_utf8();
            ranges.push(start..from);
        }
    }
    ranges
}

/// `text` broken into lines of at most `columns` columns, between words where that is possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if columns == 0 {
        return lines;
    }
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ') {
            let mut rest = word;
            let wide = width(word);
            if used > 0 && used + 1 + wide > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else if used > 0 {
                line.push(' ');
                used += 1;
            }
            while width(rest) > columns {
                let at = split_at_width(rest, columns);
                lines.push(rest[..at].to_owned());
                rest = &rest[at..];
            }
            line.push_str(rest);
            used += width(rest);
        }
        lines.push(line);
    }
    lines
}

/// The byte where `columns` columns end; at least one character is taken.
pub fn split_at_width(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    for (at, character) in text.char_indices() {
        let wide = character.width().unwrap_or(0);
        if at > 0 && taken + wide > columns {
            return at;
        }
        taken += wide;
    }
    text.len()
}

/// What is left of a text to the right of so many columns.
pub fn from_column(text: &str, columns: usize) -> &str {
    let mut skipped = 0;
    for (at, character) in text.char_indices() {
        if skipped >= columns {
            return &text[at..];
        }
        skipped += character.width().unwrap_or(0);
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T14:02:11Z".parse().unwrap()
    }

    fn ago(seconds: i64) -> Timestamp {
        now().plus_seconds(-seconds)
    }

    #[test]
    fn ages_are_floored_to_one_unit() {
        let written = |seconds| age(now(), ago(seconds));
        assert_eq!(written(-5), "<1m");
        assert_eq!(written(59), "<1m");
        assert_eq!(written(60), "1m");
        assert_eq!(written(2 * 60 + 59), "2m");
        assert_eq!(written(3 * 3600), "3h");
        assert_eq!(written(5 * 86_400 + 3600), "5d");
        assert_eq!(written(7 * 86_400), "1w");
        assert_eq!(written(8 * 7 * 86_400 + 86_400), "8w");
        assert_eq!(written(364 * 86_400), "52w");
        assert_eq!(written(2 * 365 * 86_400), "2y");
        assert_eq!(fine_age(now(), ago(13)), "13s");
        assert_eq!(fine_age(now(), ago(61)), "1m");
    }

    #[test]
    fn durations_and_countdowns() {
        let written = |millis| duration(Duration::from_millis(millis));
        assert_eq!(written(0), "0.0s");
        assert_eq!(written(449), "0.4s");
        assert_eq!(written(2_100), "2.1s");
        assert_eq!(written(8_000), "8s");
        assert_eq!(written(41_900), "41s");
        assert_eq!(written(62_000), "1m02s");
        assert_eq!(written(7_500_000), "2h05m");
        assert_eq!(countdown(now(), now().plus_seconds(12)), "in 12s");
        assert_eq!(countdown(now(), now().plus_seconds(4 * 60 + 5)), "in 4m");
        assert_eq!(countdown(now(), ago(3)), "in 0s");
    }

    #[test]
    fn times_name_only_the_day_that_differs() {
        let zone = TimeZone::UTC;
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(time(now(), now(), &zone), "14:02:11");
        assert_eq!(
            time(now(), at("2026-11-20T14:02:00Z"), &zone),
            "11-20 14:02"
        );
        assert_eq!(time(now(), at("2025-11-20T14:02:00Z"), &zone), "2025-11-20");
        assert_eq!(
            short_time(now(), at("2026-11-21T11:02:30Z"), &zone),
            "11:02"
        );
        assert_eq!(
            short_time(now(), at("2026-11-02T11:02:30Z"), &zone),
            "11-02"
        );
        // The day is the operator's, not Greenwich's.
        let kiritimati = TimeZone::fixed(jiff::tz::offset(14));
        assert_eq!(
            time(now(), at("2026-11-21T09:00:00Z"), &kiritimati),
            "11-21 23:00"
        );
    }

    #[test]
    fn shas_are_seven_characters_until_that_is_ambiguous() {
        assert_eq!(sha("8be01aa4f2c1"), "8be01aa");
        assert_eq!(sha("short"), "short");
        assert_eq!(
            sha_pair("8be01aa4f2", "8be01aa9f2"),
            ("8be01aa4", "8be01aa9")
        );
        assert_eq!(sha_pair("8be01aa4f2", "4f9c2d1000"), ("8be01aa", "4f9c2d1"));
        assert_eq!(sha_pair("8be01aa4f2", "8be01aa4f2"), ("8be01aa", "8be01aa"));
    }

    #[test]
    fn counts_are_exact_until_a_column_is_too_narrow() {
        assert_eq!(count(1_204), "1,204");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count_column(99_999), "99,999");
        assert_eq!(count_column(102_345), "102k");
        assert_eq!(count(102_345), "102,345");
    }

    #[test]
    fn lag_is_time_and_commits_only_when_known() {
        assert_eq!(lag(now(), ago(3 * 3600), Some(7)), "3h · 7 commits");
        assert_eq!(lag(now(), ago(3 * 3600), Some(1)), "3h · 1 commit");
        assert_eq!(lag(now(), ago(3 * 3600), None), "3h");
    }

    #[test]
    fn outcomes_are_words() {
        assert_eq!(
            outcome(now(), Some(SpaceStatus::Updated), Some(ago(125))),
            "ok 2m"
        );
        assert_eq!(
            outcome(now(), Some(SpaceStatus::Failed), Some(ago(3700))),
            "failed 1h"
        );
        assert_eq!(outcome(now(), None, None), "never ran");
    }

    #[test]
    fn sparklines_are_scaled_to_their_own_maximum() {
        assert_eq!(sparkline(&[0, 0, 1, 1, 2, 4, 4, 6, 6, 7]), "▁▁▂▂▃▅▅▇▇█");
        assert_eq!(sparkline(&[0, 0, 0]), "▁▁▁");
        assert_eq!(sparkline(&[9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3]), "▃▁▁▁▁▁▁▁▁█");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[u32::MAX, u32::MAX]), "██");
    }

    #[test]
    fn cut_text_ends_in_an_ellipsis_and_paths_lose_their_middle() {
        assert_eq!(cut("frontend", 8), "frontend");
        assert_eq!(cut("frontend-app", 8), "fronten…");
        assert_eq!(cut("文書一覧表", 5), "文書…");
        assert_eq!(cut("x", 0), "");
        assert_eq!(
            cut_path("gitlab.com/acme/platform/design", 24),
            "gitlab.com/acme/…/design"
        );
        assert_eq!(
            cut_path("gitlab.com/acme/platform/design", 20),
            "gitlab.com/…/design"
        );
        assert_eq!(cut_path("gitlab.com/acme/platform/design", 9), "…/design");
        assert_eq!(cut_path("gitlab.com/acme/platform/design", 5), "desi…");
    }

    #[test]
    fn unsafe_text_is_made_visible_and_found_again() {
        assert_eq!(visible("plain"), "plain");
        let shown = visible("a\u{1b}[2Jb\u{202e}c");
        assert_eq!(shown, "a‹1b›[2Jb‹202e›c");
        let found: Vec<&str> = made_visible(&shown)
            .into_iter()
            .map(|r| &shown[r])
            .collect();
        assert_eq!(found, ["‹1b›", "‹202e›"]);
        assert!(made_visible("‹41› ‹x› ‹").is_empty());
    }

    #[test]
    fn wrapping_breaks_between_words_and_long_words_where_it_must() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert!(wrap("x", 0).is_empty());
    }
}
