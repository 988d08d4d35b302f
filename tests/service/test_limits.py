"""What is refused, with which status and sentence; and that nothing wrong makes the service fail."""

import contextlib
import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from malformed import MULTIPART, Request, multipart, requests
from PIL import Image
from running import KEYS, Running, raw

from mtfas.deploy.service.auth import read_keys
from mtfas.errors import BadFile
from mtfas.types import ByteImage

MALFORMED = int(os.environ.get("MTFAS_MALFORMED", "300"))
"""How many malformed requests are sent; 2000 before a release."""

SPARE_MB = 60
"""By how much the process may grow while it is sent malformed requests."""

KEY = {"X-Api-Key": KEYS["door"]}


def png(picture: ByteImage) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def error_of(response: httpx.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["message"][0].isupper()
    assert error["message"].endswith(".")
    assert "/proc/" not in error["message"]
    return response.status_code, error["code"]


def test_keys(strict: Running, files: dict[str, Path]) -> None:
    content = files["0.png"].read_bytes()
    with strict.client() as client:
        for headers, code in [
            ({}, "no_key"),
            ({"X-Api-Key": "d" * 39}, "wrong_key"),
            ({"Authorization": "Bearer x"}, "wrong_key"),
            ({"Authorization": f"Basic {KEYS['door']}"}, "no_key"),
            ({"X-Api-Key": "é"}, "wrong_key"),
        ]:
            answer = client.post(
                "/v1/check", headers=httpx.Headers(headers, "utf-8"), files={"file": content}
            )
            assert error_of(answer) == (401, code)
            assert answer.headers["www-authenticate"] == "Bearer"
        assert error_of(client.get("/v1/bundle")) == (401, "no_key")
        for headers in (KEY, {"Authorization": f"Bearer {KEYS['phone']}"}):
            assert client.post("/v1/check", headers=headers, files={"file": content}).status_code == 200
        for path in ("/", "/healthz", "/readyz", "/metrics"):
            assert client.get(path).status_code == 200
    assert {event.get("key") for event in strict.events("request")} >= {"door", "phone", None}
    assert not any(key in strict.log for key in KEYS.values())


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("", "holds no API key"),
        ("a: 0123456789abcdef\na: 0123456789abcdeg", "names 'a' again"),
        ("a: short", "shorter than 16"),
        ("just-a-key-0123456789", "is not 'NAME: KEY'"),
    ],
)
def test_key_files(tmp_path: Path, content: str, match: str) -> None:
    (tmp_path / "keys").write_text(content)
    with pytest.raises(BadFile, match=match):
        read_keys(tmp_path / "keys")


def test_each_limit(
    strict: Running, service: Running, files: dict[str, Path], heads: list[ByteImage]
) -> None:
    with service.client() as client:
        large = client.post("/v1/check", files={"file": bytes(1_000_001)})
        assert error_of(large) == (413, "body_too_large")
        at_the_limit = client.post("/v1/check", files={"file": bytes(1_000_000)})
        assert error_of(at_the_limit) == (415, "unknown_format")
        chunked = client.post(
            "/v1/check", content=iter([bytes(100_000)] * 30), headers={"Content-Type": MULTIPART}
        )
        assert error_of(chunked) == (413, "body_too_large")
        wide = png(heads[0][:1].repeat(17, 0).repeat(400, 1))  # 17 × 128000 pixels
        assert error_of(client.post("/v1/check", files={"file": wide})) == (413, "too_many_pixels")
        assert error_of(client.put("/v1/check")) == (405, "wrong_method")
        assert error_of(client.get("/v1/nothing")) == (404, "not_found")
    with strict.client(headers=KEY) as client:
        clip = files["clip.mp4"].read_bytes()
        assert error_of(client.post("/v1/check", files={"file": clip})) == (413, "too_many_frames")


