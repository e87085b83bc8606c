"""Listing, showing, downloading, publishing and deleting images: what is asked, and exactly what is answered."""

import pytest

import pictures
from calotype.domain.workspaces import Ability, Stage
from platforms import key_for, memory_platform
from processing_people import BASE, IMAGES, PHOTO, Sender, secret_for, sender_for, served

NOBODYS = "image_0123456789abcdef01234567"


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path, img_processing_test_requests_per_minute=0)


def not_found(shown=NOBODYS):
    return {
        "type": "https://docs.img-processing.com/errors/not-found",
        "error": "Not Found",
        "title": "Not Found",
        "status": 404,
        "message": f"Image with id {shown} not found.",
    }


async def five(live):
    return [(await live.uploaded(name=name))["id"] for name in "abcde"]


# --- list -----------------------------------------------------------------------------------------


async def test_an_empty_library_is_an_empty_page(live):
    response = await live.get()
    assert (response.status_code, response.json()) == (
        200,
        {"data": [], "links": {"previous": None, "next": None}},
    )


async def test_the_newest_come_first_and_next_names_the_first_of_the_next_page(live):
    ids = await five(live)
    body = (await live.get(take=2)).json()
    assert [each["name"] for each in body["data"]] == ["e", "d"]
    assert body["links"] == {"previous": None, "next": f"{BASE}/v1/images?take=2&from={ids[2]}"}


async def test_from_is_the_first_of_its_page_and_previous_leads_back(live):
    ids = await five(live)
    body = (await live.get(take=2, **{"from": ids[2]})).json()
    assert [each["name"] for each in body["data"]] == ["c", "b"]
    assert body["links"] == {
        "previous": f"{BASE}/v1/images?take=2&from={ids[4]}",
        "next": f"{BASE}/v1/images?take=2&from={ids[0]}",
    }


async def test_a_previous_page_that_is_not_full_begins_with_the_newest(live):
    ids = await five(live)
    body = (await live.get(take=3, **{"from": ids[3]})).json()
    assert body["links"]["previous"] == f"{BASE}/v1/images?take=3&from={ids[4]}"


async def test_following_next_visits_every_image_once(live):
    await five(live)
    seen, url = [], f"{BASE}/v1/images?take=2"
    while url:
        body = (await live.http.get(url, headers=live.headers)).json()
        seen += [each["name"] for each in body["data"]]
        url = body["links"]["next"]
    assert seen == ["e", "d", "c", "b", "a"]


async def test_what_a_client_had_nothing_to_say_for_is_not_said(live):
    await five(live)
    assert await live.names(take="undefined", **{"from": "undefined"}) == ["e", "d", "c", "b", "a"]
    assert await live.names(take="", **{"from": ""}) == ["e", "d", "c", "b", "a"]


async def test_a_page_holds_ten_unless_another_number_is_taken(live):
    for _ in range(11):
        await live.uploaded()
    assert len(await live.names()) == 10
    assert len(await live.names(take=11)) == 11


@pytest.mark.parametrize("take", ["0", "101", "1.5", "-1", "x", "9" * 5000, "\u0661"])
async def test_take_is_1_to_100(live, take):
    response = await live.get(take=take)
    assert response.status_code == 422
    assert response.json()["errors"] == ["take must be an integer between 1 and 100"]


@pytest.mark.parametrize("first", ["x", "image_x", NOBODYS.upper(), NOBODYS.removeprefix("image_"), "\0"])
async def test_from_is_the_id_of_an_image(live, first):
    response = await live.get(**{"from": first, "take": "x"})
    assert response.status_code == 422
    assert response.json()["errors"] == [
        "take must be an integer between 1 and 100",
        "from must be the id of an image, such as image_ and 24 characters",
    ]


async def test_a_page_that_begins_with_a_deleted_image_begins_where_that_was(live):
    ids = await five(live)
    await live.bare(f"/{ids[2]}", "DELETE")
    body = (await live.get(take=2, **{"from": ids[2]})).json()
    assert [each["name"] for each in body["data"]] == ["b", "a"]
    assert body["links"] == {"previous": f"{BASE}/v1/images?take=2&from={ids[4]}", "next": None}


async def test_from_an_image_of_somebody_else_is_as_from_none_at_all(http, platform, live):
    rival = await sender_for(http, platform, Stage.LIVE, "rival")
    theirs = (await rival.uploaded())["id"]
    answers = [await live.get(**{"from": each}) for each in (theirs, NOBODYS)]
    assert [each.status_code for each in answers] == [422, 422]
    assert answers[0].content == answers[1].content


