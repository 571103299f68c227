//! The README holds nothing that is not true: its table of keys is the registry's.

use std::path::Path;

use jolli::console::keymap::{self, Keymap};

#[test]
fn the_table_of_keys_is_the_registrys() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- keys -->\n").unwrap();
    let (shown, after) = rest.split_once("<!-- /keys -->").unwrap();
    let table = keymap::table(&Keymap::standard());
    if std::env::var_os("JOLLI_BLESS").is_some() {
        std::fs::write(
            &path,
            format!("{before}<!-- keys -->\n{table}<!-- /keys -->{after}"),
        )
        .unwrap();
        return;
    }
    assert_eq!(
        shown, table,
        "run JOLLI_BLESS=1 cargo test readme to write the table anew"
    );
}
