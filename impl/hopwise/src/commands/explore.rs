//! `hopwise explore`: serves a page to step through the model, until it is interrupted.

use crate::cli::{Clusters, Explore};
use crate::commands::replay::read;
use crate::context::say;
use crate::exit::{Exit, Failure, Outcome};
use crate::explore::live::{self, Watched};
use crate::explore::{Explorer, Link, opened, serve};
use crate::live::{Access, Unseen, access, look_at_all, service_named, usual_namespace};
use crate::selection::scenario_named;
use crate::up::wait_for_interrupt;
use hopwise_vocab::Safeguards;
use std::path::Path;

/// Where a reader chooses.
const CHOOSE: &str = "/choose";

/// Runs the command.
///
/// # Errors
/// Names what is no scenario, no trace and no link, or an address that is not to be listened on.
pub async fn explore(flags: &Explore) -> Outcome {
    let begin = begin(flags).await?;
    if !flags.listen.ip().is_loopback() {
        let message = format!(
            "--listen {}: the explorer is for this machine alone: give an address of it such as \
             127.0.0.1:0",
            flags.listen
        );
        return Err(Failure::usage(anyhow::Error::msg(message)));
    }
    let listener = hopwise_serve::listen(flags.listen)
        .await
        .map_err(Failure::usage)?;
    let listens = listener.local_addr()?;
    let path = match &begin {
        Begin::Model { .. } => "/",
        Begin::Chain { path, .. } => path,
    };
    say(format_args!("http://{listens}{path}"));
    eprintln!("open it in a browser; Ctrl-C ends it");
    match begin {
        Begin::Model { home } => {
            serve(listener, Explorer { listens, home }, wait_for_interrupt()).await;
        }
        Begin::Chain { access, .. } => {
            live::serve(listener, Watched { listens, access }, wait_for_interrupt()).await;
        }
    }
    Ok(Exit::Good)
}

/// What is shown first.
enum Begin {
    /// This page of the model, to which `/` leads.
    Model { home: String },
    /// This page of a running chain.
    Chain { access: Access, path: String },
}

async fn begin(flags: &Explore) -> Result<Begin, Failure> {
    let Clusters {
        namespace,
        kubeconfig,
        supervisor_kubeconfig,
    } = &flags.clusters;
    if flags.live {
        return chain(flags).await;
    }
    if namespace.is_some() || kubeconfig.is_some() || supervisor_kubeconfig.is_some() {
        let names = "--namespace, --kubeconfig and --supervisor-kubeconfig";
        return usage(format!("{names} say which chain: add --live"));
    }
    home(flags).map(|home| Begin::Model { home })
}

/// A chain that answers. The Service that is named may come later.
async fn chain(flags: &Explore) -> Result<Begin, Failure> {
    let access = access(&flags.clusters);
    let name = flags.what.as_deref().map(|what| {
        let name = service_named(what).filter(|it| !it.is_empty() && !it.contains('/'));
        name.ok_or(what)
    });
    let name = match name.transpose() {
        Ok(name) => name,
        Err(what) => {
            return usage(format!(
                "{what:?} names no Service: write svc/NAME with --live"
            ));
        }
    };
    look_at_all(&access).await.map_err(Unseen::failure)?;
    let path = match (name, &flags.clusters.namespace) {
        (None, _) => "/".to_owned(),
        (Some(name), Some(namespace)) => live::path(namespace, name),
        (Some(name), None) => {
            let usual = usual_namespace(&access).await;
            live::path(&usual.map_err(Unseen::failure)?, name)
        }
    };
    Ok(Begin::Chain { access, path })
}

/// The path to begin at.
fn home(flags: &Explore) -> Result<String, Failure> {
    let safeguards = flags.switches.safeguards()?;
    let Some(what) = flags.what.as_deref() else {
        return match safeguards == Safeguards::reference() {
            true => Ok(CHOOSE.into()),
            false => usage("--profile, --with and --without need a SCENARIO: name one".into()),
        };
    };
    let is_link = what.starts_with("/s/") || what.contains("://");
    let path = Path::new(what);
    let is_file = what == "-" || what.contains('/') || path.extension().is_some() || path.is_file();
    if !is_link && !is_file {
        return Ok(Link::start(scenario_named(what)?, safeguards).path());
    }
    if safeguards != Safeguards::reference() {
        return usage(format!(
            "{what} says itself which safeguards are on: leave out --profile, --with and --without"
        ));
    }
    if is_link {
        return match Link::parse(what) {
            Ok(link) => Ok(link.path()),
            Err(error) => usage(error.to_string()),
        };
    }
    Ok(opened(&read(path)?)?.path())
}

fn usage<T>(message: String) -> Result<T, Failure> {
    Err(Failure::usage(anyhow::Error::msg(message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::Switches;

    fn begun(what: Option<&str>, without: &[&str]) -> Result<String, String> {
        let flags = Explore {
            what: what.map(str::to_owned),
            switches: Switches {
                without: without.iter().map(|it| (*it).to_owned()).collect(),
                ..Switches::default()
            },
            live: false,
            clusters: Clusters::default(),
            listen: "127.0.0.1:0".parse().unwrap(),
        };
        home(&flags).map_err(|failure| {
            assert_eq!(failure.exit, Exit::Usage);
            format!("{:#}", failure.error)
        })
    }

    #[test]
    fn a_scenario_begins_at_its_start() {
        let path = begun(Some("recreate"), &["identity-by-uid"]).unwrap();
        assert_eq!(path, "/s/recreate/without-identity-by-uid/start/0");
        assert_eq!(begun(None, &[]).unwrap(), CHOOSE);
    }

    #[test]
    fn a_failing_trace_begins_at_its_bad_step() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../conformance/traces/hop-order-without-hold-until-gone.ndjson"
        );
        let path = begun(Some(file), &[]).unwrap();
        let link = Link::parse(&path).unwrap();
        assert!(link.at > 0);
        assert_eq!(
            link.at,
            link.steps.len(),
            "it is shortest, and broken at its end"
        );
        assert!(!link.safeguards.has(hopwise_vocab::Safeguard::HoldUntilGone));
    }

    #[test]
    fn what_cannot_be_begun_with_is_told() {
        let told = [
            begun(Some("recreat"), &[]),
            begun(Some("none.ndjson"), &[]),
            begun(Some("/s/create/reference/user+creat/0"), &[]),
            begun(Some("/s/create/reference/start/0"), &["delete-by-uid"]),
            begun(None, &["delete-by-uid"]),
        ];
        let told = told.map(Result::unwrap_err);
        assert!(told[0].contains("did you mean \"recreate\""), "{}", told[0]);
        assert!(
            told[1].starts_with("read the trace none.ndjson"),
            "{}",
            told[1]
        );
        assert!(told[2].contains("step 1 of the link"), "{}", told[2]);
        assert!(told[3].contains("leave out --profile"), "{}", told[3]);
        assert!(told[4].contains("need a SCENARIO"), "{}", told[4]);
    }
}
