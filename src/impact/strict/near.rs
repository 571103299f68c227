//! Names that a misspelled one may have meant.

/// How many are offered.
const OFFERED: usize = 3;

/// The candidates close to a name, nearest first, then in byte order.
pub(super) fn names<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let allowed = (name.chars().count() / 3).max(1);
    let folded = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = candidates
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            Some((
                distance(&folded, &candidate.to_lowercase(), allowed)?,
                candidate,
            ))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter()
        .take(OFFERED)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// The edit distance (insert, delete, replace, swap of neighbours), where it is at most `allowed`.
fn distance(from: &str, to: &str, allowed: usize) -> Option<usize> {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    if from.len().abs_diff(to.len()) > allowed {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            let swapped = i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b;
            if swapped {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_near_and_strangers_are_not() {
        let known = ["backend", "frontend", "Backend-2", "infra"];
        assert_eq!(names("bakcend", known.into_iter()), ["backend"]);
        assert_eq!(
            names("BACKEND", known.into_iter()),
            ["backend", "Backend-2"]
        );
        assert!(names("payments", known.into_iter()).is_empty());
    }
}
