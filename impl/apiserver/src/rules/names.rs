//! How names, labels and finalizers may be spelt, and the words for those that are not.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
    characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  \
    or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
    '-', start with an alphabetic character, and end with an alphanumeric character (e.g. \
    'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
    '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// Why a text is not what it should be; nothing if it is.
pub(crate) type Fault = Option<String>;

fn too_long(most: usize) -> Fault {
    Some(format!("must be no more than {most} characters"))
}

fn is_plain_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = text.as_bytes();
    matches!((bytes.first(), bytes.last()), (Some(a), Some(b)) if inner(*a) && inner(*b))
        && bytes.iter().all(|c| inner(*c) || *c == b'-')
}

pub(super) fn subdomain(text: &str) -> Fault {
    if text.len() > 253 {
        return too_long(253);
    }
    (!text.split('.').all(is_plain_label)).then(|| SUBDOMAIN.to_string())
}

pub(super) fn label(text: &str) -> Fault {
    if text.len() > 63 {
        return too_long(63);
    }
    (!is_plain_label(text)).then(|| LABEL.to_string())
}

pub(super) fn label_1035(text: &str) -> Fault {
    if text.len() > 63 {
        return too_long(63);
    }
    let starts_well = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    (!(starts_well && is_plain_label(text))).then(|| LABEL_1035.to_string())
}

/// Roles and bindings may be called whatever a path can carry, such as `system:discovery`.
pub(super) fn path_segment(text: &str) -> Fault {
    match text {
        "." | ".." => Some(format!("may not be '{text}'")),
        _ if text.contains('/') => Some("may not contain '/'".to_string()),
        _ if text.contains('%') => Some("may not contain '%'".to_string()),
        _ => None,
    }
}

fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends_well = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    ends_well(bytes.first())
        && ends_well(bytes.last())
        && bytes
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}

pub(crate) fn label_value(text: &str) -> Fault {
    if text.len() > 63 {
        return too_long(63);
    }
    (!text.is_empty() && !is_word(text)).then(|| LABEL_VALUE.to_string())
}

/// `name` or `example.com/name`.
pub(crate) fn qualified(text: &str) -> Fault {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if let Some(fault) = prefix.and_then(subdomain) {
        return Some(format!("prefix part {fault}"));
    }
    if name.is_empty() {
        return Some("name part must be non-empty".to_string());
    }
    if name.len() > 63 {
        return Some("name part must be no more than 63 characters".to_string());
    }
    (!is_word(name)).then(|| QUALIFIED.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_names_start_with_a_letter_and_others_need_not() {
        assert_eq!(label_1035("web-1"), None);
        assert!(label_1035("1web").is_some_and(|f| f.starts_with("a DNS-1035 label")));
        assert_eq!(label("1web"), None);
        assert_eq!(subdomain("a.b-c.1"), None);
        assert!(subdomain("a..b").is_some());
    }

    #[test]
    fn a_finalizer_may_have_a_domain() {
        assert_eq!(qualified("vmoperator.vmware.com/x"), None);
        assert_eq!(qualified("orphan"), None);
        assert!(qualified("Bad_Domain/x").is_some());
        assert!(qualified("a/").is_some());
    }
}
