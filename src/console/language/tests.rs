//! Reading and speaking.

use super::plural::Plural;
use super::{Catalogue, Choice, Languages, Unusable, speaking};

const GERMAN: &str = r#"# Ein Anfang.
msgid ""
msgstr ""
"Language: de\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: src/console/view/footer.rs
msgid "nothing to undo"
msgstr "nichts rückgängig zu machen"

msgctxt "verb"
msgid "open"
msgstr "öffnen"

msgid "open"
msgstr "offen"

msgid "{name} of {all}"
msgstr "von {all} "
"die Quelle {name}"

msgid "{count} source"
msgid_plural "{count} sources"
msgstr[0] "eine Quelle"
msgstr[1] "{count} Quellen"

#, fuzzy
msgid "Nothing selected."
msgstr "Nichts gesehen."

msgid "No row to mark."
msgstr ""

#~ msgid "long gone"
#~ msgstr "lange weg"
"#;

fn catalogue(text: &str) -> &'static Catalogue {
    let (catalogue, faults) = Catalogue::parse(text);
    assert_eq!(faults, []);
    Box::leak(Box::new(catalogue))
}

#[test]
fn a_catalogue_says_it_otherwise_and_what_it_lacks_stays_english() {
    let said = || {
        let (name, all) = ("frontend", 48);
        [
            tr!("nothing to undo").to_owned(),
            tr!("{name} of {all}", name, all = all + 1),
            tr!(in "verb", "open").to_owned(),
            tr!("open").to_owned(),
            tr!("Nothing selected.").to_owned(),
            tr!("No row to mark.").to_owned(),
            tr!("long gone").to_owned(),
            tr_n!(1_usize, "{count} source", "{count} sources"),
            tr_n!(1_204_i64, "{count} source", "{count} sources"),
            tr_n!(
                2_usize,
                "{count} run of {name}",
                "{count} runs of {name}",
                name
            ),
        ]
    };
    assert_eq!(
        said(),
        [
            "nothing to undo",
            "frontend of 49",
            "open",
            "open",
            "Nothing selected.",
            "No row to mark.",
            "long gone",
            "1 source",
            "1,204 sources",
            "2 runs of frontend",
        ]
    );
    assert_eq!(
        speaking(catalogue(GERMAN), said),
        [
            "nichts rückgängig zu machen",
            "von 49 die Quelle frontend",
            "öffnen",
            "offen",
            "Nothing selected.",
            "No row to mark.",
            "long gone",
            "eine Quelle",
            "1,204 Quellen",
            "2 runs of frontend",
        ]
    );
}

#[test]
fn numbers_take_the_form_of_their_language() {
    let polish = "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n\"\n\n\
                  msgid \"{count} run\"\nmsgid_plural \"{count} runs\"\nmsgstr[0] \"{count} przebieg\"\nmsgstr[1] \"{count} przebiegi\"\nmsgstr[2] \"{count} przebiegów\"\n";
    let said = speaking(catalogue(polish), || {
        [1, 2, 5, 12, 22, 112, 0].map(|n: i64| tr_n!(n, "{count} run", "{count} runs"))
    });
    let ends = said.each_ref().map(|it| it.split(' ').nth(1).unwrap());
    let (one, few, many) = ("przebieg", "przebiegi", "przebiegów");
    assert_eq!(ends, [one, few, many, many, few, many, many]);
}

#[test]
fn rules_for_numbers_are_expressions_of_c() {
    let form = |rule: &str, n| Plural::parse(rule).unwrap().form(n);
    assert_eq!(form("nplurals=1; plural=0;", 7), 0);
    assert_eq!(form("nplurals=2; plural=n>1", 1), 0);
    assert_eq!(form(" nplurals = 2 ; plural = !(n == 1) ; ", 5), 1);
    assert_eq!(form("nplurals=3; plural=n*2-1", 1), 1);
    // Beyond the last form, and by nothing.
    assert_eq!(form("nplurals=2; plural=n", 900), 1);
    assert_eq!(form("nplurals=2; plural=n/0", 3), 0);
    for wrong in [
        "plural=0",
        "nplurals=0; plural=0",
        "nplurals=2",
        "nplurals=2; plural=m",
        "nplurals=2; plural=(n",
        "nplurals=2; plural=n ? 1",
        "nplurals=2; plural=n 1",
    ] {
        assert!(Plural::parse(wrong).is_err(), "{wrong}");
    }
    let deep = format!("nplurals=2; plural={}n", "(".repeat(9_000));
    assert!(Plural::parse(&deep).is_err());
}

