"""Atomic files and folders: what is half-written is never seen under its own name."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtfas.errors import BadFile, BadSetting

SCRAP = ".mtfas-partial"
"""How the names of files end that are still being written."""


def sweep(folder: Path) -> None:
    """Remove what a process that was killed inside `write_bytes` left in a folder."""
    for scrap in folder.rglob(f".*{SCRAP}"):
        scrap.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Raises:
        OSError: the disk is full or the folder is not writable; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=SCRAP)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically, keys in the order given, numbers at full precision."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        BadFile: the file is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadFile(f"{path} does not exist.") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadFile(f"{path} is not valid JSON ({error}); restore it or make the folder again.") from error


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def refuse_existing(folder: Path) -> None:
    """Raise when an output folder already holds something.

    Raises:
        BadSetting: the path is a file, or a folder that is not empty.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise BadSetting(f"{folder} already exists; remove it or give another output folder.")


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a scratch folder that takes the wanted name only when the block ends well.

    On any error, Ctrl-C included, the scratch folder is removed. A scratch folder that a killed process left
    behind is removed by the next attempt.

    Raises:
        BadSetting: the wanted folder already exists and is not empty.
    """
    refuse_existing(folder)
    scratch = folder.parent / f".{folder.name}.partial"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
        if folder.is_dir():
            folder.rmdir()
        os.replace(scratch, folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


UNFINISHED = "unfinished"
"""The part of an unfinished folder that is not in the finished one."""


@contextlib.contextmanager
def unfinished_folder(folder: Path, plan: Any) -> Iterator[Path]:
    """Give a scratch folder that an interrupted attempt leaves for the next one to go on with.

    It takes the wanted name when the block ends well; what lies under UNFINISHED in it is removed then. After
    an error or Ctrl-C it stays, and the same plan gets it back.

    Args:
        folder: the wanted folder.
        plan: what will be made, as JSON; an attempt with another plan must not mix with this one.

    Raises:
        BadSetting: the wanted folder is not empty, or an unfinished attempt had another plan.
    """
    refuse_existing(folder)
    scratch = folder.parent / f".{folder.name}.unfinished"
    note, plan = scratch / UNFINISHED / "plan.json", json.loads(json.dumps(plan))
    if note.is_file() and read_json(note) != plan:
        raise BadSetting(
            f"{scratch} holds an unfinished attempt at {folder} with other settings; "
            "give the same settings to go on with it, or remove it."
        )
    write_json(note, plan)
    yield scratch
    shutil.rmtree(scratch / UNFINISHED)
    if folder.is_dir():
        folder.rmdir()
    os.replace(scratch, folder)
