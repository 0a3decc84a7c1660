//! The query language: `field:value`, `field:(a OR b)`, AND, OR, NOT, parentheses, `*`, escapes.

/// What an object must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    All,
    And(Vec<Term>),
    Or(Vec<Term>),
    Not(Box<Term>),
    Field { name: String, pattern: Pattern },
}

/// A value with wildcards: the literal parts between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    #[cfg(test)]
    pub(super) fn parts(&self) -> &[String] {
        &self.0
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

/// How deep a query may nest; ours, far above what any client asks and far below what the stack
/// holds.
const DEEPEST: usize = 64;

/// Reads a query; an empty one means everything.
pub(super) fn parse(query: &str) -> Result<Term, String> {
    let mut parser = Parser {
        tokens: tokens(query)?,
        at: 0,
        depth: 0,
    };
    if parser.tokens.is_empty() {
        return Ok(Term::All);
    }
    let term = parser.or(None)?;
    match parser.peek() {
        None => Ok(term),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    /// A field's name, from before the colon.
    Name(String),
    Value(Pattern),
}

fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = query.chars().peekable();
    while let Some(&next) = chars.peek() {
        match next {
            ' ' | '\t' | '\n' => drop(chars.next()),
            '(' | ')' => {
                chars.next();
                tokens.push(if next == '(' {
                    Token::Open
                } else {
                    Token::Close
                });
            }
            _ => tokens.push(word(&mut chars)?),
        }
    }
    Ok(tokens)
}

/// Reads up to a space, a parenthesis, or the colon that ends a field's name.
fn word(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut plain) = (false, true);
    while let Some(&next) = chars.peek() {
        let wild = parts.len() > 1;
        let last = parts.last_mut().ok_or("a word has no part")?;
        match next {
            '\\' => {
                chars.next();
                plain = false;
                last.push(chars.next().ok_or("a backslash ends the query")?);
                continue;
            }
            '"' => {
                quoted = !quoted;
                plain = false;
            }
            ' ' | '\t' | '\n' | '(' | ')' if !quoted => break,
            ':' if !quoted && !wild => {
                chars.next();
                return Ok(Token::Name(parts.remove(0)));
            }
            '*' if !quoted => parts.push(String::new()),
            other => last.push(other),
        }
        chars.next();
    }
    if quoted {
        return Err("a quotation mark is not closed".to_owned());
    }
    Ok(match (parts.as_slice(), plain) {
        ([word], true) if word == "AND" || word == "&&" => Token::And,
        ([word], true) if word == "OR" || word == "||" => Token::Or,
        ([word], true) if word == "NOT" || word == "!" => Token::Not,
        _ => Token::Value(Pattern(parts)),
    })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    /// Alternatives; `field` is the name in force inside `field:( … )`.
    fn or(&mut self, field: Option<&str>) -> Result<Term, String> {
        let mut terms = vec![self.and(field)?];
        while self.take(&Token::Or) {
            terms.push(self.and(field)?);
        }
        Ok(one_or(terms, Term::Or))
    }

    /// What stands side by side is joined by AND.
    fn and(&mut self, field: Option<&str>) -> Result<Term, String> {
        let mut terms = vec![self.not(field)?];
        while !matches!(self.peek(), None | Some(Token::Or | Token::Close)) {
            self.take(&Token::And);
            terms.push(self.not(field)?);
        }
        Ok(one_or(terms, Term::And))
    }

    /// Every way to nest comes through here.
    fn not(&mut self, field: Option<&str>) -> Result<Term, String> {
        if self.depth == DEEPEST {
            return Err(format!("it nests deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let term = self.negation(field);
        self.depth -= 1;
        term
    }

    fn negation(&mut self, field: Option<&str>) -> Result<Term, String> {
        if self.take(&Token::Not) {
            return Ok(Term::Not(Box::new(self.not(field)?)));
        }
        let token = self.peek().cloned().ok_or("the query ends too early")?;
        self.at += 1;
        match token {
            Token::Open => {
                let term = self.or(field)?;
                if self.take(&Token::Close) {
                    Ok(term)
                } else {
                    Err("a ) is missing".to_owned())
                }
            }
            Token::Name(name) => self.not(Some(&name)),
            Token::Value(pattern) => match field {
                Some(name) => Ok(Term::Field {
                    name: name.to_owned(),
                    pattern,
                }),
                None if pattern == Pattern(vec![String::new(), String::new()]) => Ok(Term::All),
                None => Ok(Term::Field {
                    name: "display_name".to_owned(),
                    pattern,
                }),
            },
            Token::Close | Token::And | Token::Or | Token::Not => {
                Err(format!("unexpected {token:?}"))
            }
        }
    }
}

fn one_or(mut terms: Vec<Term>, many: fn(Vec<Term>) -> Term) -> Term {
    if terms.len() == 1 {
        terms.remove(0)
    } else {
        many(terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_any_text_between_their_parts() {
        let pattern = |parts: &[&str]| Pattern(parts.iter().map(|p| (*p).to_owned()).collect());
        assert!(pattern(&["a", "b", "c"]).matches("axbxc"));
        assert!(pattern(&["", ""]).matches("anything"));
        assert!(!pattern(&["a", "b"]).matches("abx"));
        assert!(!pattern(&["ab", "ba"]).matches("aba"));
    }

    #[test]
    fn a_broken_query_says_what_is_wrong() {
        assert_eq!(parse("(a:b"), Err("a ) is missing".to_owned()));
        assert_eq!(parse("a:b AND"), Err("the query ends too early".to_owned()));
        assert_eq!(
            parse("a:\"b"),
            Err("a quotation mark is not closed".to_owned())
        );
    }
}
