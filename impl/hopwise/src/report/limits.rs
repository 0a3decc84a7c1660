//! What was not modelled: a hand-written page of Markdown, shown as it is.
//!
//! Headings, paragraphs, lists, tables, fenced code, and in a line `code` and `**bold**` are
//! known. A link is shown by its words: the page leads nowhere else.

use super::svg::escaped;
use maud::{Markup, PreEscaped, html};

/// The section.
pub(super) fn draw(markdown: &str) -> Markup {
    if markdown.trim().is_empty() {
        return html! {
            p.notice.breaks { "Nobody has written down what was not modelled. Ask before relying \
                               on this report." }
        };
    }
    html! { (PreEscaped(blocks(markdown))) }
}

fn blocks(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        let rest = &lines[at..];
        let (html, taken) = block(rest);
        out += &html;
        at += taken.max(1);
    }
    out
}

/// The block that begins the lines, and how many of them it is.
fn block(lines: &[&str]) -> (String, usize) {
    let first = lines[0].trim_start();
    if first.is_empty() {
        return (String::new(), 1);
    }
    if first.starts_with("```") {
        return fence(lines);
    }
    if let Some(text) = heading(first) {
        return (text, 1);
    }
    if first.starts_with('|') {
        return table(lines);
    }
    if item(first).is_some() {
        return list(lines);
    }
    let taken = lines
        .iter()
        .take_while(|line| is_plain(line))
        .count()
        .max(1);
    (
        format!("<p>{}</p>", inline(&lines[..taken].join(" "))),
        taken,
    )
}

fn is_plain(line: &str) -> bool {
    let line = line.trim_start();
    let begins = line.starts_with("```") || line.starts_with('|') || line.starts_with('#');
    !line.is_empty() && !begins && item(line).is_none()
}

fn fence(lines: &[&str]) -> (String, usize) {
    let inside = lines[1..]
        .iter()
        .take_while(|line| !line.trim_start().starts_with("```"))
        .count();
    let code = escaped(&lines[1..=inside].join("\n"));
    (
        format!("<pre tabindex=\"0\"><code>{code}</code></pre>"),
        inside + 2,
    )
}

/// The page's own title is the section's heading; the others stand below it.
fn heading(line: &str) -> Option<String> {
    let level = line.chars().take_while(|c| *c == '#').count();
    let words = line[level..].strip_prefix(' ')?;
    let words = inline(words.trim());
    match level {
        1 => Some(String::new()),
        2 => Some(format!("<h3>{words}</h3>")),
        3..=6 => Some(format!("<h4>{words}</h4>")),
        _ => None,
    }
}

/// The words of a list item, and whether it is numbered.
fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(words) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, words));
    }
    let (number, words) = line.split_once(". ")?;
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    is_number.then_some((true, words))
}

fn list(lines: &[&str]) -> (String, usize) {
    let (numbered, _) = item(lines[0].trim_start()).expect("the first line is an item");
    let mut items: Vec<String> = Vec::new();
    let mut taken = 0;
    for line in lines {
        let text = line.trim_start();
        match (item(text), items.last_mut()) {
            (Some((_, words)), _) => items.push(words.into()),
            (None, Some(last)) if is_plain(line) => {
                *last += " ";
                *last += text;
            }
            (None, _) => break,
        }
        taken += 1;
    }
    let items: String = items
        .iter()
        .map(|text| format!("<li>{}</li>", inline(text)))
        .collect();
    let tag = if numbered { "ol" } else { "ul" };
    (format!("<{tag}>{items}</{tag}>"), taken)
}

fn table(lines: &[&str]) -> (String, usize) {
    let taken = lines
        .iter()
        .take_while(|line| line.trim_start().starts_with('|'))
        .count();
    let is_rule = |line: &str| line.chars().all(|c| "|-: ".contains(c));
    let mut rows = lines[..taken]
        .iter()
        .filter(|line| !is_rule(line))
        .map(|line| cells(line));
    let cell = |tag: &str, text: &str| format!("<{tag}>{}</{}>", inline(text), &tag[..2]);
    let head: String = rows
        .next()
        .unwrap_or_default()
        .iter()
        .map(|c| cell("th scope=\"col\"", c))
        .collect();
    let body: String = rows
        .map(|row| {
            format!(
                "<tr>{}</tr>",
                row.iter().map(|c| cell("td", c)).collect::<String>()
            )
        })
        .collect();
    let html = format!(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Table\"><table>\
         <thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    );
    (html, taken)
}

fn cells(line: &str) -> Vec<&str> {
    line.trim()
        .trim_matches('|')
        .split('|')
        .map(str::trim)
        .collect()
}

/// The marks within a line. What has no end is text.
fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        out += &escaped(&rest[..at]);
        rest = &rest[at..];
        let (html, taken) = marked(rest).unwrap_or_else(|| (rest[..1].into(), 1));
        out += &html;
        rest = &rest[taken..];
    }
    out + &escaped(rest)
}

/// The marked words that begin a text, and their length in it.
fn marked(text: &str) -> Option<(String, usize)> {
    if let Some(code) = text.strip_prefix('`') {
        let end = code.find('`')?;
        return Some((format!("<code>{}</code>", escaped(&code[..end])), end + 2));
    }
    if let Some(bold) = text.strip_prefix("**") {
        let end = bold.find("**")?;
        return Some((format!("<b>{}</b>", inline(&bold[..end])), end + 4));
    }
    if let Some(thin) = text.strip_prefix('*') {
        let end = thin
            .find('*')
            .filter(|end| *end > 0 && !thin.starts_with(' '))?;
        return Some((format!("<em>{}</em>", inline(&thin[..end])), end + 2));
    }
    let words = text.strip_prefix('[')?;
    let close = words.find("](")?;
    let end = words[close..].find(')')? + close;
    Some((inline(&words[..close]), end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_told_apart() {
        let html =
            blocks("# Limits\n\n## Time\nNo clock\nat all.\n\n- one\n  more\n- two\n\n1. x\n");
        assert_eq!(
            html,
            "<h3>Time</h3><p>No clock at all.</p><ul><li>one more</li><li>two</li></ul>\
             <ol><li>x</li></ol>"
        );
    }

    #[test]
    fn a_table_has_a_head() {
        let html = blocks("| a | b |\n|---|---|\n| 1 | `2` |\n");
        assert!(
            html.contains("<th scope=\"col\">a</th><th scope=\"col\">b</th>"),
            "{html}"
        );
        assert!(
            html.contains("<tr><td>1</td><td><code>2</code></td></tr>"),
            "{html}"
        );
    }

    #[test]
    fn marks_within_a_line_nest_and_need_an_end() {
        let html = inline("a **b `c`** *d* [e](f.md) 2 * 3 `g");
        assert_eq!(html, "a <b>b <code>c</code></b> <em>d</em> e 2 * 3 `g");
    }

    #[test]
    fn markup_in_the_text_stays_text() {
        let html = blocks("<script>alert(1)</script>\n\n```\n<b>\n```\n[x<y](z)\n");
        assert!(
            !html.contains("<script>") && !html.contains("<b>"),
            "{html}"
        );
        assert!(
            html.contains("&lt;script&gt;") && html.contains("x&lt;y"),
            "{html}"
        );
    }

    #[test]
    fn nothing_written_is_said_loudly() {
        assert!(
            draw(" \n")
                .into_string()
                .contains("Nobody has written down")
        );
    }
}
