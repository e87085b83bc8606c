"""What the connection refuses before there is a request, in the words of the API whose path it is."""

import json
import socket
from urllib.parse import urlsplit

import pytest
from served import Served

HOST = "api.images.example"
LONG, MANY = "a" * 8192, "x-many: " + "x" * 11_000 + "\r\n"
IMAGEKIT = "The server's operator can help; name the request id."


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    settings = {"max_header_bytes": 10_000, "header_timeout_s": 0.5, "img_processing_hosts": HOST}
    with Served(tmp_path_factory.mktemp("unread"), **settings) as server:
        yield server


def refused(server, request: str) -> tuple[int, dict, dict]:
    """Send *request* as it is; answer the status, the headers and the body of what comes back."""
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(request.encode())
        return read(connection)


def read(connection: socket.socket) -> tuple[int, dict, dict]:
    """Read one answer, and that the server then closes."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), json.loads(body)


def get(path: str, headers: str = "", host: str = "here") -> str:
    return f"GET {path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n"


ILLS = {
    "long": (lambda path: get(path + LONG), 414, "The URL is too long."),
    "large": (lambda path: get(path, MANY), 431, "The request's headers are too large."),
    "two hosts": (lambda path: get(path, "host: there\r\n"), 400, "The request is not valid HTTP/1.1."),
    "slow": (lambda path: f"GET {path}", 408, "The request's headers did not come in time."),
}
TITLES = {
    400: "Bad Request",
    408: "Request Timeout",
    414: "Uri Too Long",
    431: "Request Header Fields Too Large",
}
ill = pytest.mark.parametrize(("request_", "status", "message"), ILLS.values(), ids=ILLS)


@ill
def test_imagekits_paths_are_refused_in_its_shape(server, request_, status, message):
    answered, headers, body = refused(server, request_("/ik/default/a.jpg"))
    assert (answered, body) == (status, {"message": message, "help": IMAGEKIT})
    assert headers["x-ik-requestid"] == headers["x-request-id"]
    assert (headers["content-type"], headers["cache-control"]) == ("application/json", "no-store")


@ill
def test_img_processings_paths_are_refused_with_a_problem(server, request_, status, message):
    answered, headers, body = refused(server, request_("/img-processing/v1/images"))
    assert (answered, body["status"], body["message"]) == (status, status, message)
    assert body["error"] == body["title"] == TITLES[status]
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-should-retry"] == ("true" if status == 408 else "false")


def test_so_are_those_of_a_host_name_that_stands_for_it(server):
    status, headers, _ = refused(server, get("/v1/images" + LONG, host=HOST))
    assert (status, headers["content-type"]) == (414, "application/problem+json")


@ill
def test_every_other_path_is_refused_with_a_code(server, request_, status, message):
    answered, headers, body = refused(server, request_("/v1/images"))
    assert (answered, body["message"]) == (status, message)
    assert body["request_id"] == headers["x-request-id"]


def test_what_is_no_request_is_refused_in_nobodys_words_also_after_one_that_was(server):
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        connection.sendall(get("/ik/default/a.jpg").encode())
        received = b""
        while not received.endswith(b"}"):
            received += connection.recv(65536)
        connection.sendall(b"hello?\r\n\r\n")
        refusal = read(connection)[2]
    assert refusal["error"] == "bad_request"