def test_a_slow_body_is_given_up(strict: Running) -> None:
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEYS['door']}\r\nContent-Type: {MULTIPART}\r\n"
    with strict.connect() as connection:
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for _ in range(40):  # a byte now and then does not buy time
                connection.sendall(b"x")
                time.sleep(0.1)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(4096):
                answer += piece
        assert time.monotonic() - begun < 20
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"slow_body" in answer


def test_a_full_queue_says_come_back(strict: Running, files: dict[str, Path]) -> None:
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEYS['door']}\r\nContent-Type: {MULTIPART}\r\n"
    content = files["0.png"].read_bytes()
    with contextlib.ExitStack() as held, strict.client(headers=KEY) as client:
        for _ in range(2):  # one place to be worked on, one in the queue
            connection = held.enter_context(strict.connect())
            connection.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
        time.sleep(0.5)
        answer = client.post("/v1/check", files={"file": content})
        assert error_of(answer) == (503, "busy")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/healthz").status_code == 200
    deadline = time.monotonic() + 20
    with strict.client(headers=KEY) as client:
        while (found := client.post("/v1/check", files={"file": content})).status_code == 503:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert found.status_code == 200


def send(client: httpx.Client, request: Request) -> httpx.Response:
    return client.post(f"/v1/check{request.query}", content=request.body, headers=dict(request.headers))


@pytest.mark.slow
def test_nothing_malformed_makes_it_fail(
    service: Running, samples: dict[str, bytes], files: dict[str, Path]
) -> None:
    """4xx and a sentence where a request cannot be good, never 5xx, and the memory comes back."""
    made = list(requests(MALFORMED, samples, seed=5, max_body=1_000_000))
    with service.client() as client, ThreadPoolExecutor(4) as threads:
        for _ in range(2):  # arenas and caches are filled once
            list(threads.map(lambda request: send(client, request), made[:60]))
        before = service.rss_mb()
        answers = list(threads.map(lambda request: send(client, request), made))
        for request, answer in zip(made, answers, strict=True):
            assert answer.status_code == 200 or 400 <= answer.status_code < 500, (request.kind, answer.text)
            assert answer.status_code != 200 or not request.must_fail, request.kind
            if answer.status_code != 200:
                error_of(answer)
        good = client.post("/v1/check", files={"file": files["0.png"].read_bytes()})
        assert good.status_code == 200
    assert service.rss_mb() - before < SPARE_MB
    assert service.process.poll() is None


def test_what_is_no_http_gets_a_sentence(service: Running) -> None:
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: {MULTIPART}\r\n"
    for content in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n",
        b"GET the page, please\r\n\r\n",
        b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        f"{head}Transfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n".encode(),
        f"{head}X: {'x' * 1_000_000}\r\n\r\n".encode(),
    ):
        answer = raw(service, content)
        assert answer.startswith(b"HTTP/1.1 4"), (content[:60], answer[:200])
        assert b'"code": "bad_http"' in answer


def test_a_client_that_leaves_is_no_error(service: Running) -> None:
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: {MULTIPART}\r\n"
    body = multipart(b"x" * 500)
    with service.connect() as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:100])
    deadline = time.monotonic() + 20
    while not any(event["status"] == 499 for event in service.events("request")):
        assert time.monotonic() < deadline, service.log[-500:]
        time.sleep(0.1)
    assert not any(event["level"] == "error" for event in service.events("request"))


@pytest.mark.slow
def test_a_slow_head_is_given_up(service: Running) -> None:
    """A client that never ends the head of its request does not keep its connection."""
    with service.connect() as connection:
        connection.sendall(b"POST /v1/check HTTP/1.1\r\nHost: x\r\n")
        begun, lost = time.monotonic(), False
        while not lost and time.monotonic() - begun < 60:
            time.sleep(0.5)
            try:
                connection.sendall(b"X: y\r\n")
                connection.settimeout(0.1)
                lost = connection.recv(10) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                lost = True
        assert lost
        assert time.monotonic() - begun >= 8
