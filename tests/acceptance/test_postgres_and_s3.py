"""Two machines, each of two web processes, on one PostgreSQL and one bucket: one image service."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import boto3
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image
from served import Served

import pictures
from databases import running_postgres

pytestmark = pytest.mark.slow

PHOTO = pictures.jpeg(1500, 1200)
SIZES = {"s": (400, 320), "m": (800, 640), "l": (1350, 1080)}


@pytest.fixture(scope="module")
def bucket():
    """A real S3 over HTTP: a bucket, and its URL for the settings."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        host, port = server.get_host_and_port()
        bucket = boto3.resource("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").Bucket(
            "images"
        )
        bucket.create()
        bucket.url = f"s3://images/calotype?endpoint=http://{host}:{port}&region=us-east-1&allow_http=true"
        yield bucket
    server.stop()


@pytest.fixture(scope="module")
def machines(bucket, tmp_path_factory):
    """The first machine, which has made the first key, and a second one that knows it."""
    with running_postgres() as database:
        shared = {"database_url": database, "blob_url": bucket.url, "workers": 2, "render_slots": 2}
        folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
        with Served(folders[0], **shared) as first, Served(folders[1], **shared) as second:
            assert (bool(first.key), second.key) == (True, "")
            second.key = first.key
            yield first, second


def path_of(made, extension=""):
    """The path, which both machines serve, of an image that one of them has named with its own port."""
    path = urlsplit(made["src"]).path
    return path.replace(".jpeg", f".{extension}") if extension else path


def objects(bucket, made):
    return sorted(
        each.key.rpartition(made["id"])[2] for each in bucket.objects.all() if made["id"] in each.key
    )


def tier(served, name):
    start = f'calotype_deliveries_total{{tier="{name}"}} '
    lines = served.client.get("/metrics").text.splitlines()
    return sum(int(float(line.removeprefix(start))) for line in lines if line.startswith(start))


def settled(*machines):
    """Every tier's count, once what other web processes have counted (they tell once a second) has arrived."""
    time.sleep(1.3)
    return {name: sum(tier(served, name) for served in machines) for name in ("render", "blob", "disk")}


def test_an_image_is_uploaded_listed_changed_delivered_and_deleted(machines, bucket):
    served, _ = machines
    made = served.upload(PHOTO, tags="harbour").json()
    listed = served.client.get("/v1/media?tags=harbour", headers=served.authorization).json()["data"]
    assert [each["id"] for each in listed] == [made["id"]]
    item = f"/v1/media/{made['id']}"
    served.client.patch(item, json={"name": "b.jpg", "tags": ["sea"]}, headers=served.authorization)
    changed = served.client.get(item).json()
    assert (changed["name"], changed["tags"]) == ("b.jpg", ["sea"])
    assert served.client.get(path_of(made)).content == PHOTO
    for size, expected in SIZES.items():
        answer = served.client.get(f"{path_of(made, 'webp')}?size={size}")
        assert Image.open(io.BytesIO(answer.content)).size == expected
    assert len(objects(bucket, made)) == 4
    assert served.client.delete(item, headers=served.authorization).status_code == 204
    assert served.client.get(item).status_code == 404
    assert objects(bucket, made) == []


def test_another_machine_serves_the_same_images_without_rendering_them_again(machines):
    first, second = machines
    made = first.upload(PHOTO).json()
    urls = [f"{path_of(made, 'webp')}?size={size}" for size in SIZES]
    before = [first.client.get(url) for url in urls]
    counts = settled(second)
    after = [second.client.get(url) for url in urls]
    assert [(each.content, each.headers["etag"]) for each in after] == [
        (each.content, each.headers["etag"]) for each in before
    ]
    assert settled(second) == {**counts, "blob": counts["blob"] + 3}


def test_a_cold_image_that_both_machines_are_asked_for_at_once_is_rendered_once(machines):
    url = f"{path_of(machines[0].upload(PHOTO).json(), 'avif')}?size=m"
    before = settled(*machines)["render"]
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda number: machines[number % 2].client.get(url), range(40)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert settled(*machines)["render"] == before + 1


