//! Runs over time: bars on one axis. What became of a run is the glyph at its end; its colour only repeats it.

use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts::{at_place, draw_line, window};
use crate::api::{JobId, JobStatus};
use crate::base::Timestamp;
use crate::console::command::CommandId;
use crate::console::format;
use crate::console::model::ListId;
use crate::console::model::pulse::PulseView;
use crate::console::model::timeline::{Bar, Lane, Timeline};
use crate::console::view::around;
use crate::console::view::canvas::Canvas;
use crate::console::view::glyph;
use crate::console::view::theme::Role;
use crate::console::view::widget::line::Cells;
use crate::console::view::widget::place;

/// What a column of a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    /// A run waits to start.
    Waits,
    /// A run is under way, which came to this.
    Runs(JobStatus),
    /// A run ended so, or stands so now.
    Tip(JobStatus),
}

impl Spot {
    /// Of two in one column the one that needs a look is shown.
    const fn weight(self) -> u8 {
        match self {
            Self::Tip(JobStatus::Failed) => 5,
            Self::Tip(status) if !status.is_terminal() => 4,
            Self::Tip(_) => 3,
            Self::Runs(_) => 2,
            Self::Waits => 1,
        }
    }
}

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &PulseView) {
    let look = canvas.look;
    let chart = &view.timeline;
    let height = usize::from(area.height.saturating_sub(4));
    let right = around::shown(canvas.list(ListId::Timeline), height);
    let frame = canvas
        .pane(canvas.border(ListId::Timeline), title(view))
        .right(right);
    let inner = canvas.frame(area, frame);
    let (head, rest) = place::rows(inner, 1);
    let (rows, last) = place::rows(rest, rest.height.saturating_sub(u16::from(rest.height > 2)));
    canvas.place_list(ListId::Timeline, rows);
    if chart.lanes.is_empty() {
        canvas.say(rows, &nothing(canvas, view), Role::Dim);
        return;
    }
    let (label, note) = match inner.width {
        0..46 => (14, 0),
        46..70 => (18, 0),
        _ => (26, 9),
    };
    let wide = usize::from(inner.width).saturating_sub(label + note + 1);
    axis(canvas, head, label, wide, chart);
    let shown = window(
        canvas,
        ListId::Timeline,
        chart.lanes.len(),
        usize::from(rows.height),
    );
    for (line, (at, n)) in shown.into_iter().enumerate() {
        let lane = &chart.lanes[n];
        let state = at_place(canvas, ListId::Timeline, at);
        let chosen = chart.chosen(lane).map(|it| it.job);
        let newest = lane.bars.last().map(|it| glyph::job(it.status));
        let mut cells = Cells::new();
        cells.span(state.lead(look));
        if let Some(mark) = newest {
            cells.span(look.mark(mark));
        }
        cells.put_until(
            label - 1,
            &format!(" {}", named(canvas, lane)),
            look.style(Role::Text),
        );
        cells.pad_to(label);
        let several = state.selected && lane.bars.len() > 1;
        draw_bars(
            canvas,
            &mut cells,
            &spots(lane, chart, wide),
            chosen.filter(|_| several),
        );
        if note > 0 {
            cells.put_right(
                label + wide + note,
                beside(canvas, lane),
                look.style(Role::Dim),
            );
        }
        draw_line(canvas, rows, line, &cells, state);
    }
    told(canvas, last, chart);
}

/// It as one line, while the numbers are open.
pub fn summary(canvas: &Canvas<'_>, view: &PulseView) -> String {
    let failed: usize = view.timeline.lanes.iter().map(Lane::failed).sum();
    let key = canvas.model.keymap.keys_of(CommandId::PaneNext);
    let runs = tr_n!(view.timeline.runs as i64, "{count} run", "{count} runs");
    tr!(
        "Timeline · {runs}, {failed} failed · {key} opens it",
        runs,
        failed,
        key
    )
}

/// `Timeline · last 24h · 31 runs`; where the console does not have all of them: `the newest 200 runs`.
fn title(view: &PulseView) -> String {
    let chart = &view.timeline;
    let newest = if chart.whole { "" } else { tr!("the newest ") };
    let runs = tr_n!(chart.runs as i64, "{count} run", "{count} runs");
    tr!(
        "Timeline · last {window} · {newest}{runs}",
        window = view.window.as_str(),
        newest,
        runs
    )
}

fn nothing(canvas: &Canvas<'_>, view: &PulseView) -> String {
    if !canvas.model.replica.is_loaded() {
        return tr!("Loading runs.").to_owned();
    }
    let longer = view.window.step(true).map_or_else(String::new, |it| {
        let key = canvas.model.keymap.keys_of(CommandId::Next);
        tr!(" {key} looks at {runs}.", key, runs = it.as_str())
    });
    tr!(
        "No run in the last {window}.{longer}",
        window = view.window.as_str(),
        longer
    )
}

