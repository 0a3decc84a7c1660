//! What cells are made of: paths, ages, and the texts kubectl's readers know.
use jiff::Timestamp;
use serde_json::Value;

/// The JSONPath of printer columns: `.a.b[0].c` and `.conditions[?(@.type=="Ready")].status`.
pub(super) fn lookup<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.trim().trim_start_matches('{').trim_end_matches('}');
    let mut at = object;
    let mut rest = path.trim_start_matches('$');
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix("[?(@.") {
            let (condition, tail) = tail.split_once(")]")?;
            let (field, wanted) = condition.split_once("==")?;
            let wanted = wanted.trim().trim_matches(['"', '\'']);
            at = at
                .as_array()?
                .iter()
                .find(|item| item[field.trim()] == wanted)?;
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('[') {
            let (index, tail) = tail.split_once(']')?;
            at = match index.parse::<usize>() {
                Ok(index) => at.get(index)?,
                Err(_) => at.get(index.trim_matches(['"', '\'']))?,
            };
            rest = tail;
        } else {
            let tail = rest.strip_prefix('.').unwrap_or(rest);
            // A dot inside a name is written `\.`.
            let mut end = 0;
            for (i, c) in tail.char_indices() {
                let escaped = i > 0 && tail.as_bytes()[i - 1] == b'\\';
                if (c == '.' && !escaped) || c == '[' {
                    break;
                }
                end = i + c.len_utf8();
            }
            at = at.get(tail[..end].replace("\\.", "."))?;
            rest = &tail[end..];
        }
    }
    Some(at)
}

/// Time since a date, as `kubectl get` shows it.
pub(super) fn age(date: &Value, now: Timestamp) -> String {
    let Some(then) = date
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok())
    else {
        return "<unknown>".into();
    };
    let seconds = (now.as_second() - then.as_second()).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => with_rest(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => with_rest(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => with_rest(days, "d", hours % 24, "h"),
        _ => format!("{days}d"),
    }
}

fn with_rest(whole: i64, unit: &str, rest: i64, rest_unit: &str) -> String {
    if rest == 0 {
        format!("{whole}{unit}")
    } else {
        format!("{whole}{unit}{rest}{rest_unit}")
    }
}

/// A list joined by commas, or `<none>`.
pub(super) fn joined(parts: &[String]) -> String {
    if parts.is_empty() {
        "<none>".into()
    } else {
        parts.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn printer_columns_find_conditions_by_type() {
        let object = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}],
            "ips": ["a"]}, "metadata": {"labels": {"a.b/c": "x"}}});
        let ready = ".status.conditions[?(@.type=='Ready')].status";
        assert_eq!(lookup(&object, ready), Some(&json!("True")));
        assert_eq!(lookup(&object, ".status.ips[0]"), Some(&json!("a")));
        assert_eq!(
            lookup(&object, ".metadata.labels.a\\.b/c"),
            Some(&json!("x"))
        );
        assert_eq!(lookup(&object, ".status.missing"), None);
    }

    #[test]
    fn ages_are_shown_as_kubectl_shows_them() {
        let now = Timestamp::from_second(1_767_225_600).unwrap();
        let shown = |seconds: i64| {
            let then = Timestamp::from_second(1_767_225_600 - seconds).unwrap();
            age(&json!(then.to_string()), now)
        };
        let ages: Vec<String> = [5, 125, 3600, 11_000, 100_000, 700_000].map(shown).into();
        assert_eq!(ages, ["5s", "2m5s", "60m", "3h3m", "27h", "8d"]);
    }
}
