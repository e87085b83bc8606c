"""The address guard, against listeners on loopback: nobody who is refused ever sees a packet of ours."""

from __future__ import annotations

import ast
import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError
from structlog.testing import capture_logs

import calotype
from calotype.adapters.fetching import policy_of
from calotype.adapters.fetching.http import _peer_check
from calotype.adapters.fetching.resolving import LOOKUPS, SystemResolver
from calotype.errors import FetchFailed
from calotype.settings import Settings
from origins import INSIDE, OPEN, Names, answering, fetched, redirecting, serving

ALL = "0.0.0.0"
LITERALS = [
    *("127.0.0.2", "127.2", "127.0.2", "2130706434", "0x7f000002", "0x7f.2", "017700000002", "0177.0.0.2"),
    *(
        "0",
        "0.0.0.0",
        "127.0.0.2.",
        "127。0。0。2",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ),
    *("[::1]", "[::]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]", "[64:ff9b::7f00:2]"),
    *(
        "[2002:7f00:2::]",
        "[2001:0:7f00:2::]",
        "[fe80::5efe:7f00:2]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[fe80::1%lo]",
    ),
]


@pytest.mark.parametrize("host", LITERALS)
async def test_a_private_address_is_refused_in_every_form_without_a_packet(host):
    async with serving(answering(b"secret"), host=ALL) as inside:
        with pytest.raises(FetchFailed):
            await fetched(f"http://{host}:{inside.port}/", inside.port)
    assert inside.connections == 0


@pytest.mark.parametrize("host", ["localhost", "localhost.", "LOCALHOST"])
async def test_a_name_of_this_machine_is_refused_without_a_packet(host):
    async with serving(answering(b"secret")) as inside:
        with pytest.raises(FetchFailed, match="no public address"):
            await fetched(
                f"http://{host}:{inside.port}/", inside.port, names=Names(localhost=f"::1 {INSIDE}")
            )
    assert inside.connections == 0


async def test_the_systems_resolver_knows_this_machine_and_nothing_that_does_not_exist():
    resolve = SystemResolver()
    assert ipaddress.ip_address("127.0.0.1") in await resolve("localhost")
    assert await resolve("nowhere.invalid") == ()
    resolve.close()


async def test_name_servers_that_never_answer_hold_up_nobody_but_lookups(monkeypatch):
    answer = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answer.wait() and [])
    resolve = SystemResolver()
    lookups = [asyncio.create_task(resolve("slow.example")) for _ in range(2 * LOOKUPS)]
    assert await asyncio.to_thread(lambda: "served") == "served"
    answer.set()
    assert await asyncio.gather(*lookups) == [()] * len(lookups)
    resolve.close()


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "0.0.0.0/0", "127.0.0.0/7", "169.254.169.254/32", "::1/128", "x"]
)
def test_what_tests_may_fetch_from_is_this_machine_and_never_a_neighbour(network):
    with pytest.raises(ValidationError):
        Settings(unsafe_fetch_from_loopback_in_tests=network)


def test_by_default_nothing_but_the_web_is_open():
    policy = policy_of(Settings())
    assert (policy.ports, policy.test_network) == (frozenset({80, 443}), None)
    assert (policy.timeout_s, policy.head_timeout_s) == (30.0, 5.0)


CLIENTS = {"httpx", "httpcore", "requests", "urllib3", "aiohttp", "urllib.request.urlopen", "http.client"}


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def test_only_the_fetcher_can_open_connections_to_what_strangers_name():
    root = Path(calotype.__file__).parent
    importers = {
        path.relative_to(root).parts[:2] for path in root.rglob("*.py") if CLIENTS & {*_imported(path)}
    }
    # Models are asked at the URL that the operator has set; nobody else names one.
    opened = {importer for importer in importers if importer[0] != "cli"}
    assert opened == {("adapters", "fetching"), ("adapters", "vision")}


