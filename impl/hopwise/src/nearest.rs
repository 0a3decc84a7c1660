//! What somebody may have meant by a name that there is not.

/// The most names that are suggested.
const MOST: usize = 3;

/// The names nearest to a word, best first: those that contain it or are a few slips away.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(2);
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let known = name.to_lowercase();
            let slips = slips(&wanted, &known);
            let contains = wanted.chars().count() > 1 && known.contains(&wanted);
            (slips <= allowed || contains).then_some((slips, name))
        })
        .collect();
    found.sort();
    found.dedup();
    found.truncate(MOST);
    found.into_iter().map(|(_, name)| name).collect()
}

/// The end of a message about an unknown name: `; did you mean …?`, or nothing.
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near: Vec<String> = nearest(word, names)
        .into_iter()
        .map(|name| format!("{name:?}"))
        .collect();
    if near.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", near.join(" or "))
}

/// How many letters have to be put in, taken out or changed to make one word the other.
fn slips(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (at, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["create", "recreate", "delete-race", "everyday"];

    #[test]
    fn a_slip_is_understood() {
        assert_eq!(nearest("creat", NAMES), ["create", "recreate"]);
        assert_eq!(nearest("delte-race", NAMES), ["delete-race"]);
    }

    #[test]
    fn a_part_of_a_name_is_understood() {
        assert_eq!(nearest("race", NAMES), ["delete-race"]);
    }

    #[test]
    fn what_is_like_nothing_is_left_without_a_suggestion() {
        assert_eq!(did_you_mean("xyzzy", NAMES), "");
    }
}