fn named(canvas: &Canvas<'_>, lane: &Lane) -> String {
    let name = canvas.model.replica.source_name(lane.source);
    match lane.bars.last() {
        Some(bar) if lane.single => format!("#{} {name}", bar.job),
        _ => name,
    }
}

/// What stands behind the bars: how long the run took, or how many runs there are and how many failed.
fn beside(canvas: &Canvas<'_>, lane: &Lane) -> String {
    match lane.bars.last() {
        Some(bar) if lane.single => took(canvas.look.now, bar),
        _ => {
            let failed = match lane.failed() {
                0 => String::new(),
                n => format!(" {n}{}", canvas.look.glyph(glyph::FAILED)),
            };
            format!("{}{failed}", lane.bars.len())
        }
    }
}

fn took(now: Timestamp, bar: &Bar) -> String {
    let end = bar.ended.unwrap_or(now);
    bar.started.map_or_else(
        || format::UNKNOWN.to_owned(),
        |at| format::duration(end.since(at)),
    )
}

/// The chosen run in words.
fn told(canvas: &mut Canvas<'_>, area: Rect, chart: &Timeline) {
    let look = canvas.look;
    let place = canvas.list(ListId::Timeline).position;
    let Some(lane) = chart.lanes.get(place) else {
        return;
    };
    let Some(bar) = chart.chosen(lane) else {
        return;
    };
    let mark = glyph::job(bar.status);
    let goes_on = if bar.ended.is_some() {
        tr!("took")
    } else {
        tr!("so far")
    };
    let nth = lane.bars.iter().position(|it| it.job == bar.job);
    let which = match nth {
        Some(n) if lane.bars.len() > 1 => tr!(
            " · run {number} of {all}",
            number = n + 1,
            all = lane.bars.len()
        ),
        _ => String::new(),
    };
    let mut cells = Cells::new();
    cells.put(format!(" #{} ", bar.job), look.style(Role::Accent));
    cells.span(look.mark(mark));
    cells.put(" ", look.style(Role::Text));
    cells.span(look.word(mark));
    cells.put(
        tr!(
            " · queued {time} · {state} {length}{place}",
            time = look.time(bar.queued),
            state = goes_on,
            length = took(look.now, &bar),
            place = which
        ),
        look.style(Role::Dim),
    );
    if !area.is_empty() {
        cells.draw(canvas.buffer, area.x, area.y, area.width);
    }
}

/// The column of a moment.
fn column(chart: &Timeline, at: Timestamp, wide: usize) -> usize {
    let whole = chart.until.since(chart.from).as_millis().max(1);
    let past = at.since(chart.from).as_millis().min(whole);
    (past * (wide.saturating_sub(1) as u128) / whole) as usize
}

/// What each column of a line shows, and of which run.
fn spots(lane: &Lane, chart: &Timeline, wide: usize) -> Vec<Option<(Spot, JobId)>> {
    let mut spots: Vec<Option<(Spot, JobId)>> = vec![None; wide];
    for bar in &lane.bars {
        let end = column(chart, bar.ended.unwrap_or(chart.until), wide);
        let started = bar.started.map_or(end, |at| column(chart, at, wide));
        let mut put = |at: usize, spot: Spot| {
            if let Some(there) = spots.get_mut(at)
                && there.is_none_or(|(known, _)| known.weight() <= spot.weight())
            {
                *there = Some((spot, bar.job));
            }
        };
        for at in column(chart, bar.queued, wide)..end {
            let spot = if at < started {
                Spot::Waits
            } else {
                Spot::Runs(bar.status)
            };
            put(at, spot);
        }
        put(end, Spot::Tip(bar.status));
    }
    spots
}

fn draw_bars(
    canvas: &Canvas<'_>,
    cells: &mut Cells<'static>,
    spots: &[Option<(Spot, JobId)>],
    chosen: Option<JobId>,
) {
    let look = canvas.look;
    for spot in spots {
        let (symbol, style) = match spot {
            None => (' ', Style::new()),
            Some((Spot::Waits, _)) => ('·', look.style(Role::Dim)),
            Some((Spot::Runs(status), _)) => ('━', look.mark_style(glyph::job(*status))),
            Some((Spot::Tip(status), _)) => {
                let mark = glyph::job(*status);
                (look.glyph(mark), look.mark_style(mark))
            }
        };
        let is_chosen = chosen.is_some() && spot.map(|(_, job)| job) == chosen;
        let style = if is_chosen { style.underlined() } else { style };
        cells.put(symbol.to_string(), style);
    }
}

/// The times over the bars.
fn axis(canvas: &mut Canvas<'_>, head: Rect, label: usize, wide: usize, chart: &Timeline) {
    let look = canvas.look;
    let mut cells = Cells::new();
    for (at, words) in ticks(chart, wide, &look.zone) {
        // A label begins at its time; what would run into the next one or out of the frame is left out.
        if label + at >= cells.width() && at + words.len() < wide + 1 {
            cells.pad_to(label + at);
            cells.put(format!("│{words} "), look.style(Role::Dim));
        }
    }
    cells.draw(canvas.buffer, head.x, head.y, head.width);
}