#[test]
fn what_does_not_fit_is_refused_by_its_line_and_the_rest_counts() {
    let file = r#"msgid ""
msgstr "Plural-Forms: nplurals=2; plural=n != 1;\n"

msgid "{name} is gone."
msgstr "{nmae} ist weg."

msgid "Run {id}"
msgstr "Lauf"

msgid "{count} run"
msgid_plural "{count} runs"
msgstr[0] "ein Lauf"

msgid "fine"
msgstr "gut"

msgid "no end
msgstr "kein Ende"

msgstring "x"

msgid "also fine"
msgstr "auch gut"
"#;
    let (catalogue, faults) = Catalogue::parse(file);
    let told: Vec<String> = faults
        .iter()
        .map(|it| format!("{}: {}", it.line, it.text))
        .collect();
    assert_eq!(
        told,
        [
            "4: the translation lacks {name}; the English stays",
            "7: the translation lacks {id}; the English stays",
            "10: it has 1 forms; Plural-Forms says 2",
            "17: a text stands between two \"",
            "20: \"msgstring\" is no word of a .po file",
        ]
    );
    assert_eq!(catalogue.find("", "fine"), Some("gut"));
    assert_eq!(catalogue.find("", "also fine"), Some("auch gut"));
    assert_eq!(catalogue.len(), 2);
}

#[test]
fn no_file_breaks_the_console() {
    for text in [
        "\"",
        "msgid",
        "msgid \"",
        "msgid \"a\"\nmsgid \"b\"",
        "\u{feff}msgid \"a\"",
        "msgstr[99] \"a\"",
        "\"loose\"",
        "msgid \"a\\",
        "msgid \"\\q\"",
        "{",
        "msgid \"{\"\nmsgstr \"}\"",
    ] {
        let _ = Catalogue::parse(text);
    }
}

#[test]
fn the_option_goes_before_the_locale_and_english_needs_no_file() {
    let variables = |pairs: &'static [(&'static str, &'static str)]| {
        move |name: &str| {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    };
    let german = variables(&[("LANG", "de_DE.UTF-8")]);
    assert_eq!(
        Choice::of(Some("fr"), german),
        Some(Choice::Named("fr".to_owned()))
    );
    assert_eq!(Choice::of(Some("en"), german), None);
    assert_eq!(
        Choice::of(None, german),
        Some(Choice::Locale("de_DE.UTF-8".to_owned()))
    );
    for english in ["C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "en"] {
        let only = |name: &str| (name == "LANG").then(|| english.to_owned());
        assert_eq!(Choice::of(None, only), None, "{english}");
    }
    let both = variables(&[("LC_ALL", "C"), ("LANG", "de_DE")]);
    assert_eq!(Choice::of(None, both), None);
    assert_eq!(Choice::of(None, |_| None), None);
}

#[test]
fn files_are_found_by_language() {
    let dir = tempfile::tempdir().unwrap();
    let languages = Languages {
        folder: dir.path().to_owned(),
    };
    assert!(languages.of_user().is_empty());
    std::fs::write(dir.path().join("de.po"), GERMAN).unwrap();
    std::fs::write(dir.path().join("pt_BR.po"), "msgid \"a\"").unwrap();
    assert_eq!(languages.of_user(), ["de", "pt_BR"]);

    let loaded = |choice| languages.load(&choice);
    let (catalogue, problems) = loaded(Choice::Locale("de_AT.UTF-8".to_owned())).unwrap();
    assert_eq!((catalogue.unwrap().len(), problems), (5, Vec::new()));
    let (catalogue, problems) = loaded(Choice::Locale("pt_BR".to_owned())).unwrap();
    assert!(catalogue.unwrap().is_empty());
    assert!(
        problems[0] == "messages/pt_BR.po, line 1: a msgid has no msgstr.",
        "{problems:?}"
    );
    let (catalogue, problems) = loaded(Choice::Locale("nl_NL.UTF-8".to_owned())).unwrap();
    assert!(catalogue.is_none() && problems.is_empty());

    assert!(matches!(
        loaded(Choice::Named("nl".to_owned())),
        Err(Unusable::None { .. })
    ));
    assert!(matches!(
        loaded(Choice::Named("../de".to_owned())),
        Err(Unusable::Name { .. })
    ));
}