async def test_a_name_that_leads_inside_is_refused_in_the_words_for_one_that_does_not_exist():
    messages = []
    for name in ("inside", "nowhere"):
        with pytest.raises(FetchFailed) as caught:
            await fetched(f"http://{name}.example/", 80, names=Names(inside=INSIDE))
        messages.append(caught.value.message)
    assert messages == ["The host has no public address."] * 2


async def test_a_refused_address_is_logged_for_the_operator():
    with capture_logs() as logs, suppress(FetchFailed):
        await fetched("http://inside.example/", 80, names=Names(inside="10.0.0.1"))
    [line] = logs
    assert (line["event"], line["host"], line["addresses"]) == (
        "address refused",
        "inside.example",
        ["10.0.0.1"],
    )


@pytest.mark.parametrize("answers", [f"{INSIDE} {OPEN}", f"{OPEN} {INSIDE}", f"::1 10.0.0.1 {OPEN} fe80::1"])
async def test_of_several_addresses_only_public_ones_are_connected_to(answers):
    async with (
        serving(answering(b"open")) as origin,
        serving(answering(b"secret"), host=INSIDE, port=origin.port) as inside,
    ):
        assert await fetched(origin.url(), origin.port, names=Names(pictures=answers)) == b"open"
    assert inside.connections == 0


async def test_a_name_that_changes_its_mind_is_asked_once_and_held_to_its_first_answer():
    names = Names(pictures=[OPEN, INSIDE])
    async with (
        serving(answering(b"open")) as origin,
        serving(answering(b"secret"), host=INSIDE, port=origin.port) as inside,
    ):
        assert await fetched(origin.url(), origin.port, names=names) == b"open"
    assert (names.asked, inside.connections) == (["pictures.example"], 0)


async def test_a_name_is_looked_up_and_checked_again_after_a_redirect_to_itself():
    names = Names(pictures=[OPEN, INSIDE])
    async with (
        serving(redirecting("/again.jpg")) as origin,
        serving(answering(b"secret"), host=INSIDE, port=origin.port) as inside,
    ):
        with pytest.raises(FetchFailed, match="no public address"):
            await fetched(origin.url(), origin.port, names=names)
    assert (len(names.asked), origin.connections, inside.connections) == (2, 1, 0)


async def test_an_address_that_does_not_answer_gives_way_to_the_next():
    async with serving(answering(b"second")) as origin:
        names = Names(pictures=f"127.0.0.3 {OPEN}")
        body = await fetched(origin.url(), origin.port, names=names, network="127.0.0.0/8")
    assert body == b"second"


class Stream:
    """A connection to *peer*."""

    def __init__(self, peer):
        self.peer, self.closed = peer, False

    def get_extra_info(self, _):
        return (self.peer, 80)

    async def aclose(self):
        self.closed = True


async def test_a_connection_to_another_peer_than_the_checked_one_ends_before_a_byte_is_sent():
    stream = Stream(INSIDE)
    with pytest.raises(FetchFailed):
        await _peer_check(ipaddress.ip_address(OPEN))(
            "connection.connect_tcp.complete", {"return_value": stream}
        )
    assert stream.closed


async def test_the_peer_of_every_connection_is_checked(monkeypatch):
    checked = []

    def check(address):
        async def listen(event, details):
            checked.append(event)
            await _peer_check(address)(event, details)

        return listen

    monkeypatch.setattr("calotype.adapters.fetching.http._peer_check", check)
    async with serving(answering(b"x")) as origin:
        await fetched(origin.url(), origin.port)
    assert checked.index("connection.connect_tcp.complete") < checked.index(
        "http11.send_request_headers.started"
    )


