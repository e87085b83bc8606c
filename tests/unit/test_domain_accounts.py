"""E-mail addresses: one spelling for each, and none that mail could not be sent to, or that could pass for another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.accounts import Account, email_address, signed_in
from calotype.errors import Invalid

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.Lee+Photos@Example.COM", "ann.lee+photos@example.com"),
        ("o'hara_{x}@a-b.example", "o'hara_{x}@a-b.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
    ],
)
def test_an_address_is_kept_in_lower_case(raw, kept):
    assert email_address(raw) == kept


@pytest.mark.parametrize(
    "raw",
    [
        *("", "ann", "@example.com", "ann@", "ann@@example.com", "ann@bob@example.com"),
        *(" ann@example.com", "ann@example.com ", "ann lee@example.com", "ann@exam ple.com"),
        *(".ann@example.com", "ann.@example.com", "a..b@example.com", '"a b"@example.com'),
        *("ann@localhost", "ann@.com", "ann@example.", "ann@-a.com", "ann@a-.com", "ann@a_b.com"),
        *(
            "ann@127.0.0.1",
            "ann@[127.0.0.1]",
            "ann@[IPv6:::1]",
            "Ann <ann@example.com>",
            "ann@example.com,bob",
        ),
        *(f"{'a' * 65}@example.com", f"ann@{'a' * 64}.com", f"ann@{'a.' * 130}com"),
    ],
)
def test_what_no_mail_reaches_is_refused(raw):
    with pytest.raises(Invalid) as refused:
        email_address(raw)
    assert set(refused.value.fields) == {"email"}


@pytest.mark.parametrize(
    "smuggled", ["\r\nBcc: bob@example.com", "\n", "\r", "\0", "\x85", "\u2028", "%0d%0a\n"]
)
def test_no_header_can_be_smuggled_in(smuggled):
    for raw in (f"ann@example.com{smuggled}", f"ann{smuggled}@example.com", f"{smuggled}ann@example.com"):
        with pytest.raises(Invalid):
            email_address(raw)


@pytest.mark.parametrize(
    "look_alike",
    [
        *("\u0430nn@example.com", "\uff41nn@example.com", "a\u0301nn@example.com"),
        *("\u212aate@example.com", "\u017fam@example.com", "ann@ex\u0430mple.com", "ann\uff20example.com"),
        *("ann@example\u3002com", "ann\u200b@example.com", "\u202eann@example.com"),
    ],
)
def test_nothing_that_looks_like_an_address_passes_for_it(look_alike):
    with pytest.raises(Invalid):
        email_address(look_alike)


@given(st.text(max_size=300))
def test_whatever_is_written_is_refused_or_is_its_own_spelling(raw):
    try:
        kept = email_address(raw)
    except Invalid:
        return
    assert email_address(kept) == kept == raw.lower()


def account(number: int, verified_after: int | None = None) -> Account:
    verified_at = None if verified_after is None else NOW + timedelta(seconds=verified_after)
    return Account(f"a-{number}", "ann@example.com", f"w-{number}", NOW, verified_at)


def test_signing_in_opens_the_account_that_was_verified_first():
    assert signed_in([account(1), account(2, 5), account(3, 4)]) == account(3, 4)


def test_signing_in_opens_nothing_that_nobody_proved():
    assert signed_in([]) is None
    assert signed_in([account(1), account(2)]) is None


def test_of_two_that_were_verified_at_once_it_is_always_the_same():
    both = [account(1, 5), account(2, 5)]
    assert signed_in(both) == signed_in(reversed(both)) == account(1, 5)


def test_an_account_says_whether_it_is_verified():
    assert not account(1).verified
    assert replace(account(1), verified_at=NOW).verified
