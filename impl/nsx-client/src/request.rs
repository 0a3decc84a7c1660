//! The text of URLs: what has to be escaped, and how.

/// Escapes a path segment or a query value: everything but unreserved characters.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_intent_paths_survive_a_url() {
        assert_eq!(escaped("/infra/a b&c"), "%2Finfra%2Fa%20b%26c");
        assert_eq!(escaped("9f1c-web_80.tcp~"), "9f1c-web_80.tcp~");
    }
}
