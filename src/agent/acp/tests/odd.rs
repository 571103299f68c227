//! Agents that are not as they should be, what they are started with, and the jail.

use super::*;
use crate::agent::Sandboxes;

#[tokio::test]
async fn a_host_that_fails_ends_the_turn() {
    let mut notes = Notes::new(Person::Says(Accept));
    notes.said = "fail the host".to_owned();
    let mode = RuntimeMode::FullAccess;
    let done = run_with(agent("hang"), mode, None, &[], &mut notes).await;
    assert!(done.unwrap_err().to_string().contains("no room"));
}

#[tokio::test]
async fn garbage_is_noted_and_skipped_and_a_line_without_end_is_not() {
    let (done, notes) = free("garbage").await;
    assert_eq!(done.unwrap().turn.edits, edited());
    for part in ["npm WARN", "\"id\":99", "not known here: mood", "\u{FFFD}"] {
        assert!(notes.has_note(part), "{part}: {:?}", notes.remarks);
    }
    assert!(!notes.has_note("_own"), "{:?}", notes.remarks);
    let moods = notes
        .remarks
        .iter()
        .filter(|note| note.contains("known here: mood"));
    assert_eq!(
        moods.count(),
        2,
        "an update and a notification: {:?}",
        notes.remarks
    );

    let (done, _) = free("long").await;
    let error = done.unwrap_err().to_string();
    assert!(error.contains("more than 64 MiB"), "{error}");
}

#[tokio::test]
async fn a_session_is_taken_up_again_where_that_can_be() {
    for (script, resumes, part) in [
        ("say=1", true, None),
        ("say=1 resume", true, None),
        ("lost", false, Some("could not be taken up again")),
        ("forgetful", false, Some("cannot do that")),
    ] {
        let mut notes = Notes::new(Person::Says(Accept));
        let mode = RuntimeMode::FullAccess;
        let done = run_with(agent(script), mode, Some("old"), &[], &mut notes)
            .await
            .unwrap();
        assert_eq!(done.turn.edits, edited(), "{script}");
        assert_eq!(done.resumed, resumes, "{script}");
        assert_eq!(done.session == "old", resumes, "{script}");
        assert_eq!(notes.began.as_ref().unwrap().0, done.session);
        assert!(!notes.said.contains("earlier"), "{script}: {}", notes.said);
        let is_noted = part.is_none_or(|part| notes.has_note(part));
        assert!(is_noted, "{script}: {:?}", notes.remarks);
    }
}

#[tokio::test]
async fn why_it_cannot_or_will_not_is_told() {
    for (script, expected) in [
        ("end=refusal", End::Refused),
        ("end=tokens", End::Limit("tokens")),
        ("end=requests", End::Limit("requests")),
        ("end=weird", End::Finished),
        ("bare", End::Finished),
    ] {
        let (done, notes) = free(script).await;
        let done = done.unwrap();
        assert_eq!(
            (done.turn.edits, done.end),
            (edited(), expected),
            "{script}"
        );
        assert_eq!(notes.has_note("bored"), script == "end=weird");
        assert_eq!(notes.said.contains("without the report"), script == "bare");
    }
    for (script, part) in [
        ("login", "asks for a login (Log in at example.org)"),
        ("end=login", "--agent-env"),
        ("end=error", "no more credit"),
        ("version=99", "99"),
        ("remove", "removed docs/a.md"),
    ] {
        let done = free(script).await.0;
        let error = done.expect_err(script).to_string();
        assert!(error.contains(part), "{script}: {error}");
    }
}

#[tokio::test]
async fn it_gets_the_variables_that_it_is_to_have() {
    let mut notes = Notes::new(Person::Says(Accept));
    let mode = RuntimeMode::FullAccess;
    let agent = agent("variables").placed(Sandboxes::scrubbed(&[]));
    run_with(agent, mode, None, &[], &mut notes).await.unwrap();
    let names = notes.said.split_once("variables ").unwrap().1;
    let names: Vec<&str> = names.trim().split(',').collect();
    assert!(
        names.contains(&"HOME") && names.contains(&"JOLLI_REPORT"),
        "{names:?}"
    );
    let unwanted = |name: &&&str| name.starts_with("CARGO");
    assert_eq!(names.iter().find(unwanted), None);
}

/// Where `bwrap` may make namespaces; `JOLLI_TEST_JAIL=1` says that it must.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn jailed_it_cannot_have_others_read_for_it() {
    let program = program();
    let folder = program.parent().unwrap().to_owned();
    let jail = match Jail::find(&[folder], &[]) {
        Ok(jail) => jail,
        Err(why) => {
            assert!(std::env::var_os("JOLLI_TEST_JAIL").is_none(), "{why}");
            return;
        }
    };
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "mine").unwrap();
    let script = format!("reach={}", secret.display());
    let link = format!(
        "ln -s {} way; cat {}; ",
        outside.path().display(),
        secret.display()
    );
    let line = format!("{link}{}", command(&format!("{script} edit=way/secret")));
    let mut notes = Notes::new(Person::Says(Accept));
    let mode = RuntimeMode::FullAccess;
    let agent = Acp::new(&line, Duration::from_mins(1))
        .placed(Sandboxes::scrubbed(&[]).jailed(Some(jail.clone())));
    let done = run_with(agent, mode, None, &[], &mut notes).await;
    assert!(!notes.said.contains("mine"), "{}", notes.said);
    assert!(
        done.unwrap_err()
            .to_string()
            .contains("links are not followed")
    );

    let mut notes = Notes::new(Person::Says(Accept));
    let agent = agent_in(jail, &script);
    let done = run_with(agent, mode, None, &[], &mut notes).await.unwrap();
    assert_eq!(done.turn.edits, edited());
    assert!(Path::new(&secret).exists());
}

#[cfg(target_os = "linux")]
fn agent_in(jail: Jail, script: &str) -> Acp {
    agent(script).placed(Sandboxes::scrubbed(&[]).jailed(Some(jail)))
}
