"""What the service bears: many requests at once, and thousands that are wrong.

    python benchmarks/service.py BUNDLE [--requests 1000] [--connections 32] [--malformed 2000]

Starts `mtfas serve BUNDLE` as a process of its own, with two pictures at once and room for all connections in
its queue, and asks it from this one, which takes part of the machine's time. Pictures show rendered heads
(320 × 240, PNG). Prints requests a second, latencies, lost requests, the statuses of malformed ones, and the
process' memory before and after.
"""

import argparse
import io
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "service"), str(TESTS / "making")]

from head_clips import _picture, render_heads  # noqa: E402
from malformed import Request, requests  # noqa: E402
from running import Running, running  # noqa: E402
from videos import write_video  # noqa: E402

MAX_BODY_MB = 1


def main() -> None:
    wanted = arguments()
    with tempfile.TemporaryDirectory() as folder:
        samples = make_samples(Path(folder))
    options = ["--timeout", "60", "--max-body", str(MAX_BODY_MB), "--max-pixels", "2e6"]
    with running(wanted.bundle, *options, "--queue", str(wanted.connections)) as service:
        load(service, samples["png"], wanted.requests, wanted.connections)
        malformed(service, samples, wanted.malformed)
        service.terminate()
        print(f"exit code after SIGTERM: {service.wait()}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--malformed", type=int, default=2000)
    return parser.parse_args()


def make_samples(folder: Path) -> dict[str, bytes]:
    """Return one head as a file of each kind, by ending."""
    head = _picture(render_heads(folder / "data")["live"][0], 0, np.random.default_rng(0))
    found = {}
    for ending, kind in {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}.items():
        file = io.BytesIO()
        Image.fromarray(head).save(file, kind)
        found[ending] = file.getvalue()
    for ending, codec in {"mp4": "libx264", "avi": "mjpeg"}.items():
        found[ending] = write_video(folder / f"clip.{ending}", [head] * 8, codec=codec).read_bytes()
    return found


def load(service: Running, picture: bytes, count: int, connections: int) -> None:
    """Ask for the same picture from many connections."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    with service.client(limits=limits) as client, ThreadPoolExecutor(connections) as threads:

        def ask(_: int) -> tuple[int, float]:
            begun = time.perf_counter()
            try:
                status = client.post("/v1/check", files={"file": picture}).status_code
            except httpx.HTTPError:
                status = 0
            return status, time.perf_counter() - begun

        list(threads.map(ask, range(2 * connections)))
        begun = time.perf_counter()
        found = list(threads.map(ask, range(count)))
        seconds = time.perf_counter() - begun
    times = np.array([took for _, took in found]) * 1000
    lost = sum(status != 200 for status, _ in found)
    print(f"{count} requests over {connections} connections: {count / seconds:.1f} a second, {lost} lost")
    print(f"latency p50 {np.percentile(times, 50):.0f} ms, p99 {np.percentile(times, 99):.0f} ms")
    alone = [single(service, picture) for _ in range(50)]
    print(f"one after another: p50 {np.percentile(alone, 50):.1f} ms, p99 {np.percentile(alone, 99):.1f} ms")


def single(service: Running, picture: bytes) -> float:
    with service.client() as client:
        client.get("/healthz")  # the connection is open
        begun = time.perf_counter()
        client.post("/v1/check", files={"file": picture})
        return 1000 * (time.perf_counter() - begun)


def malformed(service: Running, samples: dict[str, bytes], count: int) -> None:
    """Send what is wrong in every way known to us."""
    made = list(requests(count, samples, seed=0, max_body=MAX_BODY_MB * 1_000_000))
    with service.client() as client, ThreadPoolExecutor(4) as threads:

        def send(request: Request) -> int:
            path, headers = f"/v1/check{request.query}", dict(request.headers)
            return client.post(path, content=request.body, headers=headers).status_code

        list(threads.map(send, made[:100]))
        before = service.rss_mb()
        statuses = Counter(threads.map(send, made))
    print(f"{count} malformed requests: {dict(sorted(statuses.items()))}")
    print(f"resident memory {before:.0f} MB before, {service.rss_mb():.0f} MB after")


if __name__ == "__main__":
    main()

# 2026-11-26, 2-core x86-64 (AMD EPYC), ONNX Runtime 1.32, OpenCV 4.14, FAS-DR-Light at 64 px. Other
# programs kept both cores busy (load 3 to 4.5), so the times are upper bounds; so did the client.
#
# python benchmarks/service.py bundle
# 1000 requests over 32 connections: 31.0 a second, 0 lost
# latency p50 1020 ms, p99 1400 ms
# one after another: p50 82.5 ms, p99 103.6 ms
# 2000 malformed requests: {200: 140, 400: 517, 413: 300, 415: 458, 422: 585}
# resident memory 188 MB before, 209 MB after
# exit code after SIGTERM: 0
#
# Nearly all of the time is the search for the face, not the network: find_faces takes 29 ms of the 33 ms of
# Predictor.picture (medians of 40 calls, cv2.setNumThreads(1)).
# The 200s are files with a few wrong bytes that can still be decoded.
