//! What a step changes in a state.
//!
//! States are read in their `Debug` form, so that whatever the model adds to its state is told
//! without anything to keep up here.

use std::fmt::{self, Debug, Write as _};

/// A value taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// Something without parts.
    Leaf(String),
    /// Something with named parts, or with one that has no name.
    Fields(String, Vec<(String, Tree)>),
    /// A row of things.
    Items(Vec<Tree>),
}

/// One thing that is different afterwards.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Where, such as `ccm.pass.call`.
    pub at: String,
    /// A for added, M for modified, D for deleted.
    pub op: char,
    /// What was there.
    pub from: String,
    /// What is there now.
    pub to: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { at, op, from, to } = self;
        match op {
            'A' => write!(f, "{op} {at}: {to}"),
            'D' => write!(f, "{op} {at}: {from}"),
            _ => write!(f, "{op} {at}: {from} → {to}"),
        }
    }
}

impl Tree {
    /// Takes a value apart.
    pub fn of(value: &impl Debug) -> Tree {
        let text = format!("{value:?}");
        Reader { rest: &text }.value()
    }

    /// What is different in `after`.
    pub fn changes(&self, after: &Tree) -> Vec<Change> {
        let mut found = Vec::new();
        self.compare(after, "", &mut found);
        found
    }

    fn compare(&self, after: &Tree, at: &str, found: &mut Vec<Change>) {
        match (self, after) {
            _ if self == after => (),
            (Tree::Fields(name, old), Tree::Fields(other, new)) if name == other => {
                for (field, value) in new {
                    let was = old.iter().find(|(it, _)| it == field);
                    let was = was.map_or(&Tree::Items(Vec::new()), |(_, was)| was).clone();
                    was.compare(value, &inside(at, field), found);
                }
            }
            (Tree::Items(old), Tree::Items(new)) => {
                let none = Tree::Leaf("None".into());
                for index in 0..old.len().max(new.len()) {
                    let was = old.get(index).unwrap_or(&none);
                    let is = new.get(index).unwrap_or(&none);
                    was.compare(is, &inside(at, &index.to_string()), found);
                }
            }
            (Tree::Leaf(_) | Tree::Fields(..) | Tree::Items(_), _) => found.push(Change {
                at: at.into(),
                op: match (self.is_none(), after.is_none()) {
                    (true, _) => 'A',
                    (_, true) => 'D',
                    (false, false) => 'M',
                },
                from: self.brief(),
                to: after.brief(),
            }),
        }
    }

    fn is_none(&self) -> bool {
        *self == Tree::Leaf("None".into())
    }

    /// The whole value in one line.
    fn brief(&self) -> String {
        match self {
            Tree::Leaf(text) => text.clone(),
            Tree::Fields(name, fields) => {
                let fields = fields.iter().map(|(field, value)| {
                    let text = format!("{field} {}", value.brief());
                    text.trim_start().to_owned()
                });
                let fields: Vec<String> = fields.collect();
                format!("{name} ({})", fields.join(", "))
            }
            Tree::Items(items) => {
                let items: Vec<String> = items.iter().map(Tree::brief).collect();
                format!("[{}]", items.join("; "))
            }
        }
    }

    /// The whole value, a part on a line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, "", 0);
        text
    }

    fn write(&self, text: &mut String, name: &str, depth: usize) {
        let indent = "  ".repeat(depth);
        let mut head = |value: &str| {
            let line = format!("{indent}{name}  {value}");
            writeln!(text, "{}", line.trim_end()).expect("a String takes it");
        };
        match self {
            Tree::Leaf(value) => head(value),
            Tree::Items(items) if items.is_empty() => head("none"),
            Tree::Items(items) => {
                head("");
                let named = items.iter().enumerate();
                named.for_each(|(at, it)| it.write(text, &at.to_string(), depth + 1));
            }
            Tree::Fields(kind, fields) => {
                if depth > 0 || !name.is_empty() {
                    head(kind);
                }
                let depth = if name.is_empty() { depth } else { depth + 1 };
                fields
                    .iter()
                    .for_each(|(field, it)| it.write(text, field, depth));
            }
        }
    }
}

fn inside(at: &str, part: &str) -> String {
    match (at, part) {
        ("", part) => part.into(),
        (at, "") => at.into(),
        (at, part) => format!("{at}.{part}"),
    }
}

