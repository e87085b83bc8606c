"""Which IP addresses are public: the guard's one question. Pure.

Law: what is not known to be an ordinary public address is refused. An address that carries another one inside
(mapped, translated or tunnelled IPv4) is refused whole, whatever it carries.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# The IANA registries of special-purpose addresses (RFC 6890 and its updates), but for those that are global.
# Written out, because what `ipaddress` calls global has changed between patch releases of Python.
_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata service of Alibaba (100.100.100.200)
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host: a public number that never leaves the machine
        "169.254.0.0/16",  # link-local, and the metadata services of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, and the metadata service of Oracle (192.0.0.192)
        "192.0.2.0/24",  # documentation, as the two below
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_GLOBAL_V6 = IPv6Network("2000::/3")
"""All that IANA gives out as global unicast. Outside of it: loopback, link-local, unique local, multicast,
IPv4-mapped (::ffff:0:0/96), IPv4-compatible (::/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard-only."""

_SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The upper half of an interface id that carries an IPv4 address (RFC 5214, section 6.1); any prefix may be above."""


def is_public(address: Address) -> bool:
    """Whether packets to *address* leave for the public internet, as far as its number tells."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    return (
        address.scope_id is None
        and address in _GLOBAL_V6
        and not any(address in network for network in _SPECIAL_V6)
        and (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP
    )
