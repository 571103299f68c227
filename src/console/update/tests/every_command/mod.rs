//! Every command of the registry, given where it works and where it does not: what it does is seen, what it sends is the
//! right call, who may not is told, what can be taken back is, and what destroys asks for the name first. A command without
//! its situation does not compile (`situations::of`).

mod script;
mod situations;

use super::said;
use crate::api::Role;
use crate::console::command::{COMMANDS, Class, Command, CommandId};
use crate::console::effect::Effect;
use crate::console::model::{Model, Popup};
use crate::console::possible::enabled;
use script::Scene;
use situations::{Refused, Situation, of};

/// Whether the command comes from a finding only, so that a remedy is its key.
fn by_remedy(id: CommandId) -> bool {
    matches!(id, CommandId::LocalRemove | CommandId::QueueResume)
}

fn name(command: &Command) -> &'static str {
    command.id.as_str()
}

/// Where the command works, and given.
fn given(command: &Command, situation: &Situation) -> Scene {
    let mut scene = Scene::after(situation.at);
    if by_remedy(command.id) {
        scene.go("1");
    } else {
        let able = enabled(&scene.model, command.id);
        assert_eq!(able, Ok(()), "{} at {:?}", name(command), situation.at);
        scene.run(command.id);
    }
    scene
}

/// Every command that has something wrong with it, rather than the first one.
fn none_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_does_what_it_is_for() {
    let mut wrong = Vec::new();
    for command in COMMANDS {
        let situation = of(command.id);
        let (name, at) = (name(command), situation.at);
        if (situation.seen)(&Scene::after(at).model, &[]) {
            wrong.push(format!("{name} at {at:?}: so it is before"));
        }
        let scene = given(command, &situation);
        if !(situation.seen)(&scene.model, &scene.effects) {
            let said = said(&scene.model);
            wrong.push(format!(
                "{name} at {at:?}: nothing is seen; it says {said:?}"
            ));
        }
    }
    none_wrong(&wrong);
}

/// Where the reason is not its own: nothing is sent by whom it is not allowed, offline, in the past.
fn is_of_all(reason: &str) -> bool {
    [
        "Needs ",
        "Offline",
        "Signed out",
        "In the past",
        "Read-only",
        "Frozen",
    ]
    .iter()
    .any(|it| reason.starts_with(it))
}

#[test]
fn every_command_that_can_be_refused_is_and_says_why() {
    let everywhere: Vec<(&str, Model)> = COMMANDS
        .iter()
        .flat_map(|it| {
            let situation = of(it.id);
            let refused = match situation.refused {
                Refused::At(at, _) => Some(at),
                Refused::Never => None,
            };
            std::iter::once(situation.at).chain(refused)
        })
        .map(|at| (at, Scene::after(at).model))
        .collect();
    let mut wrong = Vec::new();
    for command in COMMANDS {
        match of(command.id).refused {
            Refused::At(at, reason) => {
                let mut scene = Scene::after(at);
                let popups = scene.model.ui.popups.len();
                scene.effects.clear();
                scene.run(command.id);
                let said = said(&scene.model);
                if said != reason {
                    wrong.push(format!("{} at {at:?}: {said:?}", name(command)));
                }
                assert_eq!(scene.sent(), [], "{} sends", name(command));
                assert_eq!(scene.own(), [], "{} changes", name(command));
                assert_eq!(scene.model.ui.popups.len(), popups, "{}", name(command));
            }
            Refused::Never => {
                for (at, model) in &everywhere {
                    if let Err(reason) = enabled(model, command.id)
                        && !is_of_all(&reason)
                    {
                        wrong.push(format!("{} at {at:?}: {reason:?}", name(command)));
                    }
                }
            }
        }
    }
    none_wrong(&wrong);
}

/// Gives the command where it works, in a console that must not.
fn must_not(command: &Command, forbid: fn(&mut Model), reason: &str) {
    let mut scene = Scene::after(of(command.id).at);
    forbid(&mut scene.model);
    let popups = scene.model.ui.popups.len();
    if by_remedy(command.id) {
        // Looking at what it would do is free; doing it is not.
        scene.go("1 told Enter");
    } else {
        scene.run(command.id);
        assert_eq!(scene.model.ui.popups.len(), popups, "{}", name(command));
    }
    assert_eq!(said(&scene.model), reason, "{}", name(command));
    assert_eq!(scene.sent(), [], "{} sends", name(command));
}

