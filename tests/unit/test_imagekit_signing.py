"""Signed URLs: the vendor's vectors, and every way to bend one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.signing import NEVER, Presented, presented, signature, verify
from calotype.errors import SignatureExpired, SignatureInvalid

NOW = datetime(2023, 11, 14, tzinfo=UTC)  # a day before 1700000000
KEY = "dummy-key"
FILE = "sdk-testing-files/future-search.png"
HINDI = "sdk-testing-files/%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80.png"
TEXT = "l-text,ie-4KS54KS%2F4KSo4KWN4KSm4KWA,co-red,fs-32,ff-sdk-testing-files@@Poppins-Regular_Q15GrYWmL.ttf,l-end"
VECTORS = [
    (KEY, FILE, "", "32dbbbfc5f945c0403c71b54c38e76896ef2d6b0"),
    (KEY, HINDI, "", "3fff2f31da1f45e007adcdbe95f88c8c330e743c"),
    (KEY, f"{HINDI}?tr={TEXT}", "", "ac9f24a03080102555e492185533c1ae6bd93fa7"),
    (KEY, f"tr:{TEXT}/{HINDI}", "", "69f2ecbb7364bbbad24616e1f7f1bac5a560fc71"),
    (KEY, f"{FILE}?version=1.0&cache=false", "", "f2e5a1b8b6a0b03fd63789dfc6413a94acef9fd8"),
    (KEY, f"{FILE}?version=2.0&tr=w-300,h-200", "", "601d97a7834b7554f4dabf0d3fc3a219ceeb6b31"),
    (KEY, f"tr:w-300,h-200/{FILE}?version=2.0", "", "dd1ee8f83d019bc59fd57a5fc4674a11eb8a3496"),
    (KEY, FILE, "1700000000", "d1e775e43babba53d584f2ea19aaa14939210f6d"),
    ("priv", "tr:h-300,w-400/default-image.jpg", "", "9493e13b443721350e9e0f3dfcb1b5b6358c79a5"),
    ("priv", "default-image.jpg?v=123&tr=h-300%2Cw-400", "", "285825b9b40e22e377d45a4702427f036c3df75a"),
]


def check(target, *, keys=(KEY,), endpoints=("/ik/demo/",), now=NOW, **more):
    given = presented(target)
    assert given is not None
    verify(given, endpoints=endpoints, keys=keys, now=now, **more)


def signed(text, key=KEY, expiry=""):
    """Write a target as the vendor's packages do: the expiry first, the signature last."""
    mark = "&" if "?" in text else "?"
    middle = f"ik-t={expiry}&" if expiry else ""
    return f"/ik/demo/{text}{mark}{middle}ik-s={signature(key, text + (expiry or NEVER))}"


@pytest.mark.parametrize(("key", "text", "expiry", "expected"), VECTORS)
def test_each_published_vector_is_computed_and_accepted(key, text, expiry, expected):
    target = signed(text, key, expiry)
    assert target.endswith(f"ik-s={expected}")
    check(target, keys=[key])


def test_a_target_without_the_parameters_presents_nothing():
    assert presented("/ik/demo/a.jpg?tr=w-300&x-ik-s=1") is None


def test_the_two_parameters_are_cut_with_the_separator_before_them():
    assert presented("/a.jpg?v=1&ik-t=5&ik-s=ab") == Presented("/a.jpg?v=1", "ab", "5")
    assert presented("/a.jpg?ik-s=ab") == Presented("/a.jpg", "ab", "")


BENT = [
    lambda target: target[:-1],  # one digit less
    lambda target: target[:-24],  # 64 bits of it
    lambda target: target + "0",
    lambda target: target[:-40] + target[-40:].upper(),
    lambda target: target.replace("w-300", "w-301"),
    lambda target: target.replace("ik-t=1700000000", "ik-t=1800000000"),
    lambda target: target.replace("ik-t=1700000000&", ""),
    lambda target: target.replace("ik-t=1700000000", "ik-t="),
    lambda target: target.replace("a.jpg", "x/../a.jpg"),
    lambda target: target.replace("a.jpg", "%61.jpg"),
    lambda target: target.replace("a.jpg", "./a.jpg"),
    lambda target: target.replace("tr=w-300", "tr=w%2D300"),
    lambda target: target.replace("?tr", "?w=1&tr"),
    lambda target: target + "&tr=w-1",
    lambda target: target + "&ik-s=" + "0" * 40,
    lambda target: target + "&ik-t=1700000000",
]


