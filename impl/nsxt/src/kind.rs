//! The kinds of intent the manager keeps, and where each lives in the tree.

use serde::{Deserialize, Serialize};

/// A kind of Policy object. Polymorphic kinds have several resource types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    LbService,
    LbVirtualServer,
    LbPool,
    LbAppProfile,
    LbMonitorProfile,
    LbPersistenceProfile,
    IpPool,
    IpSubnet,
    IpAllocation,
    Domain,
    Group,
}

impl Kind {
    /// All kinds, referring ones after those they refer to, so that a tree can be written in this
    /// order and taken down in the opposite one.
    pub(crate) const ALL: [Kind; 11] = [
        Kind::Domain,
        Kind::Group,
        Kind::IpPool,
        Kind::IpSubnet,
        Kind::IpAllocation,
        Kind::LbAppProfile,
        Kind::LbMonitorProfile,
        Kind::LbPersistenceProfile,
        Kind::LbPool,
        Kind::LbService,
        Kind::LbVirtualServer,
    ];

    /// The last segment of the collection's path.
    pub(crate) fn collection(self) -> &'static str {
        match self {
            Kind::LbService => "lb-services",
            Kind::LbVirtualServer => "lb-virtual-servers",
            Kind::LbPool => "lb-pools",
            Kind::LbAppProfile => "lb-app-profiles",
            Kind::LbMonitorProfile => "lb-monitor-profiles",
            Kind::LbPersistenceProfile => "lb-persistence-profiles",
            Kind::IpPool => "ip-pools",
            Kind::IpSubnet => "ip-subnets",
            Kind::IpAllocation => "ip-allocations",
            Kind::Domain => "domains",
            Kind::Group => "groups",
        }
    }

    /// The kind whose objects this one is a child of; absent for children of `/infra` itself.
    pub(crate) fn parent(self) -> Option<Kind> {
        match self {
            Kind::IpSubnet | Kind::IpAllocation => Some(Kind::IpPool),
            Kind::Group => Some(Kind::Domain),
            Kind::LbService
            | Kind::LbVirtualServer
            | Kind::LbPool
            | Kind::LbAppProfile
            | Kind::LbMonitorProfile
            | Kind::LbPersistenceProfile
            | Kind::IpPool
            | Kind::Domain => None,
        }
    }

    /// The base type, which names the object inside a `Child…` wrapper of the hierarchical API.
    pub(crate) fn base_type(self) -> &'static str {
        match self {
            Kind::LbService => "LBService",
            Kind::LbVirtualServer => "LBVirtualServer",
            Kind::LbPool => "LBPool",
            Kind::LbAppProfile => "LBAppProfile",
            Kind::LbMonitorProfile => "LBMonitorProfile",
            Kind::LbPersistenceProfile => "LBPersistenceProfile",
            Kind::IpPool => "IpAddressPool",
            Kind::IpSubnet => "IpAddressPoolSubnet",
            Kind::IpAllocation => "IpAddressAllocation",
            Kind::Domain => "Domain",
            Kind::Group => "Group",
        }
    }

    /// The type of the realized entity, where the platform makes one.
    pub(crate) fn entity(self) -> Option<&'static str> {
        match self {
            Kind::LbService => Some("LbServiceDto"),
            Kind::LbVirtualServer => Some("LbVirtualServerDto"),
            Kind::LbPool => Some("LbPoolDto"),
            Kind::LbPersistenceProfile => Some("LbPersistenceProfileDto"),
            Kind::IpPool => Some("IpPool"),
            Kind::IpSubnet => Some("IpBlockSubnet"),
            Kind::IpAllocation => Some("AllocationIpAddress"),
            Kind::LbAppProfile | Kind::LbMonitorProfile | Kind::Domain | Kind::Group => None,
        }
    }

    /// Whether realization takes its time. The others are realized by being written.
    pub(crate) fn is_paced(self) -> bool {
        match self {
            Kind::LbService | Kind::LbVirtualServer | Kind::LbPool | Kind::IpAllocation => true,
            Kind::LbAppProfile
            | Kind::LbMonitorProfile
            | Kind::LbPersistenceProfile
            | Kind::IpPool
            | Kind::IpSubnet
            | Kind::Domain
            | Kind::Group => false,
        }
    }

    /// Whether `?force=true` deletes an object that others refer to.
    pub(crate) fn may_be_forced(self) -> bool {
        match self {
            Kind::LbService
            | Kind::LbVirtualServer
            | Kind::LbPool
            | Kind::LbAppProfile
            | Kind::LbMonitorProfile
            | Kind::LbPersistenceProfile => true,
            Kind::IpPool | Kind::IpSubnet | Kind::IpAllocation | Kind::Domain | Kind::Group => {
                false
            }
        }
    }

    /// The kind with this collection under this parent.
    pub(crate) fn of_collection(parent: Option<Kind>, collection: &str) -> Option<Kind> {
        Kind::ALL
            .into_iter()
            .find(|k| k.parent() == parent && k.collection() == collection)
    }

    /// The kind with this base type.
    pub(crate) fn of_base_type(base_type: &str) -> Option<Kind> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.base_type() == base_type)
    }
}

/// A place in the intent tree: a collection, or an object in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Location {
    pub(crate) kind: Kind,
    /// The path of the parent: `/infra`, or that of an object.
    pub(crate) parent: String,
    pub(crate) id: String,
}

impl Location {
    /// The object's path, as it stands in bodies: without `/policy/api/v1`.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", collection_path(&self.parent, self.kind), self.id)
    }

    /// Reads an object's path. Absent when it names no kind that is kept here.
    pub(crate) fn of_path(path: &str) -> Option<Location> {
        let mut parts = path.strip_prefix("/infra/")?.split('/');
        let kind = Kind::of_collection(None, parts.next()?)?;
        let id = parts.next().filter(|id| !id.is_empty())?;
        let mut found = Location {
            kind,
            parent: "/infra".to_owned(),
            id: id.to_owned(),
        };
        while let Some(collection) = parts.next() {
            let kind = Kind::of_collection(Some(found.kind), collection)?;
            let id = parts.next().filter(|id| !id.is_empty())?;
            found = Location {
                kind,
                parent: found.path(),
                id: id.to_owned(),
            };
        }
        Some(found)
    }
}

pub(crate) fn collection_path(parent: &str, kind: Kind) -> String {
    format!("{parent}/{}", kind.collection())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_back_as_it_was_written() {
        for path in [
            "/infra/lb-pools/web",
            "/infra/ip-pools/p/ip-allocations/a:b%2F.1",
        ] {
            assert_eq!(
                Location::of_path(path).map(|found| found.path()).as_deref(),
                Some(path)
            );
        }
    }

    #[test]
    fn a_path_of_another_family_or_without_an_id_has_no_location() {
        for path in [
            "/infra/tier-1s/t",
            "/infra/lb-pools",
            "/infra/lb-pools/p/ip-allocations/a",
        ] {
            assert_eq!(Location::of_path(path), None);
        }
    }
}