#[test]
fn every_command_that_writes_is_refused_read_only_and_to_whom_it_is_not_allowed() {
    for command in COMMANDS.iter().filter(|it| it.writes) {
        must_not(
            command,
            |model| model.session.read_only = true,
            "Read-only: started with --read-only.",
        );
        if command.role == Role::Viewer {
            continue;
        }
        let reason = format!("Needs {}; you are viewer.", command.role);
        let viewer = |model: &mut Model| {
            model.session.me.as_mut().expect("signed in").role = Role::Viewer;
        };
        must_not(command, viewer, &reason);
    }
}

#[test]
fn every_command_that_writes_sends_its_call_once_and_what_is_reversible_can_be_taken_back() {
    let mut wrong = Vec::new();
    for command in COMMANDS.iter().filter(|it| it.writes) {
        let situation = of(command.id);
        let (method, path) = situation
            .sends
            .unwrap_or_else(|| panic!("{} writes: what does it send?", name(command)));
        let mut scene = given(command, &situation);
        scene.go(situation.then);
        let sent: Vec<(String, String)> = scene
            .sent()
            .into_iter()
            .map(|it| (it.method, it.path))
            .collect();
        if sent != [(method.to_owned(), path.to_owned())] {
            let said = said(&scene.model);
            wrong.push(format!(
                "{} sends {sent:?}; it says {said:?}",
                name(command)
            ));
            continue;
        }
        let undo = scene.model.work.undo.len();
        let redo = scene.model.work.redo.len();
        let destroys = command.class == Class::Destructive;
        scene.go(if destroys {
            "accepted-for-good"
        } else {
            "accepted"
        });
        let (undo, redo) = (
            scene.model.work.undo.len() - undo,
            scene.model.work.redo.len() - redo,
        );
        match command.class {
            // What is taken back can be done again instead.
            Class::Reversible if command.id == CommandId::Undo => {
                assert_eq!((undo, redo), (0, 1), "undo");
            }
            Class::Reversible => {
                let entry = scene.model.work.undo.last();
                let whole = entry.is_some_and(|it| !it.calls.is_empty() && !it.label.is_empty());
                if undo != 1 || !whole || enabled(&scene.model, CommandId::Undo).is_err() {
                    wrong.push(format!("{} is not taken back: {entry:?}", name(command)));
                }
            }
            Class::Safe if undo != 0 => {
                wrong.push(format!("{} says that it can be taken back", name(command)));
            }
            Class::Safe => {}
            Class::Destructive => {
                scene.run(CommandId::Undo);
                let said = said(&scene.model);
                if undo != 1 || said != "Not undone: it was destructive." {
                    wrong.push(format!("{}, then u: {said:?}", name(command)));
                }
            }
        }
    }
    none_wrong(&wrong);
}

#[test]
fn nothing_that_only_looks_sends_a_change() {
    for command in COMMANDS.iter().filter(|it| !it.writes) {
        let scene = given(command, &of(command.id));
        assert_eq!(scene.sent(), [], "{}", name(command));
        assert_eq!(scene.own(), [], "{}", name(command));
        // A profile that is removed is gone for good, though no server had it.
        if command.id != CommandId::ProfileRemove {
            assert_eq!(command.class, Class::Safe, "{}", name(command));
        }
    }
}

#[test]
fn what_is_the_users_own_is_changed_once_without_a_server_read_only_too() {
    let mut wrong = Vec::new();
    for command in COMMANDS {
        let situation = of(command.id);
        let Some(own) = situation.own else { continue };
        assert!(!command.writes, "{}", name(command));
        let mut scene = Scene::after(situation.at);
        scene.model.session.read_only = true;
        scene.run(command.id);
        assert_eq!(scene.own(), [], "{} asks first", name(command));
        scene.go(situation.then);
        let changed = scene.own();
        if changed.len() != 1 || !changed.iter().all(own) {
            let said = said(&scene.model);
            wrong.push(format!(
                "{} changes {changed:?}; it says {said:?}",
                name(command)
            ));
        }
        assert_eq!(scene.sent(), [], "{}", name(command));
        // No server told how it is taken back.
        assert!(scene.model.work.undo.is_empty(), "{}", name(command));
    }
    none_wrong(&wrong);
}

