use diesel::dsl::*;
use diesel::prelude::*;

use super::compare;

#[test]
fn network_operators() {
    compare! { hosts:
        contains: hosts::net.contains(hosts::address),
        contains_or_eq: hosts::net.contains_or_eq(hosts::other),
        is_contained_by: hosts::address.is_contained_by(hosts::other),
        is_contained_by_or_eq: hosts::address.is_contained_by_or_eq(hosts::other),
        overlaps_with: hosts::net.overlaps_with(hosts::other),
        and: hosts::address.and(hosts::other),
        or: hosts::address.or(hosts::other),
        diff: hosts::address.diff(hosts::other),
        of_a_nullable: hosts::maybe.overlaps_with(hosts::address),
        plus: hosts::address + 1i64,
    }
}

#[test]
fn network_functions() {
    compare! { hosts:
        abbrev: abbrev(hosts::net),
        broadcast: broadcast(hosts::address),
        family: family(hosts::address),
        host: host(hosts::address),
        hostmask: hostmask(hosts::address),
        inet_merge: inet_merge(hosts::address, hosts::other),
        inet_same_family: inet_same_family(hosts::address, hosts::net),
        masklen: masklen(hosts::net),
        netmask: netmask(hosts::address),
        network: network(hosts::address),
        set_masklen: set_masklen(hosts::address, 20),
    }
}
