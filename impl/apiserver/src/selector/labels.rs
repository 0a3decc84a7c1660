//! The language of label selectors.
//!
//! Grammar and words of refusal are those of `k8s.io/apimachinery/pkg/labels`, whose comment on
//! `Parse` is the reference.
use crate::rules::names;

/// What one label has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    /// `>`: the label is a number, and a greater one.
    Greater,
    /// `<`
    Less,
}

impl Requirement {
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether a label with this value, or the lack of one, is what is asked for.
    pub fn holds(&self, label: Option<&str>) -> bool {
        let is_listed = || self.values.iter().any(|v| Some(v.as_str()) == label);
        let numbers = || Some((number(label?)?, number(self.values.first()?)?));
        match self.operator {
            Operator::In => is_listed(),
            Operator::NotIn => !is_listed(),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Greater => numbers().is_some_and(|(label, bound)| label > bound),
            Operator::Less => numbers().is_some_and(|(label, bound)| label < bound),
        }
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// The requirements of a selector, all of which have to hold; an empty text asks for nothing.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut rest = Tokens { text };
    let mut found = Vec::new();
    if rest.peek().is_empty() {
        return Ok(found);
    }
    loop {
        let wrong = |why| format!("unable to parse requirement: {why}");
        found.push(rest.requirement().map_err(wrong)?);
        match rest.take() {
            "" => return Ok(found),
            "," if rest.peek() == "," => {
                return Err("found ',', expected: identifier after ','".into());
            }
            "," if !rest.peek().is_empty() => {}
            "," => return Err("found '', expected: identifier after ','".into()),
            other => return Err(format!("found '{other}', expected: ',' or 'end of string'")),
        }
    }
}

/// What of a selector is not read yet.
struct Tokens<'a> {
    text: &'a str,
}

impl<'a> Tokens<'a> {
    /// A word, `==`, `!=` or a single sign; empty at the end.
    fn take(&mut self) -> &'a str {
        let text = self.text.trim_start();
        let is_sign = |c: char| "=!(),<>".contains(c);
        let length = match text.chars().next() {
            _ if text.starts_with("==") || text.starts_with("!=") => 2,
            Some(sign) if is_sign(sign) => 1,
            _ => text
                .find(|c: char| c.is_whitespace() || is_sign(c))
                .unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(length);
        self.text = rest;
        token
    }

    fn peek(&self) -> &'a str {
        Tokens { text: self.text }.take()
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let first = self.take();
        let (key, negated) = if first == "!" {
            (self.take(), true)
        } else {
            (first, false)
        };
        if let Some(fault) = names::qualified(key) {
            return Err(format!("key: Invalid value: {key:?}: {fault}"));
        }
        let (operator, values) = match self.peek() {
            _ if negated => (Operator::DoesNotExist, vec![]),
            "" | "," => (Operator::Exists, vec![]),
            sign => {
                self.take();
                self.comparison(sign)?
            }
        };
        for (index, value) in values.iter().enumerate() {
            if let Some(fault) = names::label_value(value) {
                return Err(format!(
                    "values[{index}][{key}]: Invalid value: {value:?}: {fault}"
                ));
            }
        }
        let key = key.to_string();
        Ok(Requirement {
            key,
            operator,
            values,
        })
    }

    fn comparison(&mut self, sign: &str) -> Result<(Operator, Vec<String>), String> {
        let operator = match sign {
            "in" => return Ok((Operator::In, self.set()?)),
            "notin" => return Ok((Operator::NotIn, self.set()?)),
            "=" | "==" => Operator::In,
            "!=" => Operator::NotIn,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            other => {
                return Err(format!(
                    "found '{other}', expected: in, notin, =, ==, !=, gt, lt"
                ));
            }
        };
        let value = self.value();
        if matches!(operator, Operator::Greater | Operator::Less) && number(&value).is_none() {
            let why = "for 'Gt', 'Lt' operators, the value must be an integer";
            return Err(format!("values[0]: Invalid value: {value:?}: {why}"));
        }
        Ok((operator, vec![value]))
    }

    /// A word, or nothing where none stands.
    fn value(&mut self) -> String {
        match self.peek() {
            "" | "," | ")" => String::new(),
            _ => self.take().to_string(),
        }
    }

    /// `(a,b)`
    fn set(&mut self) -> Result<Vec<String>, String> {
        match self.take() {
            "(" => {}
            other => return Err(format!("found '{other}' expected: '('")),
        }
        let mut values = Vec::new();
        loop {
            values.push(self.value());
            match self.take() {
                "," => {}
                ")" => return Ok(values),
                other => return Err(format!("found '{other}', expected: ',' or ')'")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str) -> bool {
        let labels = [("app", "web"), ("tier", "front"), ("size", "5")];
        let label = |key: &str| labels.iter().find(|pair| pair.0 == key).map(|pair| pair.1);
        let all = parse(selector).unwrap();
        all.iter().all(|it| it.holds(label(it.key())))
    }

    #[test]
    fn every_operator_is_understood() {
        for (selector, expected) in [
            ("", true),
            ("app=web", true),
            ("app==web, tier!=back", true),
            ("app in (a,web)", true),
            ("app in(a , web),tier", true),
            ("app notin (a,web)", false),
            ("tier", true),
            ("!tier", false),
            ("missing!=x", true),
            ("missing=", false),
            ("size>4,size<6", true),
            ("app>4", false),
        ] {
            assert_eq!(selects(selector), expected, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused_in_the_words_of_kubernetes() {
        for (selector, why) in [
            (
                "app in x",
                "unable to parse requirement: found 'x' expected: '('",
            ),
            (
                "app in (x",
                "unable to parse requirement: found '', expected: ',' or ')'",
            ),
            ("app,", "found '', expected: identifier after ','"),
            (
                "a b",
                "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
            ),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ] {
            assert_eq!(parse(selector).unwrap_err(), why, "{selector}");
        }
        for selector in ["=", "!", "a=-", "-=b", "a>b", "(((", "a=b=c", "é"] {
            assert!(parse(selector).is_err(), "{selector}");
        }
    }
}
