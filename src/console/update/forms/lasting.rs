//! How long something lasts, as it is typed: `90d`.

/// `90d` in seconds; nothing typed: never.
pub(super) fn seconds(text: &str) -> Result<Option<u32>, String> {
    fn how() -> &'static str {
        tr!("A number and m, h, d, w or y, such as 90d; empty: never.")
    }
    if text.is_empty() {
        return Ok(None);
    }
    let Some(unit) = text.chars().last() else {
        return Ok(None);
    };
    let each: u32 = match unit.to_ascii_lowercase() {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'y' => 365 * 86_400,
        _ => return Err(how().to_owned()),
    };
    let number = text[..text.len() - unit.len_utf8()].trim();
    match number.parse::<u32>() {
        Ok(0) | Err(_) if !number.chars().all(|c| c.is_ascii_digit()) || number.is_empty() => {
            Err(how().to_owned())
        }
        Ok(0) => Err(tr!("It would end at once.").to_owned()),
        Ok(number) => match number.checked_mul(each) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(tr!("At most 136 years; empty: never.").to_owned()),
        },
        Err(_) => Err(tr!("At most 136 years; empty: never.").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(seconds(""), Ok(None));
        assert_eq!(seconds("90d"), Ok(Some(7_776_000)));
        assert_eq!(seconds("12 h"), Ok(Some(43_200)));
        for wrong in ["d", "90", "9 0d", "-1d", "1ü", "ü"] {
            assert!(
                seconds(wrong).unwrap_err().starts_with("A number"),
                "{wrong}"
            );
        }
        assert_eq!(seconds("0h").unwrap_err(), "It would end at once.");
        for long in ["999y", "99999999999y"] {
            assert!(seconds(long).unwrap_err().starts_with("At most"), "{long}");
        }
    }
}
