"""The command itself: what is wrong with it is one sentence and exit code 2; and no torch is needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from running import Running


def serve(*options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "mtfas", "serve", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stderr


def test_wrong_settings(service: Running, bundle: Path, tmp_path: Path) -> None:
    port = str(service.place[1])
    for options, words in [
        ([str(tmp_path)], "is not a bundle"),
        ([str(bundle), "--port", port], f"cannot listen on 127.0.0.1, port {port}"),
        ([str(bundle), "--max-body", "nan"], "--max-body is -1"),
        ([str(bundle), "--concurrency", "0"], "--concurrency is 0; give a finite number from 1 up"),
        ([str(bundle), "--log-format", "jason"], "did you mean 'json'"),
        ([str(bundle), "--profile", "door"], "unknown profile 'door'"),
        ([str(bundle), "--api-key-file", str(tmp_path / "no")], "cannot be read as a file of API keys"),
    ]:
        code, said = serve(*options)
        assert code == 2, said
        assert words in said
        assert "Traceback" not in said


def test_torch_is_never_imported(bundle: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None; sys.modules['polars'] = None\n"
        "from pathlib import Path; from mtfas.deploy.predictor import Predictor\n"
        "from mtfas.deploy.service.app import Service, make_app; from mtfas.deploy.service.auth import Keys\n"
        "from mtfas.deploy.service.settings import Limits; import mtfas.deploy.service.server\n"
        "make_app(Service.of(Predictor.open(Path(sys.argv[1])), Keys({}), Limits()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(bundle)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc")
def test_nothing_is_left_in_the_temporary_folder_or_open(service: Running, files: dict[str, Path]) -> None:
    descriptors = Path(f"/proc/{service.process.pid}/fd")

    def left() -> list[str]:
        links = [os.readlink(link) for link in descriptors.iterdir() if link.is_symlink()]
        return [link for link in links if "memfd" in link or "mtfas-" in link or "/tmp/upload" in link]

    with service.client() as client:
        for name in ("clip.mp4", "0.png"):
            assert client.post("/v1/check", files={"file": files[name].read_bytes()}).status_code == 200
        assert client.post("/v1/check", files={"file": files["a.jpg"].read_bytes()[:900]}).status_code == 422
    assert left() == []
