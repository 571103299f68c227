//! A diff the other way round: what going back would change.

use super::diff::{Diff, DiffFile, DiffLine, LineKind};

impl Diff {
    /// The same the other way round: from what is there afterwards to what was before.
    pub fn reversed(&self) -> Self {
        let turned = |line: &DiffLine| DiffLine {
            kind: match line.kind {
                LineKind::Del => LineKind::Add,
                LineKind::Add => LineKind::Del,
                other => other,
            },
            old: line.new,
            new: line.old,
            text: line.text.clone(),
        };
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut at = 0;
        while at < self.lines.len() {
            let end = |from: usize, kind: LineKind| {
                let rest = &self.lines[from..];
                from + rest.iter().take_while(|line| line.kind == kind).count()
            };
            // What is taken away stands before what is added for it, so the two change places.
            let middle = end(at, LineKind::Del);
            let last = end(middle, LineKind::Add);
            if last > at {
                lines.extend(self.lines[middle..last].iter().map(turned));
                lines.extend(self.lines[at..middle].iter().map(turned));
                at = last;
            } else {
                lines.push(turned(&self.lines[at]));
                at += 1;
            }
        }
        let files = self.files.iter().map(|file| DiffFile {
            path: file.path.clone(),
            note: file.note.as_deref().map(|note| match note {
                "added" => "deleted".to_owned(),
                "deleted" => "added".to_owned(),
                note => match note.strip_prefix("was ") {
                    Some(path) => format!("becomes {path}"),
                    None => note.to_owned(),
                },
            }),
            additions: file.deletions,
            deletions: file.additions,
            first: file.first,
        });
        Self {
            files: files.collect(),
            lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LineKind::{Add, Del, File, Same};
    use super::*;

    const TWO: &str = "diff --git a/docs/sdk/go.md b/docs/sdk/go.md\nindex 1..2 100644\n--- a/docs/sdk/go.md\n+++ b/docs/sdk/go.md\n\
        @@ -12,4 +12,5 @@ Clients\n Create a client:\n-c := sdk.New(key)\n+c := sdk.New(ctx, key)\n \n Then call it:\n\
        +ctx carries the deadline.\n@@ -30 +31 @@\n--- old\n+++ new\n\\ No newline at end of file\n\
        diff --git a/logo.png b/logo.png\nnew file mode 100644\nBinary files /dev/null and b/logo.png differ\n";

    #[test]
    fn the_other_way_round_takes_away_what_was_added() {
        let diff = Diff::parse(TWO);
        let back = diff.reversed();
        assert_eq!((back.files[0].additions, back.files[0].deletions), (2, 3));
        assert_eq!(back.files[1].note.as_deref(), Some("binary"));
        let kinds: Vec<_> = back
            .lines
            .iter()
            .map(|it| (it.kind, it.old, it.new))
            .collect();
        assert_eq!(
            kinds[..7],
            [
                (File, None, None),
                (Same, Some(12), Some(12)),
                (Del, Some(13), None),
                (Add, None, Some(13)),
                (Same, Some(14), Some(14)),
                (Same, Some(15), Some(15)),
                (Del, Some(16), None),
            ]
        );
        assert_eq!(back.lines[2].text, "c := sdk.New(ctx, key)");
        assert_eq!(back.mate(3).unwrap().text, "c := sdk.New(ctx, key)");
        assert_eq!(back.reversed(), diff);
        let mut renamed = diff;
        renamed.files[0].note = Some("was old.md".into());
        renamed.files[1].note = Some("added".into());
        let notes: Vec<_> = renamed
            .reversed()
            .files
            .into_iter()
            .map(|it| it.note)
            .collect();
        assert_eq!(
            notes,
            [Some("becomes old.md".into()), Some("deleted".into())]
        );
    }
}
