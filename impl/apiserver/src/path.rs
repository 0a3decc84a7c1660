//! How a URL path names a resource.

/// A parsed resource path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub subresource: Option<String>,
}

impl Target {
    /// Nothing if the path is none of `/api/VERSION/…` and `/apis/GROUP/VERSION/…`.
    pub fn parse(path: &str) -> Option<Target> {
        let mut segments = path.trim_matches('/').split('/');
        let (group, version) = match segments.next()? {
            "api" => ("", segments.next()?),
            "apis" => (segments.next()?, segments.next()?),
            _ => return None,
        };
        let rest: Vec<&str> = segments.collect();
        let (namespace, named) = match rest.as_slice() {
            // The Namespace object itself.
            ["namespaces"] | ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => {
                (rest.get(1).copied(), rest.as_slice())
            }
            ["namespaces", namespace, named @ ..] => (Some(*namespace), named),
            named => (None, named),
        };
        let plural = named
            .first()
            .filter(|p| !p.is_empty() && named.len() <= 3)?;
        // A Namespace is cluster-scoped: its name is not its namespace.
        let namespace = namespace.filter(|_| *plural != "namespaces" || rest.len() > 3);
        Some(Target {
            group: group.into(),
            version: version.into(),
            plural: (*plural).into(),
            namespace: namespace.map(String::from),
            name: named.get(1).map(|s| (*s).into()),
            subresource: named.get(2).map(|s| (*s).into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str) -> (String, Option<String>, Option<String>, Option<String>) {
        let t = Target::parse(path).unwrap();
        (t.plural, t.namespace, t.name, t.subresource)
    }

    #[test]
    fn a_namespaced_status_path_names_all_its_parts() {
        assert_eq!(
            parsed("/api/v1/namespaces/default/services/web/status"),
            (
                "services".into(),
                Some("default".into()),
                Some("web".into()),
                Some("status".into())
            )
        );
    }

    #[test]
    fn a_namespace_is_not_inside_itself() {
        assert_eq!(
            parsed("/api/v1/namespaces/default"),
            ("namespaces".into(), None, Some("default".into()), None)
        );
        assert_eq!(
            parsed("/api/v1/namespaces/default/finalize").3.as_deref(),
            Some("finalize")
        );
    }

    #[test]
    fn a_group_list_over_all_namespaces_has_no_namespace() {
        assert_eq!(
            parsed("/apis/coordination.k8s.io/v1/leases"),
            ("leases".into(), None, None, None)
        );
        assert_eq!(Target::parse("/metrics"), None);
        assert_eq!(Target::parse("/api/v1"), None);
    }
}
