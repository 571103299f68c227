//! Administration without leaving the console: tokens and integrations, their secrets shown this once.

use super::{filter, leave, ready, wait_selected};
use crate::support::demo::{Api, Demo};

/// What stands in the popup of a secret, between its first words and the border.
fn secret(console: &crate::support::Console) -> String {
    console.wait("a secret", |view| {
        let rows = view.rows();
        let at = rows
            .iter()
            .position(|row| row.contains("is shown this once"))?;
        let row = rows.get(at + 1)?;
        // The page below has no heavy border while the popup has the focus.
        let inside = row.split('┃').nth(1)?;
        Some(inside.trim().to_owned())
    })
}

#[test]
fn an_admin_makes_a_token_and_an_integration_and_ends_both() {
    let demo = Demo::live();
    let mut console = demo.console(&["--as", "ana"]).spawn();
    ready(&console);
    let api = demo.api();

    console.press("g").press("t");
    console.wait_text("Tokens (").wait_text("in use").settle();
    console.press("+");
    console.wait_text("Make a token").settle();
    console
        .keys("night-watch")
        .press("Tab")
        .press("Right")
        .settle();
    console.press("C-s");
    console
        .wait_text("review, nothing is written yet")
        .wait_text("revokes the token");
    console.settle();
    assert!(!api.tokens().iter().any(|it| it.name == "night-watch"));
    console.press("Enter");
    console.wait_text("Token night-watch is made.");
    let text = secret(&console);
    // What was shown is a token, and is what was asked for.
    let me = Api::new(&demo.address(), &text).me();
    assert_eq!(
        (me.name.as_str(), me.role),
        ("night-watch", jolli::api::Role::Operator)
    );
    assert!(me.expires_at.is_some(), "90d is the usual");

    console.press("Esc");
    console.wait_text("Not copied yet. Esc again closes");
    console.press("Esc");
    console.wait_gone("is shown this once").settle();
    assert!(!console.view(|view| view.shows(&text)));
    filter(&mut console, "night");
    wait_selected(&console, "night-watch");
    console.press("!").wait_text("╔ danger").settle();
    console.press("d");
    console
        .wait_text("DANGER · revoke night-watch")
        .wait_text("═ Enter revokes");
    console.keys("night-watch").press("Enter");
    console.wait_text("night-watch is revoked.");
    assert!(!api.tokens().iter().any(|it| it.name == "night-watch"));

    console.press("g").press("i");
    console.wait_text("Integrations (").settle();
    console.press("+");
    console.wait_text("Add an integration").settle();
    console
        .keys("acme-gitea")
        .press("Tab")
        .press("Right")
        .press("Right");
    console
        .press("Tab")
        .press("Tab")
        .keys("gitea.corp/acme")
        .settle();
    console.press("C-s");
    console
        .wait_text("review, nothing is written yet")
        .wait_gone("Asking the server")
        .settle();
    console.press("Enter");
    console
        .wait_text("acme-gitea is added.")
        .wait_text("/api/webhooks/gitea/");
    let first = secret(&console);
    assert!(first.len() >= 16, "{first}");
    let made = api.integration("acme-gitea").expect("it is there");
    assert_eq!(made.account.as_deref(), Some("gitea.corp/acme"));

    console.press("y");
    console.wait_text("Copied. Look whether it arrived");
    console.press("Esc").settle();
    filter(&mut console, "acme-gitea");
    wait_selected(&console, "acme-gitea");
    console.press("Enter");
    console
        .wait_text("Linked sources (0)")
        .wait_text("Nothing was received for it.");
    console.settle();

    console.press("c");
    console.wait_text("Clone credential of acme-gitea").settle();
    console.press("Tab").paste("ghp_hush_hush").settle();
    assert!(!console.view(|view| view.shows("ghp_hush")));
    console.press("C-s");
    console
        .wait_text("are cloned and looked at with it")
        .settle();
    console.press("Enter");
    console.wait_text("as oauth2, secret ");
    let credential = |api: &Api| api.integration("acme-gitea").unwrap().credential.unwrap();
    let kept = credential(&api);

    // The one that is there goes only after the name; nearly the name is not the name.
    console.press("c");
    console.wait_text("Clone credential of acme-gitea").settle();
    console.press("Tab").paste("ghp_other_hush").settle();
    console.press("C-s");
    console
        .wait_text("are cloned and looked at with it")
        .settle();
    console.press("Enter");
    console.wait_text("DANGER · ").wait_text("═ Enter ");
    console.keys("acme-gite").press("Enter").settle();
    assert_eq!(credential(&api), kept);
    console.keys("a").press("Enter");
    console.wait_gone("DANGER · ").settle();
    assert_ne!(credential(&api).fingerprint, kept.fingerprint);

    console.press("!").wait_text("╔ danger").settle();
    console.press("r");
    console
        .wait_text("DANGER · rotate the secret")
        .wait_text("═ Enter rotates");
    console.keys("acme-gitea").press("Enter");
    console.wait_text("New secret of acme-gitea");
    assert_ne!(secret(&console), first);
    console.press("y").press("Esc").settle();
    console.wait_text("rotation open: both valid until");
    console.press("!").wait_text("a rotation is open").settle();
    console.press("r");
    console.wait_text("A rotation is open: both secrets valid until");

    console.press("!").wait_text("╔ danger").settle();
    console.press("d");
    console
        .wait_text("DANGER · delete acme-gitea")
        .wait_text("═ Enter deletes");
    console.keys("acme-gitea").press("Enter");
    console.wait_text("acme-gitea is deleted.");
    assert!(api.integration("acme-gitea").is_none());
    leave(console);
}