async def test_links_are_built_from_the_setting_and_never_from_host(tmp_path):
    platform = await memory_platform(tmp_path, img_processing_url="https://api.example.com/")
    async with served(platform) as http:
        live = await sender_for(http, platform)
        ids = await five(live)
        headers = {**live.headers, "host": "evil.example"}
        body = (await http.get(f"{IMAGES}?take=1", headers=headers)).json()
    assert body["links"]["next"] == f"https://api.example.com/v1/images?take=1&from={ids[3]}"


# --- retrieve, download, delete -------------------------------------------------------------------


async def test_an_image_is_shown_as_it_was_created(live):
    created = await live.uploaded()
    response = await live.get(f"/{created['id']}")
    assert (response.status_code, response.json()) == (200, created)


@pytest.mark.parametrize("verb", ["", "/download"])
async def test_what_is_not_there_is_not_found(live, verb):
    response = await live.get(f"/{NOBODYS}{verb}")
    assert (response.status_code, response.json()) == (404, not_found())


@pytest.mark.parametrize("asked", ["x", "0123456789abcdef01234567", "image_" + "g" * 24, "image_%00"])
async def test_what_is_no_id_is_not_found(live, asked):
    response = await live.get(f"/{asked}")
    assert response.status_code == 404
    assert response.json()["type"].endswith("/not-found")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (pictures.jpeg(8, 8), "image/jpeg"),
        (pictures.png(8, 8), "image/png"),
        (pictures.webp(8, 8), "image/webp"),
    ],
    ids=["jpeg", "png", "webp"],
)
async def test_a_download_has_the_bytes_and_their_type(live, data, media_type):
    created = await live.uploaded(data)
    response = await live.get(f"/{created['id']}/download")
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "private, no-store"
    assert len(response.content) == created["size"]


async def test_head_of_a_download_tells_its_length(live):
    created = await live.uploaded()
    response = await live.bare(f"/{created['id']}/download", "HEAD")
    assert (response.status_code, response.headers["content-length"], response.content) == (
        200,
        str(created["size"]),
        b"",
    )


async def test_a_deleted_image_is_gone(live):
    id_ = (await live.uploaded())["id"]
    assert (await live.bare(f"/{id_}", "DELETE")).status_code == 204
    again = await live.bare(f"/{id_}", "DELETE")
    assert (again.status_code, again.json()) == (404, not_found(id_))


# --- publish and unpublish ------------------------------------------------------------------------


async def test_a_published_image_has_a_public_url(live):
    created = await live.uploaded()
    response = await live.bare(f"/{created['id']}/publish")
    url = f"{BASE}/images/{created['id']}"
    assert (response.status_code, response.json()) == (201, {**created, "url": url})
    public = await live.http.get(url)
    assert (public.status_code, public.headers["content-type"]) == (200, "image/jpeg")
    assert public.headers["cache-control"] == "public, max-age=31536000"
    assert public.content == (await live.get(f"/{created['id']}/download")).content


async def test_publishing_twice_changes_nothing_the_second_time(live):
    id_ = (await live.uploaded())["id"]
    first = await live.bare(f"/{id_}/publish")
    second = await live.bare(f"/{id_}/publish")
    assert (second.status_code, second.json()) == (201, first.json())


async def test_an_unpublished_image_is_gone_for_everybody_at_once(live):
    created = await live.uploaded()
    url = (await live.bare(f"/{created['id']}/publish")).json()["url"]
    assert (await live.http.get(url)).status_code == 200
    response = await live.bare(f"/{created['id']}/unpublish")
    assert (response.status_code, response.json()) == (201, created)
    gone = await live.http.get(url)
    assert (gone.status_code, gone.json()) == (404, not_found(created["id"]))
    assert (await live.get(f"/{created['id']}/download")).status_code == 200


async def test_unpublishing_what_is_private_changes_nothing(live):
    created = await live.uploaded()
    response = await live.bare(f"/{created['id']}/unpublish")
    assert (response.status_code, response.json()) == (201, created)


async def test_deleting_ends_the_public_url_at_once(live):
    id_ = (await live.uploaded())["id"]
    url = (await live.bare(f"/{id_}/publish")).json()["url"]
    assert (await live.http.get(url)).status_code == 200
    await live.bare(f"/{id_}", "DELETE")
    gone = await live.http.get(url)
    assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")
    assert (gone.headers["cache-control"], gone.json()) == ("no-store", not_found(id_))


