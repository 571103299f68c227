//! `E` and `Ctrl-o`: the form as a file in the operator's own editor, and what comes back from it. Several fields go as TOML, one
//! as its text. What cannot be taken over stays in its file (screens.md §3: the operator's editor).

use std::fmt::Write as _;
use std::path::PathBuf;

use super::super::Turn;
use crate::console::effect::Effect;
use crate::console::model::{Form, Page, Popup, Writing};
use crate::console::msg::{EditFailure, Edited};

/// Lines that begin so are not text.
const NOTE: &str = "# ";

impl Turn<'_> {
    /// `E`: the form of what is in front, in the editor at once.
    pub(in crate::console::update) fn edit_outside(&mut self) {
        use crate::console::command::CommandId as C;
        use crate::console::keymap::Context;
        if let Page::Thread(_) = self.model.ui.page() {
            self.open_writing();
        } else {
            let command = crate::console::possible::edited_outside(self.model);
            match (command, Context::stack(self.model).first()) {
                (Some(C::BindingEdit), _) => self.open_pattern_form(),
                (Some(_), _) => self.open_source_form(),
                (None, _) => return,
            }
        }
        self.hand_to_editor();
    }

    /// `Ctrl-o` in a form or where something is written: the same text in the editor.
    pub(in crate::console::update) fn hand_to_editor(&mut self) {
        let (text, suffix) = match self.model.ui.popups.last() {
            // A secret is written to no file (screens.md §3: secrets).
            Some(Popup::Form(form)) if form.kind.holds_secret() => {
                self.refuse(tr!("A secret is typed here; it goes into no file."));
                return;
            }
            Some(Popup::Form(form)) if !form.sending => match &form.refused_text {
                Some((text, _)) => (text.clone(), suffix_of(form)),
                None => (written(form), suffix_of(form)),
            },
            Some(Popup::Writing(writing)) if writing.sent.is_none() => (of_writing(writing), ".md"),
            Some(Popup::Form(_) | Popup::Writing(_)) => {
                self.refuse(tr!("It is being sent; the answer comes first. Esc closes."));
                return;
            }
            _ => return,
        };
        self.effect(Effect::Edit { text, suffix });
    }

    /// The editor ended.
    pub(in crate::console::update) fn edited(&mut self, result: Result<Edited, EditFailure>) {
        let edited = match result {
            Ok(edited) => edited,
            Err(failure) => {
                let kept = failure.path.map_or_else(String::new, |path| {
                    tr!(
                        " What was written is kept in {path}.",
                        path = path.display()
                    )
                });
                self.failed(tr!("Not edited: {text}{kept}", text = failure.text, kept));
                return;
            }
        };
        let Edited { text, path } = edited;
        let taken = match self.model.ui.popups.last_mut() {
            Some(Popup::Form(form)) => {
                let taken = read_back(form, &text);
                match &taken {
                    Ok(_) => {
                        form.problem = None;
                        // An earlier file is of no more use either.
                        if let Some((_, old)) = form.refused_text.take() {
                            self.effect(Effect::ForgetEdited(old));
                        }
                    }
                    Err(why) => {
                        form.problem = Some(tr!(
                            "{why} Ctrl-o opens it again; kept in {path}.",
                            why,
                            path = path.display()
                        ));
                        form.refused_text = Some((text, path.clone()));
                    }
                }
                taken
            }
            Some(Popup::Writing(writing)) => {
                let changed = of_writing(writing) != text;
                if let Some(part) = writing.part_mut() {
                    part.text.replace(text.trim_end_matches('\n'));
                    writing.problem = None;
                }
                Ok(changed)
            }
            _ => Err(tr!("Nothing is open that it belongs to.").to_owned()),
        };
        match taken {
            Ok(changed) => {
                self.effect(Effect::ForgetEdited(path));
                if !changed {
                    self.tell(tr!("Nothing was changed in the editor."));
                } else if let Some(Popup::Form(_)) = self.model.ui.popups.last() {
                    self.form_typed();
                    self.review_form();
                }
            }
            Err(why) if self.form().is_none() => {
                self.failed(tr!(
                    "{why} It is kept in {path}.",
                    why,
                    path = path.display()
                ));
            }
            Err(_) => {}
        }
    }
}

fn suffix_of(form: &Form) -> &'static str {
    if form.fields.len() == 1 {
        ".txt"
    } else {
        ".toml"
    }
}

fn of_writing(writing: &Writing) -> String {
    let part = writing.parts.get(writing.focus);
    part.map_or_else(String::new, |part| part.text.text())
}

