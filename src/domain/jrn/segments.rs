//! Matching of slash-separated segments with whole-segment wildcards: the engine under every JRN and branch pattern.

/// One segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    Literal(String),
    /// `*`: exactly one segment.
    One,
    /// `**`: any number of segments, none included.
    Any,
}

impl Segment {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "*" => Self::One,
            "**" => Self::Any,
            other => Self::Literal(other.to_owned()),
        }
    }

    fn admits(&self, segment: &str) -> bool {
        match self {
            Self::Literal(text) => text == segment,
            Self::One => true,
            Self::Any => false,
        }
    }
}

/// Whether the pattern matches all segments.
///
/// On a mismatch only the most recent `**` takes one segment more; an earlier one could not do better.
/// That bounds the work by pattern × path, where backtracking over every `**` is exponential.
pub(super) fn matches(pattern: &[Segment], segments: &[&str]) -> bool {
    let (mut p, mut s) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while s < segments.len() {
        match pattern.get(p) {
            Some(Segment::Any) => {
                retry = Some((p, s));
                p += 1;
            }
            Some(one) if one.admits(segments[s]) => {
                p += 1;
                s += 1;
            }
            _ => match &mut retry {
                Some((any, taken)) => {
                    *taken += 1;
                    p = *any + 1;
                    s = *taken;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|rest| *rest == Segment::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_definition(pattern: &[Segment], segments: &[&str]) -> bool {
        match (pattern.split_first(), segments.split_first()) {
            (None, None) => true,
            (Some((Segment::Any, rest)), _) => {
                by_definition(rest, segments)
                    || (!segments.is_empty() && by_definition(pattern, &segments[1..]))
            }
            (None, Some(_)) | (Some(_), None) => false,
            (Some((one, rest)), Some((first, others))) => {
                one.admits(first) && by_definition(rest, others)
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_definition(
            pattern in proptest::collection::vec("a|b|\\*|\\*\\*", 0..7),
            path in proptest::collection::vec("a|b", 0..8),
        ) {
            let pattern: Vec<Segment> = pattern.iter().map(|s| Segment::parse(s)).collect();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            proptest::prop_assert_eq!(matches(&pattern, &path), by_definition(&pattern, &path));
        }
    }

    #[test]
    fn many_double_stars_stay_cheap() {
        let mut pattern = vec![Segment::Any; 3_000];
        for index in (1..3_000).step_by(2) {
            pattern[index] = Segment::Literal("a".into());
        }
        pattern.push(Segment::Literal("b".into()));
        let path = vec!["a"; 3_000];
        assert!(!matches(&pattern, &path));
    }
}
