//! The fields of every resource type, from the official Policy specification of NSX-T 3.1.0.

use super::Literal::{Bool as B, Int as I, Text as T, Typed};
use super::Presence::{Default, Optional, Required};
use super::{Field, Presence, ResourceType, Shape};
use crate::kind::Kind;

const MOST_INT: i64 = i32::MAX as i64;

const fn field(name: &'static str, shape: Shape, presence: Presence) -> Field {
    Field {
        name,
        shape,
        presence,
    }
}

const fn text(name: &'static str, longest: usize) -> Field {
    field(name, Shape::Text { longest }, Optional)
}

const fn flag(name: &'static str, default: bool) -> Field {
    field(name, Shape::Bool, Default(B(default)))
}

const fn number(name: &'static str, least: i64, most: i64, default: i64) -> Field {
    field(name, Shape::Int { least, most }, Default(I(default)))
}

const fn limit(name: &'static str, least: i64, most: i64) -> Field {
    field(name, Shape::Int { least, most }, Optional)
}

const fn choice(name: &'static str, of: &'static [&'static str], default: &'static str) -> Field {
    field(name, Shape::OneOf(of), Default(T(default)))
}

const fn list(name: &'static str, of: &'static Shape, least: usize, most: usize) -> Field {
    field(
        name,
        Shape::List { of, least, most },
        if least > 0 { Required } else { Optional },
    )
}

const fn reference(name: &'static str, kind: Kind) -> Field {
    field(name, Shape::Reference(kind), Optional)
}

const fn anything(name: &'static str) -> Field {
    field(name, Shape::Anything, Optional)
}

/// The concrete types of a kind; the first is meant where the URL says it all.
pub(crate) fn resource_types(kind: Kind) -> &'static [ResourceType] {
    match kind {
        Kind::LbService => &[ResourceType {
            name: "LBService",
            fields: LB_SERVICE,
        }],
        Kind::LbVirtualServer => &[ResourceType {
            name: "LBVirtualServer",
            fields: LB_VIRTUAL_SERVER,
        }],
        Kind::LbPool => &[ResourceType {
            name: "LBPool",
            fields: LB_POOL,
        }],
        Kind::LbAppProfile => APP_PROFILES,
        Kind::LbMonitorProfile => MONITORS,
        Kind::LbPersistenceProfile => PERSISTENCE_PROFILES,
        Kind::IpPool => &[ResourceType {
            name: "IpAddressPool",
            fields: IP_POOL,
        }],
        Kind::IpSubnet => SUBNETS,
        Kind::IpAllocation => &[ResourceType {
            name: "IpAddressAllocation",
            fields: IP_ALLOCATION,
        }],
        Kind::Domain => &[ResourceType {
            name: "Domain",
            fields: &[],
        }],
        Kind::Group => &[ResourceType {
            name: "Group",
            fields: GROUP,
        }],
    }
}

/// What every object may hold.
pub(super) const COMMON: &[Field] = &[
    text("display_name", 255),
    text("description", 1024),
    list("tags", &Shape::Record(TAG), 0, 30),
];
const TAG: &[Field] = &[text("scope", 128), text("tag", 256)];

const LB_SERVICE: &[Field] = &[
    choice(
        "size",
        &["SMALL", "MEDIUM", "LARGE", "XLARGE", "DLB"],
        "SMALL",
    ),
    flag("enabled", true),
    choice(
        "error_log_level",
        &[
            "DEBUG",
            "INFO",
            "WARNING",
            "ERROR",
            "CRITICAL",
            "ALERT",
            "EMERGENCY",
        ],
        "INFO",
    ),
    field("connectivity_path", Shape::ForeignPath, Optional),
    flag("relax_scale_validation", false),
    field("access_log_enabled", Shape::Bool, Optional),
];