async def test_a_published_image_is_not_asked_for_again_when_it_is_there(live):
    url = (await live.bare(f"/{(await live.uploaded())['id']}/publish")).json()["url"]
    tag = (await live.http.get(url)).headers["etag"]
    again = await live.http.get(url, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_publishing_is_not_charged_unless_the_setting_says_so(live, tmp_path):
    id_ = (await live.uploaded())["id"]
    assert (await live.bare(f"/{id_}/publish")).headers["x-image-processing-usage"] == "0"
    (tmp_path / "literal").mkdir()
    literal = await memory_platform(tmp_path / "literal", img_processing_charge_publishing=True)
    async with served(literal) as http:
        other = await sender_for(http, literal)
        response = await other.bare(f"/{(await other.uploaded())['id']}/publish")
    assert response.headers["x-image-processing-usage"] == "1"


# --- who may ------------------------------------------------------------------------------------


EVERYTHING = [
    ("GET", ""),
    ("GET", "/download"),
    ("DELETE", ""),
    ("POST", "/publish"),
    ("POST", "/unpublish"),
]


@pytest.mark.parametrize(("method", "verb"), EVERYTHING)
@pytest.mark.parametrize("whose", [(Stage.LIVE, "rival"), (Stage.TEST, "default")], ids=["rival", "stage"])
async def test_nobody_else_and_no_other_stage_sees_an_image(http, platform, live, method, verb, whose):
    id_ = (await live.uploaded())["id"]
    await live.bare(f"/{id_}/publish")  # not even what is public
    other = await sender_for(http, platform, *whose)
    response = await other.bare(f"/{id_}{verb}", method)
    assert (response.status_code, response.json()) == (404, not_found(id_))


async def test_each_stage_lists_its_own(http, platform, live):
    tester = await sender_for(http, platform, Stage.TEST)
    await live.uploaded(name="live")
    await tester.uploaded(name="test")
    assert (await live.names(), await tester.names()) == (["live"], ["test"])


@pytest.mark.parametrize(("method", "verb"), EVERYTHING[2:])
async def test_a_key_that_may_only_read_changes_nothing(http, platform, live, method, verb):
    id_ = (await live.uploaded())["id"]
    secret = await secret_for(platform, abilities=frozenset({Ability.READ}))
    response = await Sender(http, {"x-api-key": secret}).bare(f"/{id_}{verb}", method)
    assert response.status_code == 403
    assert response.json()["title"] == "Forbidden"


# --- one image through all doors ------------------------------------------------------------------


async def test_what_is_made_here_is_the_same_image_in_the_other_api(http, platform, live):
    created = await live.uploaded(name="Shared")
    bearer = {"authorization": f"Bearer {await key_for(platform)}"}
    other = await http.get(f"/v1/media/{created['id'].removeprefix('image_')}", headers=bearer)
    assert (other.status_code, other.json()["name"]) == (200, "Shared")


async def test_a_title_that_looks_like_a_path_is_none_in_the_other_api(http, platform, live):
    id_ = (await live.uploaded(name="../../etc/a.jpg"))["id"].removeprefix("image_")
    bearer = {"authorization": f"Bearer {await key_for(platform)}"}
    flat = (await http.get(f"/v1/media/{id_}", headers=bearer)).json()
    modern = (await http.get(f"/v1/images/{id_}", headers=bearer)).json()
    assert (flat["name"], modern["filename"]) == ("a.jpg", "a.jpg")


@pytest.mark.parametrize(
    ("data", "format_", "media_type"),
    [
        (PHOTO, "jpeg", "image/jpeg"),
        (pictures.gif(), "jpeg", "image/jpeg"),
        (pictures.svg(), "png", "image/png"),
        (pictures.webp(16, 16, frames=2), "webp", "image/webp"),
    ],
    ids=["jpeg", "gif", "svg", "webp"],
)
async def test_what_the_other_api_took_in_is_shown_as_it_is_delivered(
    http, platform, live, data, format_, media_type
):
    bearer = {"authorization": f"Bearer {await key_for(platform)}"}
    form = {"file": ("a-name-of-more-than-thirty-characters.jpg", data, "image/jpeg")}
    id_ = (await http.post("/v1/upload", files=form, headers=bearer)).json()["id"]
    shown = (await live.get(f"/image_{id_}")).json()
    assert (shown["id"], shown["format"], shown["name"]) == (
        f"image_{id_}",
        format_,
        "a-name-of-more-than-thirty-cha",
    )
    assert shown["url"] == f"{BASE}/images/image_{id_}"
    assert (await live.get(f"/image_{id_}/download")).headers["content-type"] == media_type
    assert (await http.get(shown["url"])).headers["content-type"] == media_type
