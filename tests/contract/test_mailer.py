"""Mail through a real SMTP server on loopback, with TLS and a password as well; and what the other adapters do."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest
import structlog
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from calotype.adapters.mail import LogMailer, MemoryMailer, SmtpMailer, open_mailer
from calotype.adapters.mail import smtp as smtp_module
from calotype.adapters.mail.smtp import Server, read_server
from calotype.errors import MailFailed, NotConfigured
from calotype.ports import Mail
from calotype.settings import Settings

MAIL = Mail("ann@example.com", "Your code", "Grüße: 123456\n", "<p>Grüße: <b>123456</b></p>\n")
SENDER = "Pictures <pictures@img.example>"


def noon() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


def zeros(size: int) -> bytes:
    return bytes(size)


@dataclass
class Inbox:
    """What the server took, and what it answers to a recipient."""

    envelopes: list[Envelope] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 OK"

    def message(self) -> email.message.EmailMessage:
        (envelope,) = self.envelopes
        content = envelope.content.replace(b"\r\n", b"\n")  # as a mailbox keeps it
        return email.message_from_bytes(content, policy=email.policy.default)


@asynccontextmanager
async def running(
    inbox: Inbox, ssl_context: ssl.SSLContext | None = None, **options: object
) -> AsyncIterator[int]:
    """Run a server on loopback, with TLS from the first byte if it has *ssl_context*; give its port."""
    loop = asyncio.get_running_loop()
    make = partial(SMTP, inbox, loop=loop, **options)
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=ssl_context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def only(user: bytes, password: bytes) -> Callable[..., AuthResult]:
    def check(server, session, envelope, mechanism, data) -> AuthResult:
        # Not "handled": the refusal is for aiosmtpd to send.
        return AuthResult(success=(data.login, data.password) == (user, password), handled=False)

    return check


def mailer(url: str, tls: ssl.SSLContext | None = None) -> SmtpMailer:
    return SmtpMailer(read_server(url), SENDER, noon, zeros, tls_context=tls)


async def test_a_mail_arrives_as_it_was_written():
    inbox = Inbox()
    async with running(inbox) as port:
        await mailer(f"smtp+plain://127.0.0.1:{port}").send(MAIL)
    (envelope,) = inbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("pictures@img.example", ["ann@example.com"])
    message = inbox.message()
    assert message["from"] == SENDER
    assert message["to"] == "ann@example.com"
    assert message["subject"] == "Your code"
    assert message["date"].datetime == noon()
    assert message["message-id"] == f"<{'00' * 16}@img.example>"
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content() == MAIL.text
    assert message.get_body(("html",)).get_content() == MAIL.html


async def test_a_mail_without_html_is_plain_text():
    inbox = Inbox()
    async with running(inbox) as port:
        await mailer(f"smtp+plain://127.0.0.1:{port}").send(Mail("ann@example.com", "x", "Hello\n"))
    assert inbox.message().get_content_type() == "text/plain"


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd takes STARTTLS alone for encryption
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_encrypted_and_with_a_password_a_mail_arrives(scheme, server_tls, trusting):
    inbox = Inbox()
    options = {"ssl_context": server_tls} if scheme == "smtps" else {"tls_context": server_tls}
    required = {
        "auth_required": True,
        "authenticator": only(b"post@img", b"p:w/d"),
        "auth_require_tls": scheme == "smtp",
    }
    async with running(inbox, **options, **required) as port:
        await mailer(f"{scheme}://post%40img:p%3Aw%2Fd@127.0.0.1:{port}", trusting).send(MAIL)
    assert len(inbox.envelopes) == 1


async def test_a_wrong_password_sends_nothing_and_is_not_told(server_tls, trusting):
    inbox = Inbox()
    required = {"auth_required": True, "authenticator": only(b"post", b"right")}
    async with running(inbox, tls_context=server_tls, **required) as port:
        with pytest.raises(MailFailed) as failed:
            await mailer(f"smtp://post:hunter2@127.0.0.1:{port}", trusting).send(MAIL)
    assert inbox.envelopes == []
    assert "hunter2" not in f"{failed.value!r} {failed.value.__cause__!r}"


async def test_to_a_server_without_encryption_nothing_is_sent_unless_that_was_asked_for():
    inbox = Inbox()
    async with running(inbox) as port:
        with pytest.raises(MailFailed):
            await mailer(f"smtp://127.0.0.1:{port}").send(MAIL)
    assert inbox.envelopes == []


async def test_to_a_server_that_proves_nothing_nothing_is_sent(server_tls):
    inbox = Inbox()
    async with running(inbox, tls_context=server_tls) as port:
        with pytest.raises(MailFailed):
            await mailer(f"smtp://127.0.0.1:{port}").send(MAIL)
    assert inbox.envelopes == []


async def test_a_server_that_answers_is_told_by_name_and_gets_no_mail():
    inbox = Inbox()
    async with running(inbox) as port:
        told = await mailer(f"smtp+plain://127.0.0.1:{port}").reach()
    assert told == f"127.0.0.1:{port} answers; mail comes from {SENDER}"
    assert inbox.envelopes == []


async def test_a_server_that_is_away_is_told_before_any_mail_is_lost(unused_port: int):
    with pytest.raises(MailFailed):
        await mailer(f"smtp+plain://127.0.0.1:{unused_port}").reach()


async def test_without_a_server_it_is_told_where_mail_goes():
    assert await LogMailer().reach() == "smtp_url is not set: the text of mail goes into the log"
    assert await MemoryMailer().reach() == "into memory"


@pytest.mark.parametrize(("answer", "final"), [("550 no such user", True), ("450 try later", False)])
async def test_a_refused_recipient_is_a_failure_for_good_or_for_now(answer, final):
    inbox = Inbox(answer=answer)
    async with running(inbox) as port:
        with pytest.raises(MailFailed) as failed:
            await mailer(f"smtp+plain://127.0.0.1:{port}").send(MAIL)
    assert inbox.envelopes == []
    assert failed.value.final is final


async def test_no_server_is_a_failure_for_now(unused_port: int):
    with pytest.raises(MailFailed) as failed:
        await mailer(f"smtp+plain://127.0.0.1:{unused_port}").send(MAIL)
    assert not failed.value.final


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def test_a_server_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(smtp_module, "SEND_TIMEOUT_S", 0.05)
    over = asyncio.Event()

    async def silent(_reader, writer):
        await over.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(MailFailed):
            await mailer(f"smtp+plain://127.0.0.1:{port}").send(MAIL)
    finally:
        over.set()
        server.close()


@pytest.mark.parametrize(
    "mail",
    [
        Mail("ann@example.com\r\nBcc: bob@example.com", "x", "y"),
        Mail("ann@example.com\nbob@example.com", "x", "y"),
        Mail("ann@example.com, bob@example.com", "x", "y"),
        Mail("ann@example.com", "x\r\nBcc: bob@example.com", "y"),
        Mail("", "x", "y"),
    ],
)
async def test_no_second_header_or_recipient_can_be_smuggled_in(mail):
    inbox = Inbox()
    async with running(inbox) as port:
        with pytest.raises(MailFailed):
            await mailer(f"smtp+plain://127.0.0.1:{port}").send(mail)
    assert inbox.envelopes == []


async def test_a_line_with_a_dot_ends_no_mail():
    inbox = Inbox()
    async with running(inbox) as port:
        text = "one\n.\nMAIL FROM:<mallory@example.com>\ntwo\n"
        await mailer(f"smtp+plain://127.0.0.1:{port}").send(Mail("ann@example.com", "x", text))
    assert inbox.message().get_content() == text


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://a:b@mail.example", Server("mail.example", 465, tls=True, start_tls=False, user="a", password="b")),
        ("smtp://mail.example", Server("mail.example", 587, tls=False, start_tls=True)),
        ("smtp+plain://127.0.0.1", Server("127.0.0.1", 25, tls=False, start_tls=False)),
        ("smtp://[::1]:2525", Server("::1", 2525, tls=False, start_tls=True)),
    ],
)  # fmt: skip
def test_a_url_says_where_and_how(url, server):
    assert read_server(url) == server


@pytest.mark.parametrize("url", [
    *("mail.example", "https://mail.example", "smtp://", "smtp://user:hunter2@", "smtp://h:99999", "smtp://h:x"),
    *("smtp+plain://user:hunter2@mail.example", "smtp://user:hunter2/x@mail.example", "smtp://h?tls=off"),
])  # fmt: skip
def test_a_url_that_says_something_else_is_refused_without_being_quoted(url):
    with pytest.raises(NotConfigured, match="smtp_url") as refused:
        read_server(url)
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize("sender", ["", "Pictures", "pictures@", "a@b\r\nBcc: c@d", "@img.example"])
def test_a_sender_must_be_an_address(sender):
    with pytest.raises(NotConfigured, match="mail_from"):
        SmtpMailer(read_server("smtp://mail.example"), sender, noon, zeros)


def test_nothing_shows_the_password(tmp_path: Path):
    url = "smtp://post:hunter2@mail.example"
    settings = Settings(data_dir=tmp_path, smtp_url=url)
    assert "hunter2" not in repr(settings) + repr(read_server(url))


def test_without_a_server_mail_goes_into_the_log(tmp_path: Path):
    assert isinstance(open_mailer(Settings(data_dir=tmp_path), noon, zeros), LogMailer)
    smtp = Settings(data_dir=tmp_path, smtp_url="smtp://mail.example", mail_from=SENDER)
    assert isinstance(open_mailer(smtp, noon, zeros), SmtpMailer)


async def test_the_log_tells_the_operator_what_the_mail_said():
    with structlog.testing.capture_logs() as logs:
        await LogMailer().send(MAIL)
    assert logs == [
        {
            "event": "mail not sent: smtp_url is not set",
            "log_level": "warning",
            "to": "ann@example.com",
            "subject": "Your code",
            "unsent_mail": "Grüße: 123456\n",
        }
    ]


async def test_memory_keeps_what_was_sent():
    kept = MemoryMailer()
    await kept.send(MAIL)
    assert kept.sent == [MAIL]
