import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from mtfas.cli import app

COMMANDS = [
    "demo", "synthesize", "prepare", "audit", "protocols", "teach", "train", "detectors", "evaluate",
    "export", "join", "analyse-teacher", "reproduce", "costs", "predict",
    "calibrate", "serve",
]  # fmt: skip


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_commands_are_these() -> None:
    names = [c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback]
    assert sorted(names) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches_with_an_example(mtfas: Callable[..., Any], command: str) -> None:
    answer = mtfas(command, "--help")
    assert answer.code == 0
    assert f"mtfas {command}" in plain(answer.out)


def test_help_loads_nothing_heavy() -> None:
    """--help is instant because neither torch nor OpenCV is imported for it."""
    code = (
        "import sys; sys.argv = ['mtfas', 'teach', '--help']\n"
        "from mtfas.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'cv2', 'polars', 'matplotlib', 'scipy', 'numpy'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "HEAVY []"


def test_the_version_is_printed(mtfas: Callable[..., Any]) -> None:
    assert mtfas("--version").out.startswith("mtfas 0.")


def test_a_misspelt_command_names_the_nearest(mtfas: Callable[..., Any]) -> None:
    answer = mtfas("evalute")
    assert answer.code == 2
    assert "evaluate" in answer.err
