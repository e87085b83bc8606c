"""The overview: what was used in numbers, keys that are shown once and end when they are revoked, and pictures."""

import re
from dataclasses import replace

import pytest

import pictures
from calotype.dashboard.gauges import gauges
from calotype.domain.assets import Moderation
from calotype.domain.plans import DEFAULTS, GIB, Plan, Standing, Usage
from calotype.domain.visibility import Visibility
from platforms import StoppedClock
from visitors import Tags, Visitor


def standing(plan: Plan, **used: int) -> Standing:
    return Standing(plan, Usage(**used), StoppedClock().now)


def test_usage_stands_in_numbers_against_the_plan():
    uploads, storage = gauges(standing(DEFAULTS["pro"], uploads=142, stored=1234, stored_bytes=5 * GIB))
    assert (uploads.words, uploads.share, uploads.note) == (
        "142 of 1,000",
        0.142,
        "Counted anew from 1 February",
    )
    assert (storage.words, storage.share, storage.note) == ("5 GB of 50 GB", 0.1, "1,234 pictures")


def test_a_plan_without_limits_has_no_bar():
    uploads, storage = gauges(standing(DEFAULTS["unlimited"], uploads=7))
    assert (uploads.words, uploads.limit, storage.words) == ("7, no limit", None, "0 bytes, no limit")


@pytest.mark.parametrize(("used", "nearly"), [(0, False), (89, False), (90, True), (100, True), (130, True)])
def test_what_is_nearly_used_up_is_marked(used, nearly):
    (uploads, _) = gauges(standing(DEFAULTS["free"], uploads=used))
    assert uploads.nearly_full is nearly


def test_more_than_everything_fills_the_bar_and_no_more():
    (uploads, _) = gauges(standing(DEFAULTS["free"], uploads=130))
    assert (uploads.share, uploads.words) == (1.0, "130 of 100")


def test_a_plan_that_allows_nothing_is_full_from_the_beginning():
    (uploads, _) = gauges(standing(Plan("none", "None", uploads=0)))
    assert uploads.share == 1.0


async def test_the_overview_tells_numbers_in_words_beside_each_bar(member: Visitor):
    page = (await member.get("/dashboard")).text
    assert "Free plan" in page
    assert '<p class="gauge-words">0 of 100</p>' in page
    assert [each["value"] for each in Tags(page).named("progress")] == ["0.0", "0.0"]


async def test_a_key_is_shown_once_and_works(member: Visitor):
    secret = await member.made_key("laptop")
    answer = await member.http.get("/v1/media", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["data"] == []
    page = (await member.get("/dashboard")).text
    assert "laptop" in page
    assert secret not in page


async def test_a_key_has_the_abilities_that_were_ticked(member: Visitor):
    made = await member.post("/dashboard/keys", name="reader", abilities="read")
    secret = Tags(made.text).with_id("secret")["value"]
    bearer = {"Authorization": f"Bearer {secret}"}
    read = await member.http.get("/v1/media", headers=bearer)
    written = await member.http.post("/v1/images", json={}, headers=bearer)
    assert (read.status_code, written.status_code) == (200, 403)


async def test_a_key_without_a_name_is_called_default(member: Visitor):
    await member.post("/dashboard/keys", name="  ", abilities="read")
    assert "Default <code" in (await member.get("/dashboard")).text


async def test_a_key_without_abilities_is_refused_beside_the_form_which_keeps_what_was_typed(member: Visitor):
    answer = await member.post("/dashboard/keys", name="laptop")
    assert answer.status_code == 422
    assert "at least one of read and write" in answer.text
    assert Tags(answer.text).with_id("name")["value"] == "laptop"


async def revoking(member: Visitor) -> dict[str, str]:
    """Where each key is revoked, by its name."""
    page = (await member.get("/dashboard")).text
    return {name: link for link, name in re.findall(r'href="([^"]*/revoke)">Revoke<[^>]*> ([^<]*)<', page)}


async def test_revoking_asks_first_and_then_ends_the_key(member: Visitor):
    secret = await member.made_key("desk")
    link = (await revoking(member))["desk"]
    asked = await member.get(link)
    assert "Revoke desk?" in asked.text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await member.http.get("/v1/media", headers=bearer)).status_code == 200
    done = await member.post(link)
    assert (done.status_code, done.headers["location"]) == (303, "/dashboard#keys")
    assert (await member.http.get("/v1/media", headers=bearer)).status_code == 401
    assert "desk" not in (await member.get("/dashboard")).text


async def uploaded(member: Visitor, secret: str, **fields: str) -> str:
    answer = await member.http.post(
        "/v1/upload",
        data=fields,
        files={"file": ("photo.jpg", pictures.jpeg(64, 48))},
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_the_newest_pictures_link_to_their_pages(member: Visitor):
    secret = await member.made_key()
    older, newer = [await uploaded(member, secret) for _ in range(2)]
    links = [each["href"] for each in Tags((await member.get("/dashboard")).text).named("a")]
    assert [link for link in links if link in {f"/{older}", f"/{newer}"}] == [f"/{newer}", f"/{older}"]


async def test_a_picture_without_a_page_is_shown_and_leads_nowhere(member: Visitor):
    picture = await uploaded(member, await member.made_key(), public="false")
    page = (await member.get("/dashboard")).text
    assert f'href="/{picture}"' not in page
    assert f"/{picture}.webp?size=s" in page
    assert "no page" in page


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"visibility": Visibility.PRIVATE}, "private"),
        ({"visibility": Visibility.DRAFT}, "private"),
        ({"moderation": Moderation.BLOCKED}, "blocked"),
    ],
)
async def test_what_nobody_can_open_without_a_credential_is_named_and_not_shown(
    member: Visitor, change: dict[str, object], note: str
):
    picture = await uploaded(member, await member.made_key())
    platform = member.platform
    asset = await platform.catalog.asset(picture, platform.clock())
    await platform.catalog.update_asset(
        asset.workspace_id, picture, lambda asset: replace(asset, **change), platform.clock
    )
    page = (await member.get("/dashboard")).text
    assert f'<span class="grid-note">{note}</span>' in page
    assert picture not in page


async def test_an_upload_is_counted_on_the_overview(member: Visitor):
    await uploaded(member, await member.made_key())
    assert '<p class="gauge-words">1 of 100</p>' in (await member.get("/dashboard")).text


async def test_nobody_sees_the_pictures_of_somebody_else(member: Visitor, browsers):
    picture = await uploaded(member, await member.made_key())
    bob = browsers()
    await bob.sign_in("bob@example.com")
    assert picture not in (await bob.get("/dashboard")).text
