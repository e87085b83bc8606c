"""The memory tier: bounded, findable by URL, forgettable by asset."""

from calotype.web.hot import ALIAS_COST, ALIASES, Hot, HotResponses

URL = b"/cdn/a/b.jpg"
URL_COST = ALIAS_COST + len(URL)


def hot(key: str, asset_id: str = "one", size: int = 1000) -> Hot:
    return Hot(key, asset_id, b'"x"', b"x" * size, b"", b"")


def test_a_response_is_found_by_every_url_that_asked_for_it():
    tier, response = HotResponses(100_000, 10_000), hot("k")
    tier.add(response)
    tier.alias(URL, response)
    tier.alias(b"/cdn/a/c.jpg", response)
    assert tier.get(URL) is tier.get(b"/cdn/a/c.jpg") is tier.by_key("k") is response
    assert tier.size == 1000 + 2 * URL_COST


def test_the_least_recently_used_goes_first():
    tier = HotResponses(2 * (1000 + ALIAS_COST + 1), 10_000)
    for name in ("a", "b"):
        tier.add(response := hot(name))
        tier.alias(name.encode(), response)
    tier.get(b"a")
    tier.add(hot("c"))
    assert [tier.by_key(key) is not None for key in "abc"] == [True, False, True]
    assert tier.get(b"b") is None


def test_the_budget_holds_whatever_is_added():
    tier = HotResponses(10_000, 5000)
    for number in range(100):
        tier.add(response := hot(str(number), size=number * 50))
        tier.alias(b"%d" % number, response)
        assert tier.size <= 10_000


def test_what_is_too_large_is_passed_over():
    tier, response = HotResponses(10_000, 999), hot("k")
    tier.add(response)
    tier.alias(URL, response)
    assert (tier.size, tier.get(URL)) == (0, None)


def test_an_asset_is_forgotten_whole():
    tier = HotResponses(100_000, 10_000)
    for key, asset in (("a", "one"), ("b", "one"), ("c", "two")):
        tier.add(response := hot(key, asset))
        tier.alias(key.encode(), response)
    tier.drop_asset("one")
    tier.drop_asset("unknown")
    assert [tier.get(key) is not None for key in (b"a", b"b", b"c")] == [False, False, True]
    assert tier.size == 1000 + ALIAS_COST + 1


def test_hostile_spellings_push_out_each_other_only():
    tier, response = HotResponses(100_000, 10_000), hot("k")
    tier.add(response)
    for number in range(10 * ALIASES):
        tier.alias(b"/?%03d" % number, response)
    assert (len(response.urls), tier.size) == (ALIASES, 1000 + ALIASES * (ALIAS_COST + 5))


def test_a_long_url_is_charged_its_length():
    tier, response = HotResponses(100_000, 10_000), hot("k")
    tier.add(response)
    tier.alias(b"/" * 8000, response)
    assert tier.size == 1000 + ALIAS_COST + 8000
