//! What the query language makes of inputs that nobody wrote.

use hopwise_fuzz::Target;

use super::parse::{Term, parse};

#[test]
fn fuzz_search_queries() {
    let target = Target {
        name: "search_queries",
        seeds: &[
            "resource_type:LBPool AND (id:web* OR id:other) AND NOT marked_for_delete:false",
            "tags.scope:ncp\\/cluster AND path:\"/infra/lb-pools/a\"",
            "resource_type:(LBPool OR LBVirtualServer) a && b || ! c",
        ],
        words: &[
            "(",
            ")",
            "NOT ",
            "AND ",
            "OR ",
            "a:",
            "resource_type:",
            "*",
            "\"",
            "\\",
            " ",
            "web",
            "&&",
            "||",
            "!",
        ],
        documents: 0,
    };
    target.run(|input| {
        if let Ok(term) = parse(&String::from_utf8_lossy(input)) {
            let text = written(&term);
            // Writing may need more brackets than were read, and may so nest too deep.
            if let Ok(again) = parse(&text) {
                assert_eq!(again, term, "{text}");
            } else {
                assert!(depth(&term) > 15, "{text} is not read back");
            }
        }
    });
}

fn depth(term: &Term) -> usize {
    1 + match term {
        Term::All | Term::Field { .. } => 0,
        Term::Not(inner) => depth(inner),
        Term::And(terms) | Term::Or(terms) => terms.iter().map(depth).max().unwrap_or(0),
    }
}

/// The query that a term is read from.
fn written(term: &Term) -> String {
    let joined = |terms: &[Term], by: &str| {
        let parts: Vec<String> = terms.iter().map(written).collect();
        format!("({})", parts.join(by))
    };
    match term {
        Term::All => "*".to_owned(),
        Term::And(terms) => joined(terms, " AND "),
        Term::Or(terms) => joined(terms, " OR "),
        Term::Not(inner) => format!("NOT {}", written(inner)),
        Term::Field { name, pattern } => {
            let parts: Vec<String> = pattern.parts().iter().map(|part| escaped(part)).collect();
            format!("{}:{}", escaped(name), parts.join("*"))
        }
    }
}

/// Every sign by itself; the empty text in quotation marks, since nothing is no word.
fn escaped(text: &str) -> String {
    let signs: String = text.chars().flat_map(|sign| ['\\', sign]).collect();
    format!("\"\"{signs}")
}