@pytest.mark.parametrize(
    "location",
    [
        f"http://{INSIDE}:PORT/",
        f"//{INSIDE}:PORT/",
        "http://inside.example:PORT/",
        "http://[::ffff:127.0.0.2]:PORT/",
        "http://2130706434:PORT/",
        "http://pictures.example@inside.example:PORT/",
        "http://inside.example:22/",
        "file:///etc/passwd",
        "gopher://inside.example:PORT/",
        "/\\inside.example:PORT/",
        "\\\\inside.example:PORT/",
        "http://inside.example\t:PORT/",
        "http:// inside.example:PORT/",
        "http://[",
    ],
)
async def test_a_redirect_goes_through_the_same_gate(location):
    port = 0

    async def behave(reader, writer):
        await redirecting(location.replace("PORT", str(port)))(reader, writer)

    async with serving(behave) as origin:
        port = origin.port
        async with serving(answering(b"secret"), host=INSIDE, port=port) as inside:
            with pytest.raises(FetchFailed):
                await fetched(origin.url(), port, names=Names(pictures=OPEN, inside=INSIDE))
    assert (origin.connections, inside.connections) == (1, 0)


async def test_three_redirects_are_followed_and_the_fourth_is_not():
    def hop(path):
        left = int(path.strip("/"))
        return answering(b"there") if left == 0 else redirecting(f"/{left - 1}")

    async def behave(reader, writer):
        await hop(origin.heads[-1].split(" ")[1])(reader, writer)

    async with serving(behave) as origin:
        assert await fetched(origin.url("/3"), origin.port) == b"there"
        with pytest.raises(FetchFailed, match="more than 3 times"):
            await fetched(origin.url("/4"), origin.port)


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
async def test_a_loop_of_redirects_ends(status):
    async with serving(redirecting("/a.jpg", status)) as origin:
        with pytest.raises(FetchFailed, match="redirects"):
            await fetched(origin.url(), origin.port)
    assert origin.connections == 4


async def test_another_port_than_the_settings_allow_is_refused_without_a_packet():
    async with serving(answering(b"secret")) as origin:
        with pytest.raises(FetchFailed, match=f"Port {origin.port}"):
            await fetched(origin.url(), 80, 443)
    assert origin.connections == 0


async def test_a_request_says_who_asks_and_nothing_else_of_us(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.9:9")
    cookie = answering(b"x", "Set-Cookie: session=1")
    async with serving(cookie) as origin:
        await fetched(origin.url("/a.jpg?b=c#d"), origin.port)
        await fetched(origin.url(), origin.port)
    first, second = (head.split("\r\n") for head in origin.heads)
    assert first[0] == "GET /a.jpg?b=c HTTP/1.1"
    assert f"Host: pictures.example:{origin.port}" in first
    assert {line.partition(":")[0].lower() for line in second if ":" in line} == {
        *("host", "user-agent", "accept", "accept-encoding"),
    }


def _contexts(name):
    """Make a certificate for *name*, a server's context with it, and a client's that trusts nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    )
    builder = builder.serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate, private


@pytest.fixture
def certified(tmp_path):
    def contexts(name):
        certificate, private = _contexts(name)
        (tmp_path / "cert.pem").write_bytes(certificate + private)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(tmp_path / "cert.pem")
        return server, ssl.create_default_context(cadata=certificate.decode())

    return contexts


async def test_a_certificate_is_to_be_the_names_though_the_connection_goes_to_a_number(certified):
    server, client = certified("pictures.example")
    async with serving(answering(b"safe"), ssl=server) as origin:
        url = origin.url().replace("http:", "https:")
        assert await fetched(url, origin.port, ssl_context=client) == b"safe"


async def test_the_certificate_of_another_name_is_refused(certified):
    server, client = certified("other.example")
    asyncio.get_running_loop().set_exception_handler(
        lambda *_: None
    )  # the server is told that nobody trusts it
    async with serving(answering(b"false"), ssl=server) as origin:
        with pytest.raises(FetchFailed, match="certificate"):
            await fetched(origin.url().replace("http:", "https:"), origin.port, ssl_context=client)
    assert origin.heads == []
