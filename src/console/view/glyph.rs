//! The glyph table: one character, its ASCII twin, its word and its role for every state that the screen tells.

use super::theme::{Plain, Role};
use crate::api::{CursorState, JobStatus, Severity, SpaceStatus, StepStatus};

/// One state on the screen. The glyph and the word are always shown together; the role only repeats them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The character.
    pub glyph: char,
    /// The same in ASCII.
    pub ascii: char,
    /// The word.
    pub word: &'static str,
    /// Its role in a theme with colours.
    pub role: Role,
    /// Its look in a theme without.
    pub plain: Plain,
}

const fn mark(glyph: char, ascii: char, word: &'static str, role: Role, plain: Plain) -> Mark {
    Mark {
        glyph,
        ascii,
        word,
        role,
        plain,
    }
}

/// The selected row of the focused pane.
pub const SELECTED: Mark = mark('▌', '>', "", Role::Select, Plain::Reverse);
/// The selected row of another pane.
pub const REMEMBERED: Mark = mark('›', '-', "", Role::Dim, Plain::Text);
/// A marked row.
pub const MARKED: Mark = mark('◆', '*', "", Role::Accent, Plain::Strong);
/// Sorted by this column, in its own order.
pub const DOWN: Mark = mark('↓', 'v', "", Role::Dim, Plain::Dim);
/// Sorted by this column, the other way round.
pub const UP: Mark = mark('↑', '^', "", Role::Dim, Plain::Dim);
/// A binding that is on.
pub const ON: Mark = mark('●', 'o', "on", Role::Good, Plain::Text);
/// A binding that is off.
pub const OFF: Mark = mark('○', '-', "off", Role::Dim, Plain::Dim);
/// A change that is sent and not confirmed.
pub const SAVING: Mark = mark('◌', ':', "saving", Role::Info, Plain::Underline);
/// Something that went well.
pub const DONE: Mark = mark('✓', '+', "", Role::Good, Plain::Text);
/// Something that did not.
pub const FAILED: Mark = mark('✗', 'x', "failed", Role::Bad, Plain::Strong);
/// The data is live.
pub const LIVE: Mark = mark('●', 'o', "live", Role::Good, Plain::Text);
/// The data is behind.
pub const CATCHING_UP: Mark = mark('◐', '~', text!("catching up"), Role::Warn, Plain::Strong);
/// The server is away.
pub const OFFLINE: Mark = mark('○', '-', "offline", Role::Bad, Plain::Reverse);
/// What became of a change is not known yet.
pub const UNSURE: Mark = mark('?', '?', "unsure", Role::Info, Plain::Underline);
/// A place where something is defined.
pub const PRESENT: Mark = mark('●', 'o', "", Role::Text, Plain::Text);
/// A line of a tree that is unfolded.
pub const UNFOLDED: Mark = mark('▾', 'v', "unfolded", Role::Accent, Plain::Text);
/// A line of a tree that is folded.
pub const FOLDED: Mark = mark('▸', '>', "folded", Role::Accent, Plain::Text);
/// A line of a tree that nothing hangs on.
pub const LEAF: Mark = mark(' ', ' ', "", Role::Dim, Plain::Text);
/// A step that ran into nothing to do.
pub const NOTE: Mark = mark('·', '.', "", Role::Dim, Plain::Dim);

/// The state of a cursor.
pub const fn cursor(state: CursorState) -> Mark {
    let word = state.as_str();
    match state {
        CursorState::Ok => mark('●', 'o', word, Role::Good, Plain::Text),
        CursorState::Lagging => mark('◐', '~', word, Role::Warn, Plain::Strong),
        CursorState::Stalled => mark('■', '#', word, Role::Bad, Plain::Reverse),
        CursorState::Stopped => mark('□', '=', word, Role::Bad, Plain::Reverse),
        CursorState::Rewind => mark('◄', '<', word, Role::Bad, Plain::Reverse),
        CursorState::Disabled => mark('○', '-', word, Role::Dim, Plain::Dim),
        CursorState::NotTracked => mark('·', '.', word, Role::Dim, Plain::Dim),
        CursorState::Unknown => mark('?', '?', word, Role::Info, Plain::Underline),
    }
}

/// The state of a run.
pub const fn job(status: JobStatus) -> Mark {
    let word = status.as_str();
    match status {
        JobStatus::Queued => mark('◌', ':', word, Role::Info, Plain::Text),
        // A run that waits for an approval is still a run under way.
        JobStatus::Running | JobStatus::Suspended => {
            mark('▶', '>', word, Role::Accent, Plain::Text)
        }
        JobStatus::Retrying => mark('↻', '@', word, Role::Warn, Plain::Strong),
        JobStatus::Succeeded => mark('✓', '+', word, Role::Good, Plain::Text),
        JobStatus::Failed => mark('✗', 'x', word, Role::Bad, Plain::Strong),
        JobStatus::Skipped => mark('»', 's', word, Role::Dim, Plain::Text),
        JobStatus::Cancelled => mark('–', '-', word, Role::Dim, Plain::Text),
    }
}

