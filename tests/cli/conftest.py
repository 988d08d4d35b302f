import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mtfas.cli import main

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "making"))


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What went wrong: from "mtfas: " to the end; several problems of one file have a line each."""
        return self.err[self.err.find("mtfas: ") :].strip()


@pytest.fixture
def mtfas(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run a command as a user would and return what it said."""

    def run(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["mtfas", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        code = stopped.value.code
        assert isinstance(code, int)
        said = capfd.readouterr()
        return Answer(code, said.out, said.err)

    return run