/// Round times of the operator's zone, as far apart as their words need.
fn ticks(chart: &Timeline, wide: usize, zone: &TimeZone) -> Vec<(usize, String)> {
    const STEPS: [i64; 11] = [
        300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800,
    ];
    /// Columns from one label to the next.
    const APART: i64 = 9;
    let whole = chart.until.since(chart.from).as_secs() as i64;
    let roomy = |step: &&i64| wide as i64 * **step >= APART * whole;
    let Some(step) = STEPS.iter().find(roomy) else {
        return Vec::new();
    };
    let offset = |at: Timestamp| i64::from(zone.to_offset(at.as_jiff()).seconds());
    let first = chart.from.as_millis().div_euclid(1_000) + offset(chart.from);
    let mut local = (first + step - 1).div_euclid(*step) * step;
    let mut ticks = Vec::new();
    loop {
        let guess = Timestamp::from_millis((local - offset(chart.from)) * 1_000);
        // The clocks may have been changed since the axis begins.
        let at = Timestamp::from_millis((local - offset(guess)) * 1_000);
        if at > chart.until {
            return ticks;
        }
        let shape = if local.rem_euclid(86_400) == 0 {
            "%m-%d"
        } else {
            "%H:%M"
        };
        let words = at
            .as_jiff()
            .to_zoned(zone.clone())
            .strftime(shape)
            .to_string();
        ticks.push((column(chart, at, wide), words));
        local += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SourceId;

    fn now() -> Timestamp {
        "2026-11-21T14:02:11Z".parse().unwrap()
    }

    fn ago(seconds: i64) -> Timestamp {
        now().plus_seconds(-seconds)
    }

    fn drawn(bars: Vec<Bar>, wide: usize) -> String {
        let lane = Lane {
            source: SourceId(1),
            single: false,
            bars,
        };
        let shown = |spot: &Option<(Spot, JobId)>| match spot {
            None => ' ',
            Some((Spot::Waits, _)) => '.',
            Some((Spot::Runs(_), _)) => '=',
            Some((Spot::Tip(status), _)) => glyph::job(*status).ascii,
        };
        let chart = Timeline::new(3_600, now());
        spots(&lane, &chart, wide).iter().map(shown).collect()
    }

    fn bar(job: i64, status: JobStatus, times: (i64, Option<i64>, Option<i64>)) -> Bar {
        Bar {
            job: JobId(job),
            status,
            queued: ago(times.0),
            started: times.1.map(ago),
            ended: times.2.map(ago),
        }
    }

    #[test]
    fn a_bar_waits_runs_and_ends_where_its_times_say() {
        use JobStatus as S;
        let one = bar(1, S::Succeeded, (3_000, Some(2_400), Some(600)));
        assert_eq!(drawn(vec![one.clone()], 13), "  ..======+  ");
        // What goes on reaches to the right end; what began before the axis, to the left.
        let old = bar(2, S::Running, (9_000, Some(8_000), None));
        assert_eq!(drawn(vec![old], 13), "============>");
        let queued = bar(3, S::Queued, (1_200, None, None));
        assert_eq!(drawn(vec![queued], 13), "        ....:");
        // Of several in one column the one that needs a look is seen.
        let failed = bar(4, S::Failed, (620, Some(610), Some(600)));
        let over = bar(5, S::Succeeded, (605, Some(604), Some(598)));
        assert_eq!(drawn(vec![one, failed, over], 13), "  ..======x  ");
        assert_eq!(drawn(vec![bar(6, S::Failed, (9, None, Some(1)))], 1), "x");
    }

    #[test]
    fn the_axis_has_round_times_of_the_zone_also_where_the_clocks_change() {
        let words = |chart: &Timeline, wide, zone: &str| {
            let zone = TimeZone::get(zone).unwrap();
            let ticks = ticks(chart, wide, &zone);
            ticks
                .into_iter()
                .map(|(_, words)| words)
                .collect::<Vec<_>>()
        };
        let hour = Timeline::new(3_600, now());
        assert_eq!(
            words(&hour, 40, "UTC"),
            ["13:15", "13:30", "13:45", "14:00"]
        );
        let day = Timeline::new(86_400, now());
        assert_eq!(
            words(&day, 60, "Asia/Kolkata"),
            ["20:00", "11-21", "04:00", "08:00", "12:00", "16:00"]
        );
        let autumn = Timeline::new(7 * 86_400, "2026-10-27T12:00:00Z".parse().unwrap());
        assert_eq!(
            words(&autumn, 70, "Europe/Berlin"),
            [
                "10-21", "10-22", "10-23", "10-24", "10-25", "10-26", "10-27"
            ]
        );
        assert!(words(&hour, 0, "UTC").is_empty());
    }
}