/// The state of a step; `None`: it has not begun.
pub const fn step(status: Option<StepStatus>) -> Mark {
    match status {
        None => job(JobStatus::Queued),
        Some(StepStatus::Running) => job(JobStatus::Running),
        Some(StepStatus::Succeeded) => job(JobStatus::Succeeded),
        Some(StepStatus::Failed) => job(JobStatus::Failed),
        Some(StepStatus::Skipped) => job(JobStatus::Skipped),
    }
}

/// The state of one space of a run.
pub const fn space(status: SpaceStatus) -> Mark {
    let word = status.as_str();
    match status {
        SpaceStatus::Queued => mark('◌', ':', word, Role::Info, Plain::Text),
        SpaceStatus::Running => mark('▶', '>', word, Role::Accent, Plain::Text),
        SpaceStatus::Updated => mark('✓', '+', word, Role::Good, Plain::Text),
        SpaceStatus::Unchanged => mark('=', '=', word, Role::Dim, Plain::Text),
        SpaceStatus::Failed => mark('✗', 'x', word, Role::Bad, Plain::Strong),
        SpaceStatus::Skipped => mark('»', 's', word, Role::Dim, Plain::Text),
    }
}

/// How bad a finding is.
pub const fn severity(severity: Severity) -> Mark {
    match severity {
        Severity::Error => mark(
            'E',
            'E',
            text!("will not recover alone"),
            Role::Bad,
            Plain::Reverse,
        ),
        Severity::Warning => mark('W', 'W', text!("degraded"), Role::Warn, Plain::Strong),
        Severity::Info => mark('I', 'I', text!("by design"), Role::Info, Plain::Text),
    }
}

/// What is shown stands still.
pub const FROZEN: Mark = mark('‖', '"', text!("frozen"), Role::Warn, Plain::Reverse);

/// The ASCII twin of a character that the console itself draws; `None`: it is ASCII already, or came from the server.
#[allow(clippy::match_same_arms)] // one line for each group of glyphs that belong together
pub const fn ascii_twin(character: char) -> Option<char> {
    Some(match character {
        '┌' | '┐' | '└' | '┘' | '┏' | '┓' | '┗' | '┛' | '├' | '┤' | '┴' | '┬' | '┼' => {
            '+'
        }
        '─' => '-',
        '━' => '=',
        '│' | '┃' | '▏' => '|',
        '╔' | '╗' | '╚' | '╝' | '═' | '║' => '!',
        '▌' | '▶' | '▸' | '→' | '›' => '>',
        '◄' | '‹' | '←' => '<',
        '●' => 'o',
        '◐' | '…' => '~',
        '■' => '#',
        '□' => '=',
        '○' | '–' => '-',
        '·' => '.',
        '◌' => ':',
        '↻' => '@',
        '✓' => '+',
        '✗' | '×' => 'x',
        '»' => 's',
        '◆' => '*',
        '‖' => '"',
        '↑' => '^',
        '↓' | '▾' => 'v',
        '⟦' => '[',
        '⟧' => ']',
        '▁' => '0',
        '▂' => '1',
        '▃' => '2',
        '▄' => '3',
        '▅' => '4',
        '▆' => '5',
        '▇' => '6',
        '█' => '7',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_apart_without_colour() {
        let glyphs: Vec<char> = CursorState::ALL.iter().map(|s| cursor(*s).glyph).collect();
        let twins: Vec<char> = CursorState::ALL.iter().map(|s| cursor(*s).ascii).collect();
        assert_eq!(glyphs, ['●', '◐', '■', '□', '◄', '○', '·', '?']);
        assert_eq!(twins, ['o', '~', '#', '=', '<', '-', '.', '?']);
        let spaces: Vec<char> = SpaceStatus::ALL.iter().map(|s| space(*s).glyph).collect();
        assert_eq!(spaces, ['◌', '▶', '✓', '=', '✗', '»']);
        let words: Vec<&str> = JobStatus::ALL.iter().map(|s| job(*s).word).collect();
        assert_eq!(words[6..], ["skipped", "cancelled"]);
    }

    #[test]
    fn every_twin_is_ascii_and_agrees_with_the_table() {
        for state in CursorState::ALL {
            let mark = cursor(*state);
            assert!(mark.ascii.is_ascii());
            assert_eq!(
                ascii_twin(mark.glyph).unwrap_or(mark.glyph),
                mark.ascii,
                "{state}"
            );
        }
        for status in JobStatus::ALL {
            let mark = job(*status);
            assert_eq!(
                ascii_twin(mark.glyph).unwrap_or(mark.glyph),
                mark.ascii,
                "{status}"
            );
        }
    }
}
