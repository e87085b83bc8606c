"""Several web processes on one data directory, and what is left when their parent is gone."""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from served import Served

import pictures

pytestmark = pytest.mark.slow


def family(process):
    return psutil.Process(process.pid).children(recursive=True)


def test_two_web_processes_write_at_once_without_a_lock_error(tmp_path):
    with Served(tmp_path, workers=2, render_slots=2) as served:

        def write(number: int) -> set[int]:
            made = served.upload(pictures.jpeg(40, 30, text=str(number)), tags=f"t{number % 5}")
            path = f"/v1/media/{made.json()['id']}"
            answers = [served.client.patch(path, json={"n": str(number)}, headers=served.authorization)]
            answers.append(served.client.get("/v1/media", headers=served.authorization))
            if number % 2:
                answers.append(served.client.delete(path, headers=served.authorization))
            return {answer.status_code for answer in (made, *answers)}

        with ThreadPoolExecutor(8) as clients:
            statuses = set().union(*clients.map(write, range(120)))
        assert statuses <= {200, 201, 204}
        assert (
            len(served.client.get("/v1/media?limit=100", headers=served.authorization).json()["data"]) == 60
        )
    assert "locked" not in served.log()


@pytest.mark.parametrize("workers", [1, 2])
def test_killing_the_parent_leaves_no_child_and_the_next_start_succeeds(tmp_path, workers):
    served = Served(tmp_path, workers=workers, render_slots=2).start()
    url = served.upload(pictures.jpeg()).json()["src"]
    children = family(served.process)
    assert len(children) >= workers
    served.process.send_signal(signal.SIGKILL)
    served.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    with served:
        assert served.client.get("/" + url.split("/", 3)[3]).status_code == 200


def test_sigterm_ends_everything_with_status_0(tmp_path):
    served = Served(tmp_path, workers=2).start()
    children = family(served.process)
    assert served.stop() == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_second_server_on_the_same_data_is_refused_in_one_line(tmp_path):
    with Served(tmp_path) as served:
        second = served.run("serve")
        assert second.returncode == 1
        assert re.search(rf"in use by process {served.process.pid}", " ".join(second.stderr.split()))
        assert "Traceback" not in second.stderr


def test_a_second_start_reuses_everything_and_prints_no_key(tmp_path):
    with Served(tmp_path) as served:
        made = served.upload(pictures.jpeg()).json()
        first = served.printed
    with served:
        assert "img_live_" in first
        assert "img_live_" not in served.printed
        answer = served.client.get(f"/v1/media/{made['id']}", headers=served.authorization)
        assert answer.json()["editable"] is True


def test_a_change_in_one_process_is_seen_by_the_next_request_of_any(tmp_path):
    with Served(tmp_path, workers=2) as served:
        made = served.upload(pictures.jpeg()).json()
        for _ in range(20):  # until both hold it in memory
            assert served.fetch(made["src"], connection="close").status_code == 200
        served.client.delete(f"/v1/media/{made['id']}", headers=served.authorization)
        statuses = {served.fetch(made["src"], connection="close").status_code for _ in range(20)}
        assert statuses == {404}


def test_a_worker_killed_in_mid_render_costs_one_request(tmp_path):
    with Served(tmp_path, render_slots=1) as served, ThreadPoolExecutor(1) as other:
        src = served.upload(pictures.jpeg(3000, 2400)).json()["src"].rsplit(".", 1)[0]
        asked = other.submit(served.fetch, f"{src}.gif")  # seconds of work
        worker = _busiest(served.process)
        worker.kill()
        answer = asked.result()
        assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
        assert answer.headers["x-request-id"] in answer.text
        assert served.fetch(f"{src}.jpg?size=s").status_code == 200


def _busiest(parent):
    """The worker that is rendering: the child that uses the processor."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        before = {child.pid: sum(child.cpu_times()[:2]) for child in family(parent)}
        time.sleep(0.2)
        for child in family(parent):
            if sum(child.cpu_times()[:2]) - before.get(child.pid, 1e9) > 0.1:
                return child
    raise AssertionError("no worker is busy")
