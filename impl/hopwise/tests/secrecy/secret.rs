//! What must not be found, in every form in which it could stand somewhere.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Texts to look for.
pub struct Secrets {
    /// What a find is told by, and what stands there then.
    forms: Vec<(String, String)>,
    /// Which bytes a form begins with: most bytes of a memory begin none.
    begins: [bool; 256],
}

impl Secrets {
    /// Each with the name that a find is told by.
    pub fn of(secrets: &[(&str, &str)]) -> Secrets {
        let forms: Vec<_> = secrets
            .iter()
            .flat_map(|(name, text)| forms(name, text))
            .collect();
        let mut begins = [false; 256];
        for (_, form) in &forms {
            begins[usize::from(form.as_bytes()[0])] = true;
        }
        Secrets { forms, begins }
    }

    /// Everything of them that stands there, in words.
    pub fn found(&self, place: &str, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        // Not by an iterator: tests are not optimised, and a memory is long.
        let mut at = 0;
        while at < bytes.len() {
            if self.begins[bytes[at] as usize] {
                let rest = &bytes[at..];
                let here = self.forms.iter();
                let here = here.filter(|(_, form)| rest.starts_with(form.as_bytes()));
                found.extend(here.map(|(name, _)| format!("{name} in {place}")));
            }
            at += 1;
        }
        found
    }
}

/// A text as it is, in Base64 wherever it begins in what is encoded, as part of a URL, in
/// hexadecimal, and quoted in JSON.
fn forms(name: &str, text: &str) -> Vec<(String, String)> {
    let mut forms = vec![
        (format!("the {name}"), text.to_owned()),
        (format!("the {name} in a URL"), in_url(text)),
        (format!("the {name} in hexadecimal"), in_hexadecimal(text)),
    ];
    let quoted = serde_json::Value::from(text).to_string();
    let quoted = quoted.trim_matches('"').to_owned();
    if quoted != text {
        forms.push((format!("the {name} in JSON"), quoted));
    }
    for before in 0..3 {
        let encoded = [&STANDARD, &URL_SAFE].map(|engine| in_base64(engine, before, text));
        forms.extend(encoded.map(|form| (format!("the {name} in Base64"), form)));
    }
    forms
}

/// The characters that depend on the text alone, whatever stands before and after it.
fn in_base64(engine: &impl Engine, before: usize, text: &str) -> String {
    let padded = [&b"???"[..before], text.as_bytes()].concat();
    let whole = padded.len() / 3 * 4;
    engine.encode(&padded)[(before * 8).div_ceil(6)..whole].to_owned()
}

fn in_url(text: &str) -> String {
    text.bytes().fold(String::new(), |mut url, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                url.push(byte.into());
            }
            _ => write!(url, "%{byte:02X}").unwrap(),
        }
        url
    })
}

fn in_hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        write!(all, "{byte:02x}").unwrap();
        all
    })
}

#[test]
fn a_secret_is_found_in_each_of_its_forms_and_nothing_else_is() {
    let (user, password) = ("svc-17", "p\"w+/&%end");
    let secrets = Secrets::of(&[("user", user), ("password", password)]);
    let places = [
        password.to_owned(),
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))),
        format!("x{}", URL_SAFE.encode(format!("ab{password}c"))),
        format!("https://nsx/?j_password={}", in_url(password)),
        serde_json::json!({"password": password}).to_string(),
        in_hexadecimal(password),
    ];
    for place in places {
        let found = secrets.found("it", place.as_bytes());
        assert!(found.iter().any(|one| one.contains("password")), "{place}");
    }
    assert!(secrets.found("it", b"svc-18, p\"w+/&%en, \xff").is_empty());
}
