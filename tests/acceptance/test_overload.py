"""More work than the workers can do: hits are answered all the same, and the rest waits its turn or is sent away."""

import asyncio

import pytest
from crowds import counted, crowd, renders, stem, until, warmed
from served import Served

import pictures

pytestmark = pytest.mark.slow

PHOTO = pictures.jpeg(1500, 1100)


def slow(image: str, number: int) -> str:
    """Name one of many variants that take about a second each."""
    return f"{image}.gif?w={1400 - number}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Served(
        tmp_path_factory.mktemp("overload"), render_slots=2, render_queue=8, render_wait_s=120
    ) as served:
        yield warmed(served)


@pytest.fixture(scope="module")
def image(server):
    return stem(server.upload(PHOTO).json())


async def _while_overloaded(server, image, work):
    """Ask for four times what slots and queue hold; answer what came, and what *work* has seen meanwhile."""
    full, answers = asyncio.Event(), []

    def came(_, answer):
        answers.append(answer)
        if answer.status_code == 503:  # the queue is full from here on
            full.set()

    flood = asyncio.ensure_future(crowd(server, [slow(image, number) for number in range(40)], came))
    await asyncio.wait_for(full.wait(), 60)
    seen = await work(lambda: len(answers))
    await flood
    return answers, seen


def test_hits_are_answered_while_the_workers_are_saturated_and_afterwards_all_is_as_before(server, image):
    server.fetch(f"{image}.webp?w=100")

    async def hit(answered):
        before = answered()
        hits = [answer for _ in range(4) for answer in await crowd(server, [f"{image}.webp?w=100"] * 20)]
        return before, answered(), hits

    answers, (before, after, hits) = asyncio.run(_while_overloaded(server, image, hit))
    assert {(answer.status_code, answer.content) for answer in hits} == {(200, hits[0].content)}
    assert before <= after < 40  # they came back before the flood had
    assert [answer.status_code for answer in answers].count(200) in range(2 + 8, 20)
    assert server.fetch(slow(image, 50)).status_code == 200
    assert until(lambda: counted(server, "calotype_requests_in_flight") <= 1)


def test_who_finds_no_place_is_told_when_to_come_back_and_nobody_keeps_that_answer(tmp_path):
    with Served(tmp_path, render_slots=1, render_queue=1, render_wait_s=120) as server:
        image = stem(warmed(server).upload(PHOTO).json())
        answers = asyncio.run(crowd(server, [slow(image, number) for number in range(8)]))
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) in range(1, 8 - 2 + 1)
        for answer in refused:
            assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("120", "no-store")
        assert server.fetch(slow(image, answers.index(refused[0]))).status_code == 200


def test_who_waits_too_long_is_told_to_come_back(tmp_path):
    with Served(tmp_path, render_slots=1, render_wait_s=1) as server:
        image = stem(server.upload(PHOTO).json())
        answers = asyncio.run(crowd(server, [slow(image, number) for number in range(24)]))
        assert sorted({answer.status_code for answer in answers}) == [200, 503]
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 503} == {"1"}


def test_what_would_cost_too_much_is_refused_before_the_queue(tmp_path):
    with Served(tmp_path, max_render_cost=5) as server:
        image = stem(server.upload(PHOTO).json())
        assert server.fetch(f"{image}.webp?w=200").status_code == 200
        answer = server.fetch(f"{image}.avif")
        assert (answer.status_code, answer.headers["cache-control"]) == (422, "no-store")
        assert "points" in answer.text
        assert renders(server) == 1


def test_one_workspace_that_floods_the_queue_does_not_keep_another_one_out(tmp_path):
    with Served(tmp_path, render_slots=1, render_queue=8, render_wait_s=120) as server:
        image = stem(server.upload(PHOTO).json())
        server.run("workspaces", "create", "neighbour")
        server.key = server.run("keys", "create", "--workspace", "neighbour").stdout.strip()
        other = stem(server.upload(PHOTO).json())

        async def visit(answered):
            before = answered()
            [answer] = await crowd(server, [slow(other, 0)])
            return answer.status_code, answered() - before

        answers, (status, overtaken) = asyncio.run(_while_overloaded(server, image, visit))
        assert status == 200
        assert (
            overtaken <= 40 - 8 + 3
        )  # those sent away, the one that ran, the one whose turn it was, and their luck
        assert [answer.status_code for answer in answers].count(200) in {
            8,
            9,
        }  # one gave way, unless there was room by then
