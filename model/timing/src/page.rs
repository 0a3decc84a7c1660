//! `docs/latency.md` and its plots, written from the answers so that no figure in it is old.

use crate::delays::Delays;
use crate::live::live;
use crate::questions::{Answer, answers, base};
use crate::table::table;

/// The seed of the page that is in the repository.
pub const SEED: u64 = 1;

const TEXT: &str = include_str!("page.md");

/// The files of the page, by their paths below `docs`.
pub fn page(seed: u64) -> Vec<(String, String)> {
    let answers = answers(seed);
    let mut text = TEXT
        .replace("{{seed}}", &seed.to_string())
        .replace("{{delays}}", &delays())
        .replace("{{live}}", &live(seed));
    for answer in &answers {
        text = text.replace(&format!("{{{{{}}}}}", answer.id), &section(answer));
    }
    let plots = answers.into_iter();
    let plots = plots.map(|answer| (plot(answer.id), answer.svg));
    std::iter::once(("latency.md".into(), text))
        .chain(plots)
        .collect()
}

fn plot(id: &str) -> String {
    format!("review/lag/{id}.svg")
}

fn section(answer: &Answer) -> String {
    let (question, plot) = (answer.question, plot(answer.id));
    format!("![{question}]({plot})\n\n{}", answer.table)
}

/// The delays that hold where a question does not vary them.
fn delays() -> String {
    let Delays {
        api,
        nsx,
        delivery,
        allocation,
        load_balancer,
        quarantine,
        ncp_tick,
        vmop_tick,
        think,
    } = Delays::default();
    let rows = [
        (
            "`serve` and `hear` at an API server, together",
            api.to_string(),
        ),
        (
            "`serve` and `hear` at NSX-T, together; `serve ncp read nsx`",
            nsx.to_string(),
        ),
        ("`deliver`", delivery.to_string()),
        ("`realize allocation`", allocation.to_string()),
        ("`realize load-balancer`", load_balancer.to_string()),
        ("`free address`", quarantine.to_string()),
        ("`ccm poll`", base().policy.to_string()),
        ("`ncp tick`", format!("every {ncp_tick:?}")),
        (
            "`vmop tick`",
            format!("every {vmop_tick:?}; not in the fine grain"),
        ),
        ("`user edit`, `user delete`", think.to_string()),
    ];
    let rows = rows.map(|(action, delay)| vec![action.into(), delay]);
    table(&["action", "delay"], &rows)
}
