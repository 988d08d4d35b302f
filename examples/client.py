"""Ask a running `mtfas serve`: python examples/client.py face.jpg [http://127.0.0.1:8000 [API-KEY]]."""

import sys
from pathlib import Path

import httpx


def check(path: str, url: str = "http://127.0.0.1:8000", key: str = "") -> dict:
    """Return the answer, or end with what is wrong."""
    with Path(path).open("rb") as file:
        answer = httpx.post(f"{url}/v1/check", files={"file": file}, headers={"X-Api-Key": key}, timeout=30)
    found = answer.json()
    if "error" in found:
        sys.exit(f"{answer.status_code} {found['error']['code']}: {found['error']['message']}")
    return found


if __name__ == "__main__":
    found = check(*sys.argv[1:])
    print(found["verdict"], found["score"] if found["score"] is not None else found["advice"])
