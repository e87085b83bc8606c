"""Five hundred clients who want the same cold picture at once, over two web processes: the work is done once (V3)."""

import pytest
from crowds import at_once, counted, renders, stem, until
from served import Served

import pictures

pytestmark = pytest.mark.slow

CLIENTS = 500
WIRE = 'calotype_requests_total{method="GET",route="/cdn/{storage}/{file}",status="2xx"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("herd"), workers=2, render_slots=2) as served:
        yield served


def herd(server, path):
    """Send them all; answer how many decodes that took and what they got."""
    before, answered = (renders(server), renders(server, "measure")), counted(server, WIRE)
    answers = at_once(server, [path] * CLIENTS)
    # What another process has counted is seen within a second.
    assert until(lambda: counted(server, WIRE) == answered + CLIENTS)
    took = renders(server) - before[0], renders(server, "measure") - before[1]
    return took, {(answer.status_code, answer.headers["etag"], answer.content) for answer in answers}


def test_five_hundred_clients_on_one_cold_address_cause_one_decode_and_get_equal_answers(server):
    image = stem(server.upload(pictures.jpeg(2400, 1800)).json())
    (rendered, measured), answers = herd(server, f"{image}.webp?w=900&blur=20")
    assert (rendered, measured, len(answers)) == (1, 0, 1)
    [(status, _, body)] = answers
    assert (status, body[8:12]) == (200, b"WEBP")


def test_what_only_the_pixels_tell_is_measured_once_for_all_of_them(server):
    image = stem(server.upload(pictures.jpeg(2400, 1800)).json())
    (rendered, measured), answers = herd(server, f"{image}.jpg?w=300&h=300&fit=cover&gravity=face")
    assert (rendered, measured, len(answers)) == (1, 1, 1)
    assert {status for status, _, _ in answers} == {200}


def test_a_copy_of_an_original_without_its_place_is_made_once_for_all_of_them(server):
    made = server.upload(pictures.jpeg(800, 600, gps=pictures.PLACE)).json()
    before = renders(server, "blank_gps")
    answers = at_once(server, [f"{stem(made)}.jpg"] * CLIENTS)
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert until(lambda: renders(server, "blank_gps") == before + 1)
