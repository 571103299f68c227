//! Figures beside their budgets, one a line.

use std::time::Duration;

use crate::cli::output;

/// What was measured so far.
#[derive(Debug, Default)]
pub struct Report {
    missed: usize,
}

impl Report {
    /// One figure; its budget is the most that it may be.
    pub fn figure(
        &mut self,
        what: &str,
        value: f64,
        unit: &str,
        budget: f64,
    ) -> std::io::Result<()> {
        let holds = value <= budget;
        self.missed += usize::from(!holds);
        let verdict = if holds { "" } else { "  over" };
        output::line(format_args!(
            "{what:<58} {value:>9.2} {unit:<4} <= {budget}{verdict}"
        ))
    }

    /// Something that is right or wrong.
    pub fn fact(&mut self, what: &str, holds: bool) -> std::io::Result<()> {
        self.missed += usize::from(!holds);
        output::line(format_args!(
            "{what:<58} {}",
            if holds { "yes" } else { "no  over" }
        ))
    }

    /// Whether every budget holds.
    pub fn holds(&self) -> bool {
        self.missed == 0
    }
}

/// The value that so many percent of all are not above, in milliseconds; 0 of none.
pub fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let place = (times.len() * percent)
        .div_ceil(100)
        .saturating_sub(1)
        .min(last);
    times.get(place).map_or(0.0, |it| it.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let mut times: Vec<Duration> = (1..=20).rev().map(Duration::from_millis).collect();
        assert!((percentile(&mut times, 50) - 10.0).abs() < 1e-9);
        assert!((percentile(&mut times, 95) - 19.0).abs() < 1e-9);
        assert!((percentile(&mut times, 100) - 20.0).abs() < 1e-9);
        assert!(percentile(&mut [], 99).abs() < 1e-9);
    }
}
