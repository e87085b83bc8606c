"""The memory tier: bounded, findable by URL and by what the answer varies with, forgettable by asset and workspace."""

from datetime import UTC, datetime

from calotype.domain.conditional import validators
from calotype.ports import Event
from calotype.web.delivery_headers import Caching
from calotype.web.hot import ALIAS_COST, ALIASES, Held, Hot, HotResponses

URL = b"/cdn/a/b.jpg"
URL_COST = ALIAS_COST + len(URL)
CHROME = [(b"accept", b"image/avif,image/webp,*/*;q=0.8")]
FIREFOX = [(b"accept", b"image/webp;q=0.9, image/avif"), (b"host", b"x")]
CURL = [(b"accept", b"*/*")]
ACCEPT = (b"accept",)


def told(held: Held, heads: bytes = b"") -> Hot:
    now = validators(b'"x"', datetime(2026, 1, 1, tzinfo=UTC))
    return Hot(held, now, Caching(public=True, max_age=60), heads, b"")


def hot(tier: HotResponses, key: str, asset_id: str = "one", size: int = 1000, workspace: str = "w") -> Hot:
    """Hold a body of *size* bytes, if it is not too large, and word an answer of it."""
    held = Held(key, asset_id, workspace, b"x" * size)
    return told(tier.hold(held) or held)


def test_a_response_is_found_by_every_url_that_asked_for_it():
    tier = HotResponses(100_000, 10_000)
    response = hot(tier, "k")
    tier.remember(URL, response)
    tier.remember(b"/cdn/a/c.jpg", response)
    assert tier.find(URL, CURL) is tier.find(b"/cdn/a/c.jpg", CHROME) is response
    assert tier.by_key("k") is response.held
    assert tier.size == 1000 + 2 * URL_COST


def test_one_body_may_be_told_about_in_several_ways():
    tier = HotResponses(100_000, 10_000)
    shown = hot(tier, "k")
    saved = told(shown.held, b"as a file")
    tier.remember(b"/a", shown)
    tier.remember(b"/a?download", saved)
    assert (tier.find(b"/a", []), tier.find(b"/a?download", [])) == (shown, saved)
    assert tier.size == 1000 + 2 * ALIAS_COST + len(b"/a" + b"/a?download" + b"as a file")


def test_the_least_recently_used_goes_first():
    tier = HotResponses(2 * (1000 + ALIAS_COST + 1), 10_000)
    for name in ("a", "b"):
        tier.remember(name.encode(), hot(tier, name))
    tier.find(b"a", [])
    hot(tier, "c")
    assert [tier.by_key(key) is not None for key in "abc"] == [True, False, True]
    assert tier.find(b"b", []) is None


def test_the_budget_holds_whatever_is_added():
    tier = HotResponses(10_000, 5000)
    for number in range(100):
        response = hot(tier, str(number), size=number * 50)
        tier.remember(b"%d" % number, response, ACCEPT if number % 2 else (), CHROME)
        assert tier.size <= 10_000


def test_what_is_too_large_is_passed_over():
    tier = HotResponses(10_000, 999)
    tier.remember(URL, hot(tier, "k"))
    assert (tier.size, tier.find(URL, [])) == (0, None)


def test_an_asset_is_forgotten_whole():
    tier = HotResponses(100_000, 10_000)
    for key, asset in (("a", "one"), ("b", "one"), ("c", "two")):
        tier.remember(key.encode(), hot(tier, key, asset))
    tier.heed(Event(1, "w", "one", "asset.updated"))
    tier.heed(Event(2, "w", "unknown", "asset.updated"))
    assert [tier.find(key, []) is not None for key in (b"a", b"b", b"c")] == [False, False, True]
    assert tier.size == 1000 + ALIAS_COST + 1