const LB_VIRTUAL_SERVER: &[Field] = &[
    field("ip_address", Shape::Address, Required),
    list("ports", &Shape::PortOrRange, 1, 1024),
    field(
        "application_profile_path",
        Shape::Reference(Kind::LbAppProfile),
        Required,
    ),
    flag("enabled", true),
    reference("pool_path", Kind::LbPool),
    reference("sorry_pool_path", Kind::LbPool),
    reference("lb_service_path", Kind::LbService),
    list("default_pool_member_ports", &Shape::PortOrRange, 0, 14),
    reference("lb_persistence_profile_path", Kind::LbPersistenceProfile),
    limit("max_concurrent_connections", 1, MOST_INT),
    limit("max_new_connection_rate", 1, MOST_INT),
    flag("access_log_enabled", false),
    flag("log_significant_event_only", false),
    field("access_list_control", Shape::Record(ACCESS_LIST), Optional),
    anything("client_ssl_profile_binding"),
    anything("server_ssl_profile_binding"),
    list("rules", &Shape::Anything, 0, 4000),
];

const ACCESS_LIST: &[Field] = &[
    field("action", Shape::OneOf(&["ALLOW", "DROP"]), Required),
    field("group_path", Shape::Reference(Kind::Group), Required),
    flag("enabled", false),
];

const ALGORITHMS: &[&str] = &[
    "ROUND_ROBIN",
    "WEIGHTED_ROUND_ROBIN",
    "LEAST_CONNECTION",
    "WEIGHTED_LEAST_CONNECTION",
    "IP_HASH",
];

const LB_POOL: &[Field] = &[
    choice("algorithm", ALGORITHMS, "ROUND_ROBIN"),
    list("members", &Shape::Record(LB_POOL_MEMBER), 0, 10_000),
    anything("member_group"),
    list(
        "active_monitor_paths",
        &Shape::Reference(Kind::LbMonitorProfile),
        0,
        64,
    ),
    reference("passive_monitor_path", Kind::LbMonitorProfile),
    number("min_active_members", 1, MOST_INT, 1),
    field(
        "snat_translation",
        Shape::Record(SNAT),
        Default(Typed("LBSnatAutoMap")),
    ),
    flag("tcp_multiplexing_enabled", false),
    number("tcp_multiplexing_number", 0, MOST_INT, 6),
];
const SNAT: &[Field] = &[
    field(
        "type",
        Shape::OneOf(&["LBSnatAutoMap", "LBSnatDisabled", "LBSnatIpPool"]),
        Required,
    ),
    list("ip_addresses", &Shape::Record(SNAT_ADDRESS), 0, 64),
];
const SNAT_ADDRESS: &[Field] = &[
    field("ip_address", Shape::Text { longest: 96 }, Required),
    limit("prefix_length", 0, 128),
];
const LB_POOL_MEMBER: &[Field] = &[
    field("ip_address", Shape::Address, Required),
    field("port", Shape::Port, Optional),
    number("weight", 1, 256, 1),
    choice(
        "admin_state",
        &["ENABLED", "DISABLED", "GRACEFUL_DISABLED"],
        "ENABLED",
    ),
    flag("backup_member", false),
    limit("max_concurrent_connections", 1, MOST_INT),
    text("display_name", 255),
];

const APP_PROFILES: &[ResourceType] = &[
    ResourceType {
        name: "LBFastTcpProfile",
        fields: &[
            number("idle_timeout", 1, MOST_INT, 1800),
            number("close_timeout", 1, 60, 8),
            flag("ha_flow_mirroring_enabled", false),
        ],
    },
    ResourceType {
        name: "LBFastUdpProfile",
        fields: &[
            number("idle_timeout", 1, MOST_INT, 300),
            flag("flow_mirroring_enabled", false),
        ],
    },
    ResourceType {
        name: "LBHttpProfile",
        fields: &[
            number("idle_timeout", 1, 5400, 15),
            number("request_header_size", 1, MOST_INT, 1024),
            number("response_header_size", 1, 65_536, 4096),
            number("response_timeout", 1, MOST_INT, 60),
            limit("request_body_size", 1, MOST_INT),
            field(
                "x_forwarded_for",
                Shape::OneOf(&["INSERT", "REPLACE"]),
                Optional,
            ),
            text("http_redirect_to", 4096),
            flag("http_redirect_to_https", false),
            flag("response_buffering", false),
            field("server_keep_alive", Shape::Bool, Optional),
            field("ntlm", Shape::Bool, Optional),
        ],
    },
];

const HTTP_VERSIONS: &[&str] = &["HTTP_VERSION_1_0", "HTTP_VERSION_1_1"];

