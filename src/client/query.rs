//! What a list is asked for (design.md §5: lists), and what one page of it says.

use std::fmt::{Display, Write as _};

use axum::http::HeaderMap;

/// Filters, order and page of a list. Without a limit the whole list comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The whole list, in its own order.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows whose `field` is `value`.
    pub fn filter(mut self, field: &str, value: impl Display) -> Self {
        self.0.push((field.to_owned(), value.to_string()));
        self
    }

    /// Ordered by `field`; `-field` is descending.
    pub fn sort(self, field: &str) -> Self {
        self.filter("sort", field)
    }

    /// At most so many rows.
    pub fn limit(self, rows: u32) -> Self {
        self.filter("limit", rows)
    }

    /// The page that follows the one whose `next` this is.
    pub fn after(self, next: impl Display) -> Self {
        self.filter("after", next)
    }

    /// As it stands behind a path: empty, or from the question mark on.
    pub fn suffix(&self) -> String {
        let mut text = String::new();
        for (n, (key, value)) in self.0.iter().enumerate() {
            text.push(if n == 0 { '?' } else { '&' });
            text.push_str(&encode(key));
            text.push('=');
            text.push_str(&encode(value));
        }
        text
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this to [`Query::after`] for the next page; `None`: this was the last.
    pub next: Option<String>,
}

/// Percent-encodes one component of a path or query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Reads `after` out of `Link: <…?after=…>; rel="next"`.
pub(super) fn next_of(headers: &HeaderMap) -> Option<String> {
    let link = headers.get("link")?.to_str().ok()?;
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let target = next.split_once('<')?.1.split_once('>')?.0;
    let query = target.split_once('?')?.1;
    let value = query.split('&').find_map(|p| p.strip_prefix("after="))?;
    decode(value)
}

/// Reads a query into its pairs; `None`: its escapes are broken.
pub fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(key)?, decode(value)?))
        })
        .collect()
}

/// Undoes [`encode`]; `+` is a space, as forms have it.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (char::from(rest.next()?), char::from(rest.next()?));
                u8::try_from(high.to_digit(16)? * 16 + low.to_digit(16)?).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_and_the_link_of_the_next_page_read_back() {
        let query = Query::new().filter("name", "a b&c/ü").limit(2);
        assert_eq!(query.suffix(), "?name=a%20b%26c%2F%C3%BC&limit=2");
        let mut headers = HeaderMap::new();
        headers.insert(
            "link",
            "</api/sources?limit=2&after=x%3D%3D>; rel=\"next\""
                .parse()
                .unwrap(),
        );
        assert_eq!(next_of(&headers).as_deref(), Some("x=="));
        headers.insert("link", "</api/sources>; rel=\"prev\"".parse().unwrap());
        assert_eq!(next_of(&headers), None);
    }

    #[test]
    fn broken_escapes_are_no_page() {
        assert_eq!(decode("%f"), None);
        assert_eq!(decode("%zz"), None);
        assert_eq!(decode("%ff"), None);
    }
}