def test_what_one_machine_deletes_is_gone_from_the_other_within_seconds(machines, bucket):
    first, _ = machines
    made = first.upload(pictures.jpeg(700, 600)).json()
    url = f"{path_of(made)}?size=s"
    assert [served.client.get(url).status_code for served in machines] == [200, 200]
    first.client.delete(f"/v1/media/{made['id']}", headers=first.authorization)
    assert first.client.get(f"/v1/media/{made['id']}").status_code == 404
    end = time.monotonic() + 15
    while (left := _left(machines, made, url)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []
    assert objects(bucket, made) == []


def test_whichever_machine_works_deletes_what_the_other_was_asked_to(machines, bucket):
    for served in machines:
        gone = [served.upload(PHOTO + bytes([number])).json() for number in range(3)]
        kept = served.upload(PHOTO).json()
        ids = [made["id"] for made in gone]
        answer = served.client.request(
            "DELETE", "/v1/media/batch", json={"ids": ids}, headers=served.authorization
        )
        assert answer.json() == {"deleted": 3}
        assert_gone(bucket, *gone)
        assert objects(bucket, kept) != []


def test_when_the_machine_that_works_dies_the_other_takes_over(bucket, tmp_path):
    with running_postgres() as database:
        shared = {"database_url": database, "blob_url": bucket.url, "render_slots": 1}
        folders = [tmp_path / name for name in ("first", "second")]
        for folder in folders:
            folder.mkdir()
        first, second = (Served(folder, **shared) for folder in folders)
        first.start()
        with second:
            second.key = first.key
            made = second.upload(PHOTO).json()
            first.kill()
            ids = {"ids": [made["id"]]}
            second.client.request("DELETE", "/v1/media/batch", json=ids, headers=second.authorization)
            assert_gone(bucket, made)


def assert_gone(bucket, *gone):
    end = time.monotonic() + 60
    while (left := [each for made in gone for each in objects(bucket, made)]) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def _left(machines, made, url):
    """Where an image still is: machines that answer it, and files of it."""
    # A connection each, so that every web process is asked in turn.
    answering = [
        served.url
        for served in machines * 4
        if served.client.get(url, headers={"connection": "close"}).is_success
    ]
    files = [path for served in machines for path in served.folder.rglob("*") if made["id"] in path.name]
    return answering + files


def test_an_image_made_of_another_has_its_mezzanine_on_both_machines(machines, bucket):
    first, second = machines
    key = {"x-api-key": first.json("keys", "create", "--api", "img-processing", "--stage", "live")["key"]}
    images = "/img-processing/v1/images"
    source = first.upload(pictures.jpeg(1800, 1200)).json()
    made = first.client.post(f"{images}/image_{source['id']}/blur", headers=key).json()
    first.client.post(f"{images}/{made['id']}/publish", headers=key).raise_for_status()
    id_ = made["id"].removeprefix("image_")
    image = first.client.get(f"/v1/images/{id_}", headers=first.authorization).json()
    url = urlsplit(image["url"]).path
    assert sources(machines, f"{url}?w=300") == {"original"}
    assert first.client.get(f"{url}?w=400").is_success
    end = time.monotonic() + 60
    while sources(machines, f"{url}?w=300") != {"mezzanine-small"} and time.monotonic() < end:
        time.sleep(0.1)
    assert sources(machines, f"{url}?w=300") == {"mezzanine-small"}
    assert second.client.get(f"{url}?w=300").is_success
    assert {"/original", "/mezzanine-small"} < {*objects(bucket, {"id": id_})}
    first.client.delete(f"{images}/{made['id']}", headers=key).raise_for_status()
    assert_gone(bucket, {"id": id_})


def sources(machines, url):
    """Say from which stored bytes the web processes of all machines would make what *url* names."""
    headers = {**machines[0].authorization, "connection": "close"}
    told = [
        served.client.get("/v1/explain", params={"url": f"{served.url}{url}"}, headers=headers).json()
        for served in machines * 4
    ]
    return {each["plan"]["decode"]["source"] for each in told}


def test_a_restart_keeps_everything_and_needs_nothing_of_its_folder(machines, tmp_path):
    first, _ = machines
    made = first.upload(PHOTO, name="kept.jpg").json()
    variant = first.client.get(f"{path_of(made)}?size=s").content
    with Served(tmp_path, **{**first.settings, "workers": 1}) as restarted:
        assert restarted.client.get(f"/v1/media/{made['id']}").json()["name"] == "kept.jpg"
        assert restarted.client.get(f"{path_of(made)}?size=s").content == variant
        assert restarted.client.get(path_of(made)).content == PHOTO
        assert (tier(restarted, "render"), tier(restarted, "blob")) == (0, 1)


def test_the_command_line_works_on_them_too(machines):
    first, _ = machines
    report = first.json("fsck", "--verify")
    assert [report[damage]["count"] for damage in ("orphans", "missing", "wrong_size", "wrong_hash")] == [
        0,
        0,
        0,
        0,
    ]
    checks = {check["what"]: check["finding"] for check in first.json("doctor")}
    assert (checks["database"][:10], checks["store of images"]) == (
        "postgresql",
        "s3: stores, reads and deletes",
    )
