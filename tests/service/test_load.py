"""Many at once, none lost; and a stop in the middle of it loses none either."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from running import Running, running

CONNECTIONS, REQUESTS = 32, 200


def test_none_of_many_is_lost_and_all_are_right(service: Running, files: dict[str, Path]) -> None:
    """The same file gets the same score, alone and among others."""
    names = [name for name in files if name.endswith("png")]
    contents = {name: files[name].read_bytes() for name in names}
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    with service.client(limits=limits) as client, ThreadPoolExecutor(CONNECTIONS) as threads:

        def ask(name: str) -> tuple[object, ...]:
            response = client.post("/v1/check", files={"file": contents[name]})
            assert response.status_code == 200, response.text
            found = response.json()
            return found["verdict"], found["score"], found["reason"], str(found["box"])

        alone = {name: ask(name) for name in names}
        asked = [names[number % len(names)] for number in range(REQUESTS)]
        assert list(threads.map(ask, asked)) == [alone[name] for name in asked]


def test_a_stop_under_load_loses_nothing(bundle: Path, files: dict[str, Path]) -> None:
    """After SIGTERM: /readyz says no, what was begun is answered, what comes is told to go, exit 0."""
    content, statuses, stopped = files["0.png"].read_bytes(), [], threading.Event()
    with running(bundle, "--timeout", "60") as service:

        def ask(_: int) -> None:
            with service.client() as client:
                while not stopped.is_set():
                    statuses.append(client.post("/v1/check", files={"file": content}).status_code)
                    if statuses[-1] == 503:
                        return

        with ThreadPoolExecutor(8) as threads, service.client() as other:
            assert other.get("/readyz").status_code == 200
            asking = [threads.submit(ask, number) for number in range(8)]
            while len(statuses) < 16:
                time.sleep(0.05)
            service.terminate()
            ready = other.get("/readyz")
            while ready.status_code == 200:
                ready = other.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["error"]["code"] == "draining"
            for one in asking:
                one.result(60)  # raises where a request got no answer
        assert service.wait() == 0
        assert set(statuses) == {200, 503}
        assert service.events("stopped")[0]["unfinished"] == 0
