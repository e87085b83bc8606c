"""One reading of a URL: what can be read in two ways is refused, and what is left says whom to ask."""

from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calotype.adapters.fetching.targets import read_target
from calotype.errors import FetchFailed

PORTS = frozenset({80, 443})


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "a.jpg",
            "//pictures.example/a.jpg",
            "http:/a.jpg",
            "http://",
            "http:///a.jpg",
            "https://:443/",
        ),
        *("file:///etc/passwd", "gopher://pictures.example/", "ftp://pictures.example/", "data:image/png,x"),
        *("javascript:alert(1)", "unix:/var/run/docker.sock", "HTTPX://pictures.example/"),
    ],
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(FetchFailed):
        read_target(url, PORTS)


@pytest.mark.parametrize(
    "url",
    [
        "https://good.example@evil.example/",
        "https://user:secret@good.example/",
        "https://good.example:80@evil.example/",
        "https://good.example\\@evil.example/",
        "https:\\\\good.example/",
        "https://good.example\t.evil.example/",
        "https://good.ex\nample/",
        " https://good.example/",
        "https://good.example /",
        "https://good.example/a\x00b",
        "https://good.example%2eevil.example/",
        "https://good.example%00/",
        "https://good_example'--.example/",
        "https://[good.example]/",
        "https://good..example/",
        "https://good.example../",
        "https://.good.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        f"https://good.example/{'a' * 8192}",
        "https://1️⃣.example/",
        "https://①②⑦.⓪.⓪.①/",
        "https://\uff11\uff12\uff17.0.0.1/",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(url):
    with pytest.raises(FetchFailed):
        read_target(url, PORTS)


@pytest.mark.parametrize(
    "host",
    [
        *("0", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0x0.0x0.0x1", "017700000001"),
        *("0177.0.0.1", "127.0.0.01", "127.0.0.0x1", "0x", "1.2.3.4.5", "256.256.256.256", "a.0x7f", "a.1"),
        *("127.1.", "2130706433."),
    ],
)
def test_a_number_that_only_resolvers_read_as_an_address_is_refused_before_one_is_asked(host):
    with pytest.raises(FetchFailed):
        read_target(f"http://{host}/", PORTS)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127。0。0。1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[FE80::1]", "fe80::1"),
    ],
)
def test_an_address_is_read_as_one_and_no_name_is_looked_up(host, address):
    assert read_target(f"http://{host}/", PORTS).address == ip_address(address)


@pytest.mark.parametrize(
    ("url", "host", "port", "asked"),
    [
        ("http://Pictures.EXAMPLE/A.jpg", "pictures.example", 80, "http://pictures.example/A.jpg"),
        ("HTTPS://pictures.example", "pictures.example", 443, "https://pictures.example"),
        ("https://pictures.example./a?b=c#d", "pictures.example", 443, "https://pictures.example/a?b=c#d"),
        ("http://pictures.example:443/", "pictures.example", 443, "http://pictures.example:443/"),
        ("https://bücher.example/ä", "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example/%C3%A4"),
        ("https://under_score.example/", "under_score.example", 443, "https://under_score.example/"),
    ],
)
def test_a_url_says_whom_to_ask_for_what(url, host, port, asked):
    target = read_target(url, PORTS)
    assert (target.host, target.port, target.address) == (host, port, None)
    assert str(target.url) == asked


@pytest.mark.parametrize("port", ["22", "8080", "0", "99999", "-1", "6379", "a", "80a"])
def test_other_ports_than_those_of_the_web_are_refused(port):
    with pytest.raises(FetchFailed):
        read_target(f"http://pictures.example:{port}/", PORTS)


@pytest.mark.parametrize(
    ("address", "pinned"),
    [("127.0.0.1", "https://127.0.0.1/a?b"), ("2606:4700::1", "https://[2606:4700::1]/a?b")],
)
def test_a_pinned_url_names_the_address_in_the_hosts_place(address, pinned):
    assert str(read_target("https://pictures.example/a?b", PORTS).at(ip_address(address))) == pinned


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["http://", "https:", "//", "/", "\\", "@", ":", ":80", "[", "]", "::1", "127.1", "%2e", "."]
        ),
        st.sampled_from(
            ["a.example", "?", "#", "..", "0x7f", "xn--", "\u3002", "\u2100", "\ud800", "%", "\xad"]
        ),
        st.text(max_size=5),
    )
).map("".join)


@given(PIECES.map("http://{}".format), PIECES)
@example("http://[::1", "")
@example("http://a.example/", "http://[")
@example("http://a.example/", "//\u2100.example")
@example("http://xn--a.example/", "")
@example("http://a.example/\ud800", "")
@example("http://a.example/", "/\ud800")
def test_whatever_is_read_becomes_a_target_or_one_refusal(url, location):
    try:
        target = read_target(url, PORTS)
        again = read_target(target.leads_to(location), PORTS)
    except FetchFailed:
        return
    for each in (target, again):
        assert each.at(ip_address("192.0.2.1")).host == "192.0.2.1"
        assert each.port in PORTS


@given(PIECES)
def test_what_was_read_once_reads_the_same_again(text):
    try:
        target = read_target(f"http://{text}", PORTS)
    except FetchFailed:
        return
    assert read_target(str(target.url), PORTS) == target
