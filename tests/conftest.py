"""What every test shares: one thread each, no network, and the folder of real data where there is one."""

import os

# Before torch or OpenBLAS is loaded: the tests already run one process a core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import socket
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: a busy machine is no bug. In continuous integration the same examples every time.
settings.register_profile("patient", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def real_data() -> Path:
    """A folder with portraits/ (real photographs) and scores/ (real score files); skips without one."""
    folder = Path(os.environ.get("MTFAS_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "portraits").is_dir() or not (folder / "scores").is_dir():
        pytest.skip(f"no real data in {folder} (set MTFAS_REAL_DATA to a folder with portraits/ and scores/)")
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in mtfas reaches outside this machine at run time."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in {"127.0.0.1", "localhost", "::1", "local"}:
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(scope="session")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny built-in data set; tests read it and never change it."""
    from mtfas.synthetic.synthesize import synthesize

    folder = tmp_path_factory.mktemp("built-in") / "data"
    synthesize(folder, preset="tiny", seed=3, workers=1)
    return folder