/// An active monitor: the four numbers all have, the port, and what is particular.
macro_rules! monitor {
    ($name:literal, $($own:expr),* $(,)?) => {
        ResourceType {
            name: $name,
            fields: &[
                number("interval", 1, MOST_INT, 5),
                number("timeout", 1, MOST_INT, 5),
                number("fall_count", 1, MOST_INT, 3),
                number("rise_count", 1, MOST_INT, 3),
                limit("monitor_port", 0, 65_535),
                $($own),*
            ],
        }
    };
    (http $name:literal, $($own:expr),* $(,)?) => {
        monitor!(
            $name,
            choice("request_method", &["GET", "OPTIONS", "POST", "HEAD", "PUT"], "GET"),
            field("request_url", Shape::Text { longest: 4096 }, Default(T("/"))),
            choice("request_version", HTTP_VERSIONS, "HTTP_VERSION_1_1"),
            list("request_headers", &Shape::Anything, 0, 64),
            text("request_body", 65_536),
            list("response_status_codes", &Shape::Int { least: 0, most: MOST_INT }, 0, 64),
            text("response_body", 65_536),
            $($own),*
        )
    };
}

const MONITORS: &[ResourceType] = &[
    monitor!(
        "LBTcpMonitorProfile",
        text("send", 65_536),
        text("receive", 65_536)
    ),
    monitor!(
        "LBUdpMonitorProfile",
        field("send", Shape::Text { longest: 65_536 }, Required),
        field("receive", Shape::Text { longest: 65_536 }, Required),
    ),
    monitor!("LBIcmpMonitorProfile", number("data_length", 0, 65_507, 56)),
    monitor!(http "LBHttpMonitorProfile",),
    monitor!(http "LBHttpsMonitorProfile", anything("server_ssl_profile_binding")),
    ResourceType {
        name: "LBPassiveMonitorProfile",
        fields: &[
            number("max_fails", 1, MOST_INT, 5),
            number("timeout", 1, MOST_INT, 5),
        ],
    },
];

const PERSISTENCE_PROFILES: &[ResourceType] = &[
    ResourceType {
        name: "LBSourceIpPersistenceProfile",
        fields: &[
            number("timeout", 1, MOST_INT, 300),
            choice("purge", &["NO_PURGE", "FULL"], "FULL"),
            flag("ha_persistence_mirroring_enabled", false),
            flag("persistence_shared", false),
        ],
    },
    ResourceType {
        name: "LBCookiePersistenceProfile",
        fields: &[
            choice("cookie_mode", &["INSERT", "PREFIX", "REWRITE"], "INSERT"),
            field(
                "cookie_name",
                Shape::Text { longest: 1024 },
                Default(T("NSXLB")),
            ),
            flag("cookie_fallback", true),
            flag("cookie_garble", true),
            flag("cookie_httponly", false),
            flag("cookie_secure", false),
            text("cookie_domain", 1024),
            text("cookie_path", 1024),
            anything("cookie_time"),
            flag("persistence_shared", false),
        ],
    },
    ResourceType {
        name: "LBGenericPersistenceProfile",
        fields: &[
            number("timeout", 1, MOST_INT, 300),
            flag("ha_persistence_mirroring_enabled", false),
            flag("persistence_shared", false),
        ],
    },
];

const IP_POOL: &[Field] = &[
    limit("ip_release_delay", 0, i64::MAX),
    field("sync_realization", Shape::Bool, Optional),
    field("check_overlap_with_existing_pools", Shape::Bool, Optional),
    anything("pool_usage"),
];

const SUBNETS: &[ResourceType] = &[ResourceType {
    name: "IpAddressPoolStaticSubnet",
    fields: &[
        field("cidr", Shape::Cidr, Required),
        list("allocation_ranges", &Shape::Record(RANGE), 1, 1024),
        field("gateway_ip", Shape::Address, Optional),
        list("dns_nameservers", &Shape::Address, 0, 3),
        text("dns_suffix", 255),
        field("sync_realization", Shape::Bool, Optional),
    ],
}];
const RANGE: &[Field] = &[
    field("start", Shape::Address, Required),
    field("end", Shape::Address, Required),
];

const IP_ALLOCATION: &[Field] = &[field("allocation_ip", Shape::Address, Optional)];

/// Of a group only what an access list needs: lists of addresses.
const GROUP: &[Field] = &[list("expression", &Shape::Anything, 0, 500)];