#[test]
fn every_destructive_command_asks_for_the_name_and_takes_nothing_less() {
    let mut wrong = Vec::new();
    for command in COMMANDS.iter().filter(|it| it.class == Class::Destructive) {
        let situation = of(command.id);
        let mut scene = given(command, &situation);
        // All but the typed name, which is the word before the last `Enter`.
        let (shown, typed) = situation
            .then
            .rsplit_once(" '")
            .unwrap_or_else(|| panic!("{}: no name is typed", name(command)));
        scene.go(shown);
        let Some(Popup::Danger(danger)) = scene.model.ui.popup() else {
            panic!("{} asks nothing", name(command));
        };
        let asked_for = danger.name.replace(' ', "_");
        if format!("{asked_for} Enter") != typed {
            wrong.push(format!("{} asks for {asked_for}", name(command)));
            continue;
        }
        // Nothing, and nearly the name: neither is the name.
        scene.go("Enter");
        assert_eq!(scene.sent(), [], "{}", name(command));
        assert_eq!(scene.own(), [], "{}", name(command));
        let nearly: String = asked_for.chars().skip(1).collect();
        if !nearly.is_empty() {
            scene.go(&format!("'{nearly} Enter"));
        }
        assert_eq!(scene.sent(), [], "{}", name(command));
        assert_eq!(scene.own(), [], "{}", name(command));
        assert!(
            matches!(scene.model.ui.popup(), Some(Popup::Danger(_))),
            "{} stays",
            name(command)
        );
    }
    none_wrong(&wrong);
}

/// Whether something of this kind is among the effects.
fn has(effects: &[Effect], is: impl Fn(&Effect) -> bool) -> bool {
    effects.iter().any(is)
}

/// What it says, asks and refuses in the language of nobody: no word of ours stays English (console.md: Other languages).
#[test]
fn what_every_command_says_can_be_translated() {
    use crate::console::language::pseudo::{Known, catalogue};
    use crate::console::language::speaking;
    use crate::console::view::tests::text;

    let known = Known::read(&[
        "update/testing.rs",
        "update/tests/every_command/script.rs",
        "view/fixture",
        "view/fixture.rs",
    ]);
    let mut left = std::collections::BTreeSet::new();
    speaking(catalogue(), || {
        for command in COMMANDS {
            let mut scene = Scene::after(of(command.id).at);
            if by_remedy(command.id) {
                scene.go("1");
            } else {
                scene.run(command.id);
            }
            let model = &scene.model;
            let name = name(command);
            // What is copied stands in the message, a command or cells without their tabs; letters to jump by stand over words.
            let shown = match command.id {
                CommandId::CopyRow | CommandId::CopyCurl | CommandId::Jump => String::new(),
                _ => text(model, 120, 40),
            };
            for word in known.unknown(&shown, &model.keymap) {
                left.insert(format!("{name}: {word}"));
            }
            for other in COMMANDS {
                let Err(reason) = enabled(model, other.id) else {
                    continue;
                };
                for word in known.unknown(&reason, &model.keymap) {
                    left.insert(format!("{} refused: {word}", other.id.as_str()));
                }
            }
        }
    });
    none_wrong(&left.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_credential_that_is_there_is_replaced_only_once_its_integration_was_named() {
    let mut scene = Scene::after("g i j");
    scene.run(CommandId::CredentialSet);
    scene.go("Tab 'hush Ctrl-s told Enter");
    assert_eq!(scene.sent(), [], "it asks first");
    let Some(Popup::Danger(asks)) = scene.model.ui.popup() else {
        panic!("what is lost is told before: {:?}", scene.model.ui.popup());
    };
    assert_eq!(asks.title, "replace the clone credential of old");
    scene.go("told seen 'old Enter");
    let sent = scene.sent();
    let sent: Vec<(&str, &str)> = sent
        .iter()
        .map(|it| (it.method.as_str(), it.path.as_str()))
        .collect();
    assert_eq!(sent, [("PUT", "/integrations/17/credential")]);
    let undo = scene.model.work.undo.len();
    scene.go("accepted-for-good");
    assert_eq!(
        scene.model.work.undo.len(),
        undo,
        "the one before is not kept"
    );
}
