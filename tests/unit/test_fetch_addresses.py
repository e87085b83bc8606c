"""Which addresses are public: every special one of the registries is refused, in whatever it is wrapped."""

from ipaddress import ip_address

import pytest

from calotype.adapters.fetching.addresses import is_public

INSIDE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1"),
    *("127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
]
CARRIERS = {
    "mapped": "::ffff:{}",
    "compatible": "::{}",
    "translated": "::ffff:0:{}",
    "nat64": "64:ff9b::{}",
    "local nat64": "64:ff9b:1::{}",
    "isatap": "2600:1::5efe:{}",
    "global isatap": "2600:1::200:5efe:{}",
    "link-local isatap": "fe80::5efe:{}",
}


@pytest.mark.parametrize("address", INSIDE)
def test_a_special_ipv4_address_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("form", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("carried", ["127.0.0.1", "10.0.0.1", "8.8.8.8"])
def test_an_ipv6_address_that_carries_an_ipv4_one_is_not_public(form, carried):
    assert not is_public(ip_address(form.format(carried)))


@pytest.mark.parametrize(
    "address", ["2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe"]
)
def test_the_ends_of_tunnels_are_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "::",
            "::1",
            "fe80::1",
            "fe80::1%eth0",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
        ),
        *("100::1", "2001:db8::1", "3fff::1", "5f00::1", "2606:4700::1111%1"),
    ],
)
def test_a_special_ipv6_address_is_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
        ),
        *("128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255"),
        *("2606:4700:4700::1111", "2a00:1450:4001:80e::200e", "2003::1", "2001:200::1"),
    ],
)
def test_an_ordinary_address_is_public_right_up_to_its_neighbours(address):
    assert is_public(ip_address(address))
