//! The story's calendar. It is told as it happened up to one moment, and may be told at any other: distances stay.

use crate::base::Timestamp;

/// The moment at which the story ends, on its own calendar.
pub const END: &str = "11-21 14:02:11";

/// Maps moments of the story to the time it is told at.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    shift_millis: i64,
}

impl Calendar {
    /// The story ends at `now`.
    pub fn ending(now: Timestamp) -> Self {
        Self {
            shift_millis: now.as_millis() - moment(END).as_millis(),
        }
    }

    /// The time of a moment, written as in the story: `11-21 14:02:11`.
    pub fn at(self, text: &str) -> Timestamp {
        moment(text).plus_millis(self.shift_millis)
    }

    /// How a time reads on the story's calendar.
    pub fn read(self, at: Timestamp) -> String {
        let text = at.plus_millis(-self.shift_millis).to_string();
        text.get(5..19)
            .map_or(text.clone(), |short| short.replace('T', " "))
    }
}

/// The moment at which the story ends, where it is not told at another.
pub fn screen_now() -> Timestamp {
    moment(END)
}

fn moment(text: &str) -> Timestamp {
    let (day, time) = text
        .split_once(' ')
        .expect("a moment of the story has day and time");
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-{day}T{time}{seconds}Z").parse().expect(
        "moments of the story are written as month-day hour:minute, with or without seconds",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_stay_whenever_the_story_is_told() {
        let now: Timestamp = "2031-03-01T08:00:00.000Z".parse().unwrap();
        let calendar = Calendar::ending(now);
        assert_eq!(calendar.at(END), now);
        assert_eq!(calendar.at("11-21 13:58:59"), now.plus_seconds(-192));
        assert_eq!(calendar.read(now.plus_seconds(-192)), "11-21 13:58:59");
        assert_eq!(screen_now().to_string(), "2026-11-21T14:02:11.000Z");
    }
}