@pytest.mark.parametrize("bend", BENT)
def test_a_bent_url_is_refused(bend):
    genuine = signed("a.jpg?tr=w-300", expiry="1700000000")
    check(genuine)
    bent = bend(genuine)
    assert bent != genuine
    with pytest.raises(SignatureInvalid):
        check(bent)


@pytest.mark.parametrize(
    "expiry",
    ["nan", "-1", "+1700000000", "1e9", "1.5", " 1", "0x10", "\u0661\u0667", "17000000000", "inf", "%31"],
)
def test_an_expiry_that_is_no_plain_number_is_refused_even_when_it_was_signed(expiry):
    with pytest.raises(SignatureInvalid):
        check(signed("a.jpg", expiry=expiry))


@pytest.mark.parametrize("now", [1_700_000_001, 1_800_000_000])
def test_a_signature_ends_after_the_second_that_it_names(now):
    target = signed("a.jpg", expiry="1700000000")
    check(target, now=datetime.fromtimestamp(1_700_000_000, UTC))
    with pytest.raises(SignatureExpired):
        check(target, now=datetime.fromtimestamp(now, UTC))


def test_a_wrong_signature_does_not_tell_that_it_is_also_over():
    with pytest.raises(SignatureInvalid):
        check(signed("a.jpg", "other", expiry="1"))


def test_a_horizon_refuses_what_holds_for_longer_and_what_holds_for_ever():
    check(signed("a.jpg", expiry="1700000000"), horizon_s=86_400)
    for expiry in ("1700100000", ""):
        with pytest.raises(SignatureExpired):
            check(signed("a.jpg", expiry=expiry), horizon_s=86_400)


def test_two_active_keys_both_sign_until_one_is_revoked():
    for key in ("old", "new"):
        check(signed("a.jpg", key), keys=["old", "new"])
    with pytest.raises(SignatureInvalid):
        check(signed("a.jpg", "old"), keys=["new"])


def test_without_keys_nothing_is_signed():
    with pytest.raises(SignatureInvalid):
        check(signed("a.jpg"), keys=[])


def test_a_client_may_sign_relative_to_any_of_the_endpoints():
    target = "/ik/demo/blog/a.jpg?ik-s=" + signature(KEY, "a.jpg" + NEVER)
    check(target, endpoints=["/ik/demo/", "/ik/demo/blog/"])
    with pytest.raises(SignatureInvalid):
        check(target)


def test_a_signature_of_one_workspace_is_none_of_another():
    with pytest.raises(SignatureInvalid):
        check(signed("a.jpg").replace("/demo/", "/other/"))


@pytest.mark.parametrize(
    ("was_signed", "is_sent"),
    [
        ("tr:l-text,i-A b,l-end/a.jpg", "tr:l-text,i-A%20b,l-end/a.jpg"),
        ("tr:l-text,i-A é,l-end/a%20b.jpg", "tr:l-text,i-A%20%C3%A9,l-end/a%20b.jpg"),
        ("a%20b.jpg?tr=l-text,i-A b,l-end", "a%20b.jpg?tr=l-text,i-A%20b,l-end"),
        ('a.jpg?tag={"é"}', "a.jpg?tag=%7b%22%C3%A9%22%7D"),
    ],
)
def test_what_a_client_had_to_encode_may_have_been_signed_as_it_was(was_signed, is_sent):
    mark = "&" if "?" in was_signed else "?"
    check(f"/ik/demo/{is_sent}{mark}ik-s=" + signature(KEY, was_signed + NEVER))


@given(st.text(max_size=300))
def test_no_target_raises_anything_but_a_refusal(text):
    given = presented(text)
    if given is not None:
        with pytest.raises(SignatureInvalid):
            verify(given, endpoints=["", "/"], keys=["k"], now=NOW)