def test_a_change_of_a_workspace_forgets_what_it_delivers_and_nothing_else():
    tier = HotResponses(100_000, 10_000)
    for key, workspace in (("a", "one"), ("b", "two")):
        tier.remember(key.encode(), hot(tier, key, asset_id=key, workspace=workspace))
    tier.heed(Event(1, "one", "", "workspace.changed"))
    assert [tier.find(key, []) is not None for key in (b"a", b"b")] == [False, True]
    tier.heed(None)
    assert tier.size == 0


def test_what_other_images_have_a_part_in_ends_with_any_change_of_their_workspace():
    tier = HotResponses(100_000, 10_000)
    plain, layered = hot(tier, "plain"), hot(tier, "layered", "two")
    layered.others = True
    for url, response in ((b"/plain", plain), (b"/layered", layered)):
        tier.remember(url, response)
        tier.remember(url + b"?auto", response, ACCEPT, CURL)
    tier.heed(Event(1, "elsewhere", "three", "asset.updated"))
    assert tier.find(b"/layered", CURL) is layered
    tier.heed(Event(2, "w", "three", "asset.updated"))
    assert (tier.find(b"/layered", CURL), tier.find(b"/layered?auto", CURL)) == (None, None)
    assert (tier.find(b"/plain", CURL), tier.find(b"/plain?auto", CURL)) == (plain, plain)
    tier.drop_all()
    assert (tier.size, tier._by_address) == (0, {})


def test_hostile_spellings_push_out_each_other_only():
    tier = HotResponses(100_000, 10_000)
    response = hot(tier, "k")
    for number in range(10 * ALIASES):
        tier.remember(b"/?%03d" % number, response)
    assert (len(response.held.addresses), tier.size) == (ALIASES, 1000 + ALIASES * (ALIAS_COST + 5))


def test_a_long_url_is_charged_its_length():
    tier = HotResponses(100_000, 10_000)
    tier.remember(b"/" * 8000, hot(tier, "k"))
    assert tier.size == 1000 + ALIAS_COST + 8000


# URLs whose answer varies


def test_an_answer_that_varies_is_found_by_the_class_of_accept():
    tier = HotResponses(100_000, 10_000)
    avif, jpeg = hot(tier, "avif"), hot(tier, "jpeg")
    tier.remember(URL, avif, ACCEPT, CHROME)
    assert (tier.find(URL, FIREFOX), tier.find(URL, CURL)) == (avif, None)
    tier.remember(URL, jpeg, ACCEPT, CURL)
    assert (tier.find(URL, CHROME), tier.find(URL, []), tier.find(URL, CURL)) == (avif, jpeg, jpeg)


def test_client_hints_select_by_their_values():
    tier, names = HotResponses(100_000, 10_000), (b"accept", b"sec-ch-width")
    wide, narrow = hot(tier, "wide"), hot(tier, "narrow")
    tier.remember(URL, wide, names, [*CHROME, (b"sec-ch-width", b"900")])
    tier.remember(URL, narrow, names, [*CHROME, (b"sec-ch-width", b"300")])
    found = [tier.find(URL, [*FIREFOX, (b"sec-ch-width", width)]) for width in (b"900", b"300", b"301")]
    assert [*found, tier.find(URL, CHROME)] == [wide, narrow, None, None]


def test_nothing_is_left_of_a_choice_whose_answers_are_gone():
    tier = HotResponses(100_000, 10_000)
    tier.remember(URL, hot(tier, "avif"), ACCEPT, CHROME)
    tier.remember(URL, hot(tier, "jpeg", asset_id="two"), ACCEPT, CURL)
    tier.drop_asset("one")
    assert tier.find(URL, CHROME) is None
    assert tier.find(URL, CURL) is not None
    tier.drop_asset("two")
    assert (tier.size, tier._by_address) == (0, {})


def test_a_url_that_is_told_to_vary_and_not_to_is_not_guessed_at():
    tier = HotResponses(100_000, 10_000)
    plain = hot(tier, "plain")
    tier.remember(URL, plain)
    tier.remember(URL, hot(tier, "avif"), ACCEPT, CHROME)
    assert tier.find(URL, CHROME) is plain
