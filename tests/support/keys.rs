//! What a terminal sends for the keys a person presses.

/// The bytes of one key: a character, or a name (`Enter`, `Esc`, `C-c`, `A-x`, `S-Tab`, `F5`).
///
/// # Panics
/// Nobody's keyboard has that key.
pub fn bytes(key: &str) -> Vec<u8> {
    let mut chars = key.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return only.to_string().into_bytes();
    }
    if let Some(letter) = key.strip_prefix("C-") {
        return control(key, letter);
    }
    if let Some(rest) = key.strip_prefix("A-").or_else(|| key.strip_prefix("M-")) {
        return [vec![0x1b], bytes(rest)].concat();
    }
    let text: &str = match key {
        "Enter" => "\r",
        "Esc" => "\x1b",
        "Tab" => "\t",
        "BackTab" | "S-Tab" => "\x1b[Z",
        "Backspace" => "\x7f",
        "Space" => " ",
        "Up" => "\x1b[A",
        "Down" => "\x1b[B",
        "Right" => "\x1b[C",
        "Left" => "\x1b[D",
        "Home" => "\x1b[H",
        "End" => "\x1b[F",
        "Insert" => "\x1b[2~",
        "Delete" => "\x1b[3~",
        "PageUp" => "\x1b[5~",
        "PageDown" => "\x1b[6~",
        "S-Up" => "\x1b[1;2A",
        "S-Down" => "\x1b[1;2B",
        "F1" => "\x1bOP",
        "F2" => "\x1bOQ",
        "F3" => "\x1bOR",
        "F4" => "\x1bOS",
        "F5" => "\x1b[15~",
        "F6" => "\x1b[17~",
        "F7" => "\x1b[18~",
        "F8" => "\x1b[19~",
        "F9" => "\x1b[20~",
        "F10" => "\x1b[21~",
        "F11" => "\x1b[23~",
        "F12" => "\x1b[24~",
        other => panic!("no such key: {other:?}"),
    };
    text.as_bytes().to_vec()
}

fn control(key: &str, letter: &str) -> Vec<u8> {
    match letter {
        "Space" => vec![0],
        "Up" => b"\x1b[1;5A".to_vec(),
        "Down" => b"\x1b[1;5B".to_vec(),
        "Right" => b"\x1b[1;5C".to_vec(),
        "Left" => b"\x1b[1;5D".to_vec(),
        _ => match letter.as_bytes() {
            [byte @ (b'a'..=b'z' | b'[' | b'\\' | b']' | b'^' | b'_')] => {
                vec![byte.to_ascii_uppercase() & 0x1f]
            }
            _ => panic!("no such key: {key:?}"),
        },
    }
}

/// What a terminal sends when text is pasted while bracketed paste is on.
pub fn paste(text: &str) -> Vec<u8> {
    format!("\x1b[200~{text}\x1b[201~").into_bytes()
}

/// A press and release of the left button at a cell, counted from zero.
pub fn click(column: u16, row: u16) -> Vec<u8> {
    let (x, y) = (column + 1, row + 1);
    format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m").into_bytes()
}

#[test]
fn keys_send_what_terminals_send() {
    assert_eq!(bytes("j"), b"j");
    assert_eq!(bytes("ß"), "ß".as_bytes());
    assert_eq!(bytes("C-c"), [3]);
    assert_eq!(bytes("C-["), [0x1b]);
    assert_eq!(bytes("A-Enter"), b"\x1b\r");
}
