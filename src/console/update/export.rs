//! Taking lists and screens away.

use std::path::PathBuf;

use super::{Turn, Waiting};
use crate::console::effect::{Ask, Effect};
use crate::console::export::{exportable, of_page};
use crate::console::keymap::{Key, KeyCode};
use crate::console::model::export::{Export, Exported, Format, What};
use crate::console::model::{DumpPicker, ExportForm, ListId, Popup, RowKey, TextField};
use crate::console::msg::{Answer, Failure};
use crate::console::query::closest;
use crate::console::shot::Kind;

/// Terminals take no more than this from OSC 52, and cut or drop the rest without a word.
pub(super) const CLIPBOARD: usize = 74_994;

impl Turn<'_> {
    /// `yx`: what is shown, or marked, as a table.
    pub(super) fn open_export(&mut self) {
        let list = self.model.ui.focus();
        let marks: Vec<RowKey> = self.model.ui.list(list).marks.iter().copied().collect();
        if !marks.is_empty() {
            self.keep_marked(list, &marks);
            return;
        }
        let Some((name, what)) = exportable(self.model) else {
            return;
        };
        self.push_export(name, what, false);
    }

    /// `:export json rows.json`: at once, where the form would be asked first. Without a file as the last time.
    pub(super) fn export_named(&mut self, argument: &str) {
        let (word, file) = argument
            .split_once(char::is_whitespace)
            .unwrap_or((argument, ""));
        let known = Format::ALL.map(Format::as_str);
        let Some(format) = Format::ALL.into_iter().find(|it| it.as_str() == word) else {
            let near = closest(word, &known).map_or_else(
                || tr!("There are {known}.", known = known.join(", ")),
                |near| tr!("Near: {near}.", near),
            );
            self.refuse(tr!("Nothing is exported as \"{word}\". {near}", word, near));
            return;
        };
        self.open_export();
        let Some(Popup::Export(form)) = self.model.ui.popups.last_mut() else {
            return;
        };
        if let Some(stem) = form.file.text().strip_suffix(form.format.as_str()) {
            form.file.set(format!("{stem}{}", format.as_str()));
        }
        form.format = format;
        if !file.trim().is_empty() {
            form.to_file = true;
            form.file.set(file.trim());
        } else if self.model.about.in_lines {
            // Nothing is shown first, so that a name which nobody typed is none that anybody knows.
            form.to_file = false;
        }
        self.export_entered();
    }

    /// The marked rows: those that are shown in their order, then those that are not.
    fn keep_marked(&mut self, list: ListId, marks: &[RowKey]) {
        let model = &*self.model;
        let shown = &model.ui.list(list).rows;
        let marked = |n: &u32| {
            model
                .key_at(list, *n)
                .is_some_and(|key| marks.contains(&key))
        };
        let mut rows: Vec<u32> = shown.iter().copied().filter(marked).collect();
        let rest = marks.iter().filter_map(|key| self.place_of(list, *key));
        let rest: Vec<u32> = rest.filter(|n| !rows.contains(n)).collect();
        rows.extend(rest);
        let Some((name, what)) = exportable(self.model) else {
            return;
        };
        let what = match what {
            What::Rows {
                list,
                replica,
                columns,
                now,
                ..
            } => What::Rows {
                list,
                replica,
                slots: rows,
                columns,
                now,
            },
            What::Sheet(sheet) => What::Sheet(of_page(self.model, list, &rows).unwrap_or(sheet)),
        };
        self.push_export(name, what, true);
    }

    fn push_export(&mut self, name: String, what: What, marked: bool) {
        let kept = self.model.ui.take_away;
        let time = self.model.now.to_string().replace([':', '.'], "-");
        let file = format!("jolli-{name}-{time}.{}", kept.format.as_str());
        let note = self.not_loaded();
        self.model
            .ui
            .popups
            .push(Popup::Export(Box::new(ExportForm {
                name,
                what,
                marked,
                note,
                format: kept.format,
                to_file: kept.to_file,
                file: TextField::new(file),
                focus: 0,
                problem: None,
                sending: false,
            })));
        self.restart(ListId::Popup);
    }

    /// What belongs to the list and is not loaded.
    fn not_loaded(&self) -> Option<String> {
        let list = self.model.ui.focus();
        let source = self.reaches(list)?.source;
        if self.model.replica.is_whole(list, source) {
            return None;
        }
        Some(
            tr!(
                "Only what is loaded: older ones stay with the server. End in the list loads more."
            )
            .into(),
        )
    }

    /// A key of the popup; whether it was one of its own and none of its field.
    pub(super) fn export_key(&mut self, key: Key) -> bool {
        let Some(Popup::Export(form)) = self.model.ui.popups.last_mut() else {
            return false;
        };
        if form.sending {
            return key.code != KeyCode::Esc;
        }
        let lines = form.lines();
        match key.code {
            KeyCode::Tab | KeyCode::Down => form.focus = (form.focus + 1) % lines,
            KeyCode::BackTab | KeyCode::Up => form.focus = (form.focus + lines - 1) % lines,
            KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if form.focus < 2 => {
                if form.focus == 1 {
                    form.to_file ^= true;
                    return true;
                }
                let all = Format::ALL;
                let at = all.iter().position(|it| *it == form.format).unwrap_or(0);
                let step = if key.code == KeyCode::Left {
                    all.len() - 1
                } else {
                    1
                };
                let (old, new) = (form.format, all[(at + step) % all.len()]);
                form.format = new;
                // The name ends as the format does, unless it was named otherwise.
                if let Some(stem) = form.file.text().strip_suffix(old.as_str()) {
                    form.file.set(format!("{stem}{}", new.as_str()));
                }
            }
            _ => return false,
        }
        true
    }

    /// `Enter`: takes it away.
    pub(super) fn export_entered(&mut self) {
        let Some(Popup::Export(form)) = self.model.ui.popups.last_mut() else {
            return;
        };
        let file = form.file.text().trim().to_owned();
        if form.sending {
            return;
        }
        if form.to_file && file.is_empty() {
            form.problem = Some(tr!("Name the file.").into());
            form.focus = 2;
            return;
        }
        form.sending = true;
        form.problem = None;
        let export = Export {
            what: form.what.clone(),
            format: form.format,
            file: form.to_file.then(|| PathBuf::from(file)),
        };
        let kept = &mut self.model.ui.take_away;
        (kept.format, kept.to_file) = (form.format, form.to_file);
        self.effect(Effect::Persist);
        self.ask(Waiting::Export, Ask::Export(Box::new(export)));
    }

    /// It was written, or not.
    pub(super) fn exported(&mut self, result: Result<Answer, Failure>) {
        let Some(Popup::Export(form)) = self.model.ui.popups.last_mut() else {
            return;
        };
        form.sending = false;
        match result {
            Ok(Answer::Exported(Exported::Text { text, .. })) if text.len() > CLIPBOARD => {
                form.problem = Some(tr!(
                    "{kilobytes} kB: terminals take at most 75 kB from a program. A file takes all of it.",
                    kilobytes = text.len().div_ceil(1000)
                ));
                form.focus = 1;
            }
            Ok(Answer::Exported(Exported::Text { text, rows })) => {
                let bytes = text.len();
                self.model.ui.popups.pop();
                self.effect(Effect::Copy(text));
                let bytes = tr_n!(bytes, "{count} byte", "{count} bytes");
                self.tell(if self.model.about.in_lines {
                    // The text itself follows.
                    tr_n!(
                        rows,
                        "{count} row, {bytes}:",
                        "{count} rows, {bytes}:",
                        bytes
                    )
                } else {
                    tr_n!(
                        rows,
                        "Copied: {count} row, {bytes}.",
                        "Copied: {count} rows, {bytes}.",
                        bytes
                    )
                });
            }
            Ok(Answer::Exported(Exported::Written { file, rows, bytes })) => {
                self.model.ui.popups.pop();
                let (file, bytes) = (
                    file.display(),
                    tr_n!(bytes, "{count} byte", "{count} bytes"),
                );
                self.info(tr_n!(
                    rows,
                    "{count} row, {bytes}, written to {file}.",
                    "{count} rows, {bytes}, written to {file}.",
                    bytes,
                    file
                ));
            }
            Ok(_) => {}
            Err(failure) => {
                form.problem = Some(failure.text);
                form.focus = if form.to_file { 2 } else { 1 };
            }
        }
    }

    /// `S`: as what the screen is written.
    pub(super) fn open_dump(&mut self) {
        self.model.ui.popups.push(Popup::Dump(DumpPicker));
        self.restart(ListId::Popup);
        let last = self.model.ui.take_away.picture;
        let place = DumpPicker::KINDS.iter().position(|it| *it == last);
        self.select(ListId::Popup, place.unwrap_or(0));
    }

    /// `Enter`: writes the screen as it was before the popup.
    pub(super) fn dump_entered(&mut self) {
        let place = self.model.ui.list(ListId::Popup).position;
        let Some(kind) = DumpPicker::KINDS.get(place) else {
            return;
        };
        self.dump_as(*kind);
    }

    /// `:screen-dump png`.
    pub(super) fn dump_named(&mut self, name: &str) {
        if let Some(kind) = Kind::parse(name) {
            self.dump_as(kind);
            return;
        }
        let known = Kind::ALL.map(Kind::as_str);
        let near = closest(name, &known).map_or_else(
            || tr!("It is written as {known}.", known = known.join(", ")),
            |near| tr!("Near: {near}.", near),
        );
        self.refuse(tr!(
            "The screen cannot be written as \"{name}\". {near}",
            name,
            near
        ));
    }

    /// Writes the screen.
    pub(super) fn dump_as(&mut self, kind: Kind) {
        if let Some(reason) = kind.refused() {
            self.refuse(reason);
            return;
        }
        if let Some(Popup::Dump(_)) = self.model.ui.popup() {
            self.model.ui.popups.pop();
        }
        self.model.ui.take_away.picture = kind;
        self.effect(Effect::ScreenDump(kind));
        self.effect(Effect::Persist);
    }
}