/// The form as a file.
pub(super) fn written(form: &Form) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{NOTE}{}",
        tr!(
            "{title}. What is saved here is shown before anything is sent.",
            title = form.title
        )
    );
    if let [only] = form.fields.as_slice() {
        if !only.hint.is_empty() {
            let _ = writeln!(text, "{NOTE}{}", only.hint);
        }
        let _ = writeln!(text, "{}", only.field.text());
        return text;
    }
    for field in &form.fields {
        text.push('\n');
        if !field.hint.is_empty() {
            let _ = writeln!(text, "{NOTE}{}: {}", field.label, field.hint);
        }
        if let Some(theirs) = &field.theirs {
            let theirs = format!("{theirs:?}");
            let _ = writeln!(
                text,
                "{NOTE}{}",
                tr!("somebody else made it {theirs}", theirs)
            );
        }
        let value = toml::Value::String(field.field.text().to_owned());
        let _ = writeln!(text, "{} = {value}", field.name);
    }
    text
}

/// Takes over what came back; whether it changed anything.
pub(super) fn read_back(form: &mut Form, text: &str) -> Result<bool, String> {
    let mut values: Vec<(usize, String)> = Vec::new();
    if form.fields.len() == 1 {
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        match lines.as_slice() {
            [] => values.push((0, String::new())),
            [line] => values.push((0, (*line).to_owned())),
            _ => return Err(tr!("A {label} is one line.", label = form.fields[0].label)),
        }
    } else {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error
                .span()
                .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |line| tr!(" in line {line}", line));
            tr!(
                "Not TOML{place}: {message}.",
                place,
                message = error.message().trim_end_matches('.')
            )
        })?;
        for (name, value) in &table {
            let Some(place) = form.fields.iter().position(|it| it.name == name) else {
                let known: Vec<&str> = form.fields.iter().map(|it| it.name).collect();
                return Err(tr!(
                    "There is no {name}; there are {known}.",
                    name,
                    known = known.join(", ")
                ));
            };
            let value = match value {
                toml::Value::String(text) if text.trim().contains(['\n', '\r']) => {
                    return Err(tr!("{name} is one line.", name));
                }
                toml::Value::String(text) => text.trim().to_owned(),
                toml::Value::Integer(number) => number.to_string(),
                _ => return Err(tr!("{name} is a text in quotes.", name)),
            };
            values.push((place, value));
        }
    }
    let mut changed = false;
    for (place, value) in values {
        let field = &mut form.fields[place].field;
        if field.text() != value {
            field.set(value);
            changed = true;
        }
    }
    Ok(changed)
}

impl Form {
    /// Where what came from the editor is kept, while it could not be taken over.
    pub fn kept_in(&self) -> Option<&PathBuf> {
        self.refused_text.as_ref().map(|(_, path)| path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SourceId;
    use crate::console::model::{Check, FormField, FormKind, FormStep};

    fn form(fields: Vec<FormField>) -> Form {
        Form {
            kind: FormKind::SourceEdit(SourceId(1), 1),
            title: "Edit x".into(),
            fields,
            focus: 0,
            step: FormStep::Edit,
            problem: None,
            theirs: None,
            waits_for_theirs: false,
            sending: false,
            refused_text: None,
        }
    }

    #[test]
    fn a_form_comes_back_as_it_went() {
        let field = |name, text| FormField::new(name, name, Check::Text, text, "a hint");
        let mut two = form(vec![field("name", "a \"b\" \\ # c"), field("repo", "")]);
        let file = written(&two);
        assert_eq!(read_back(&mut two, &file), Ok(false), "{file}");
        let edited = file.replace("repo = \"\"", "repo = \"host/o/r\"");
        assert_eq!(read_back(&mut two, &edited), Ok(true));
        assert_eq!(two.fields[1].field.text(), "host/o/r");
        let mut one = form(vec![field("jrnPattern", "jrn:*:path:/**")]);
        let file = written(&one);
        assert_eq!(read_back(&mut one, &file), Ok(false), "{file}");
        assert_eq!(
            read_back(&mut one, "a\nb\n"),
            Err("A jrnPattern is one line.".into())
        );
    }

    #[test]
    fn what_is_no_form_says_where() {
        let field = |name| FormField::new(name, name, Check::Text, "x", "");
        let mut two = form(vec![field("name"), field("repo")]);
        let said = read_back(&mut two, "name = \"a\"\nrepo = \n").unwrap_err();
        assert!(said.starts_with("Not TOML in line 2"), "{said}");
        let said = read_back(&mut two, "nam = \"a\"").unwrap_err();
        assert_eq!(said, "There is no nam; there are name, repo.");
        let said = read_back(&mut two, "name = [1]").unwrap_err();
        assert_eq!(said, "name is a text in quotes.");
        assert_eq!(two.fields[0].field.text(), "x", "nothing of it was taken");
    }
}