/// Reads the `Debug` form of a value.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> Tree {
        self.skip_space();
        if self.eat('[') || self.eat('{') {
            let items = self.fields().into_iter().map(|(_, value)| value);
            return Tree::Items(items.collect());
        }
        if self.eat('(') {
            return Tree::Fields(String::new(), self.fields());
        }
        let name = self.word();
        self.skip_space();
        if !self.eat('(') && !self.eat('{') {
            return Tree::Leaf(name);
        }
        let mut fields = self.fields();
        match (name.as_str(), fields.len()) {
            ("Some", 1) => fields.remove(0).1,
            (_, 1) if matches!(&fields[0], (field, Tree::Leaf(_)) if field.is_empty()) => {
                Tree::Leaf(format!("{name} {}", fields[0].1.brief()))
            }
            _ => Tree::Fields(name, fields),
        }
    }

    /// Parts up to the bracket that closes them, each with its name if it has one.
    fn fields(&mut self) -> Vec<(String, Tree)> {
        let mut fields = Vec::new();
        loop {
            self.skip_space();
            if self.rest.is_empty() || [')', ']', '}'].into_iter().any(|end| self.eat(end)) {
                return fields;
            }
            let before = self.rest.len();
            fields.push(self.field());
            self.skip_space();
            self.eat(',');
            if self.rest.len() == before {
                return fields;
            }
        }
    }

    fn field(&mut self) -> (String, Tree) {
        let name: String = self.rest.chars().take_while(is_of_name).collect();
        match self.rest[name.len()..].strip_prefix(": ") {
            Some(rest) if !name.is_empty() => {
                self.rest = rest;
                (name, self.value())
            }
            Some(_) | None => (String::new(), self.value()),
        }
    }

    fn word(&mut self) -> String {
        let end = match self.rest.strip_prefix('"') {
            Some(inner) => inner.find('"').map_or(self.rest.len(), |at| at + 2),
            None => {
                let stops = |letter: char| "(){}[],".contains(letter);
                self.rest.find(stops).unwrap_or(self.rest.len())
            }
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.trim().into()
    }

    fn eat(&mut self, letter: char) -> bool {
        let rest = self.rest.strip_prefix(letter);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn is_of_name(letter: &char) -> bool {
    letter.is_alphanumeric() || *letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    struct Store {
        object: Option<Object>,
        events: Vec<u8>,
        call: Call,
    }

    #[derive(Debug, Clone)]
    #[expect(dead_code, reason = "they are read in their Debug form")]
    struct Object {
        uid: Uid,
        name: &'static str,
    }

    #[derive(Debug, Clone)]
    #[expect(dead_code, reason = "they are read in their Debug form")]
    struct Uid(u8);

    #[derive(Debug, Clone)]
    #[expect(dead_code, reason = "they are read in their Debug form")]
    enum Call {
        Idle,
        Writing(Object, u8),
    }

    const WEB: Object = Object {
        uid: Uid(1),
        name: "web, or so",
    };

    fn store() -> Store {
        Store {
            object: None,
            events: vec![1],
            call: Call::Idle,
        }
    }

    fn changes(before: &Store, after: &Store) -> Vec<String> {
        let changes = Tree::of(before).changes(&Tree::of(after));
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_new_changed_and_gone_is_told_where_it_is() {
        let mut after = store();
        after.object = Some(WEB);
        after.events = vec![1, 2];
        after.call = Call::Writing(WEB, 7);
        let there = [
            "A object: Object (uid Uid 1, name \"web, or so\")",
            "A events.1: 2",
            "M call: Idle → Writing (Object (uid Uid 1, name \"web, or so\"), 7)",
        ];
        assert_eq!(changes(&store(), &after), there);
        let mut changed = after.clone();
        changed.object = Some(Object { uid: Uid(2), ..WEB });
        assert_eq!(changes(&after, &changed), ["M object.uid: Uid 1 → Uid 2"]);
        let gone = changes(
            &changed,
            &Store {
                events: vec![1, 2],
                call: after.call,
                ..store()
            },
        );
        assert_eq!(gone, ["D object: Object (uid Uid 2, name \"web, or so\")"]);
    }

    #[test]
    fn a_whole_value_has_a_part_on_each_line() {
        let mut whole = store();
        whole.object = Some(WEB);
        let text = Tree::of(&whole).to_text();
        let expected =
            "object  Object\n  uid  Uid 1\n  name  \"web, or so\"\nevents\n  0  1\ncall  Idle\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_state_of_the_model_is_taken_apart_to_its_last_part() {
        let create = hopwise_protocol::scenario("create").unwrap();
        let chain = hopwise_protocol::Chain {
            scenario: create,
            safeguards: hopwise_vocab::Safeguards::reference(),
        };
        let text = Tree::of(&chain.beginning()).to_text();
        assert!(
            text.starts_with("first  Lane\n  service  Store\n    object  None\n"),
            "{text}"
        );
        assert!(text.ends_with("faults  0\n"), "{text}");
    }
}
