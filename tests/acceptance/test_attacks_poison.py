"""An image that kills whatever decodes it (D10): it costs its own requests, and nobody else's.

The decoder's bug is ours: a `pillow_heif` that dies of a segmentation fault at the word POISON. It lies among the
blobs, which is where workers may read.
"""

import pytest
from crowds import at_once, counted, stem
from served import Served

import pictures

BUGGY = """
import os, signal, sys
from pathlib import Path

sys.path[:] = [each for each in sys.path if each != os.path.dirname(os.path.dirname(__file__))]
del sys.modules["pillow_heif"]
import pillow_heif

sound = pillow_heif.open_heif

def open_heif(source, *arguments, **options):
    if b"POISON" in Path(source).read_bytes():
        os.kill(os.getpid(), signal.SIGSEGV)
    return sound(source, *arguments, **options)

pillow_heif.open_heif = open_heif
"""
CRASHES = 'calotype_worker_deaths_total{reason="crash"}'
HEIC = pictures.heic(640, 480)

pytestmark = pytest.mark.skipif(HEIC is None, reason="this libheif has no HEVC encoder")


@pytest.fixture
def server(tmp_path, monkeypatch):
    module = tmp_path / "data" / "blobs" / "buggy" / "pillow_heif" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text(BUGGY)
    monkeypatch.setenv("PYTHONPATH", str(module.parent.parent), prepend=":")
    with Served(tmp_path, render_slots=2, disk_cache_bytes=0, memory_cache_bytes=0) as served:
        yield served


def upload(server, body, name) -> dict:
    answer = server.upload(body, name)
    assert answer.status_code == 201, answer.text
    return answer.json()


def poisoned(server) -> dict:
    """Upload a HEIC, and have it turn on its decoder once it is stored."""
    made = upload(server, HEIC, "poison.heic")
    [original] = (server.folder / "data" / "blobs").glob(f"*/*/{made['id']}/original")
    original.write_bytes(original.read_bytes() + b"POISON")
    return made


def test_fifty_clients_of_a_poisoned_image_take_nothing_from_its_neighbours(server):
    poison = stem(poisoned(server))
    sound = [stem(upload(server, pictures.jpeg(300, 200, text=str(number)), "a.jpg")) for number in range(10)]
    # Other sizes, so that each is a job of its own; and the neighbours' jobs wait among them.
    wanted = [f"{poison}.webp?w={100 + number}" for number in range(50)]
    wanted[5::5] = [f"{sound[number % 10]}.webp?w={100 + number}" for number in range(len(wanted[5::5]))]
    answers = at_once(server, wanted)
    bad = {answer.status_code for path, answer in zip(wanted, answers, strict=True) if poison in path}
    good = {
        (answer.status_code, answer.content[8:12])
        for path, answer in zip(wanted, answers, strict=True)
        if poison not in path
    }
    assert (good, bad) == ({(200, b"WEBP")}, {422, 500})
    # Two crashes set it aside; each slot may have begun with the next before the second was written down.
    assert 2 <= counted(server, CRASHES) <= 2 + 2


def test_a_poisoned_image_stays_set_aside_and_the_workers_come_back(server):
    poison, neighbour = stem(poisoned(server)), stem(upload(server, HEIC, "sound.heic"))
    statuses = [server.fetch(f"{poison}.webp?w={width}").status_code for width in range(100, 105)]
    assert statuses == [500, 500, 422, 422, 422]
    assert server.fetch(f"{neighbour}.webp?w=100").status_code == 200
    assert counted(server, CRASHES) == 2


def test_one_poisoned_address_wanted_by_fifty_crashes_one_worker(server):
    poison = stem(poisoned(server))
    answers = at_once(server, [f"{poison}.webp?w=100"] * 50)
    assert {answer.status_code for answer in answers} <= {422, 500}
    assert counted(server, CRASHES) <= 2


def test_an_upload_that_crashes_its_decoder_twice_is_refused_and_leaves_nothing(server):
    answer = server.upload(HEIC + b"POISON", "poison.heic")
    assert (answer.status_code, answer.json()["error"]) == (422, "image_corrupt")
    assert counted(server, CRASHES) == 2
    assert upload(server, HEIC, "sound.heic")["width"] == 640


def test_a_poisoned_layer_leaves_its_base_deliverable(server):
    layer, base = poisoned(server)["path"], upload(server, pictures.jpeg(400, 300), "base.jpg")["path"]
    name = layer.strip("/").replace("/", "@@")
    layered = [f"/ik/default/tr:w-{width},l-image,i-{name},w-50,l-end{base}" for width in range(100, 105)]
    assert {server.fetch(path).status_code for path in layered} <= {422, 500}
    assert server.fetch(f"/ik/default/tr:w-100{base}").status_code == 200
    # Alone it is found out at the latest; from then on no worker sees it as a layer either.
    assert {server.fetch(f"/ik/default/tr:w-{width}{layer}").status_code for width in (20, 21)} <= {422, 500}
    crashes = counted(server, CRASHES)
    assert [server.fetch(path).status_code for path in layered] == [422] * 5
    assert counted(server, CRASHES) == crashes >= 2
    assert server.fetch(f"/ik/default/tr:w-101{base}").status_code == 200
