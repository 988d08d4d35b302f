"""Run folders: what was asked, what came out, and how a run that was stopped anywhere goes on.

    run.json                 resolved settings, data, versions, hardware, commit, wall time; finished or not
    log.jsonl                one event a line
    checkpoint.safetensors   the whole state of an unfinished run, replaced atomically
    *.safetensors            the networks of a finished run

Randomness is addressed by iteration (runtime.seeds), so the checkpoint holds tensors and a counter only, and
a resumed run ends with the same bits as one that was never stopped.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from mtfas import __version__
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadRun, BadSetting
from mtfas.evaluation.runfolder import FORMAT
from mtfas.runtime import processes
from mtfas.runtime.files import read_json, sweep, write_bytes, write_json, write_text
from mtfas.runtime.record import commit, hardware, versions


@dataclass(frozen=True)
class Checkpoint:
    """The state of an unfinished run after `step` steps; `seconds` is the wall time spent so far."""

    step: int
    seconds: float
    tensors: dict[str, Tensor]


class Run:
    """A run folder that is being written; where several processes share a run, by the first of them."""

    def __init__(self, folder: Path, record: dict[str, Any]) -> None:
        self.folder = folder
        self.record = record
        self._started = time.monotonic()
        self._seconds_before = 0.0

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.record["finished"])

    @property
    def seconds(self) -> float:
        """Wall time spent on this run, earlier sittings included."""
        return self._seconds_before + time.monotonic() - self._started

    def log(self, event: str, step: int, **values: Any) -> None:
        """Append one event to log.jsonl."""
        if not processes.leads():
            return
        line = json.dumps(
            {"event": event, "step": step, "seconds": round(self.seconds, 3), **values}, allow_nan=False
        )
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def save(self, step: int, tensors: Mapping[str, Tensor]) -> None:
        """Replace the checkpoint by the state after `step` steps."""
        if not processes.leads():
            return
        note = json.dumps({"step": step, "seconds": self.seconds})
        write_bytes(self.folder / "checkpoint.safetensors", _pack(tensors, {"progress": note}))

    def resume(self) -> Checkpoint | None:
        """Return the last checkpoint, or None at the start; drop what the log says of later steps.

        Raises:
            BadRun: the checkpoint is damaged.
        """
        path = self.folder / "checkpoint.safetensors"
        if not path.exists():
            self._cut_log(-1)
            return None
        try:
            with safe_open(path, framework="pt") as file:
                note = json.loads(file.metadata()["progress"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            raise BadRun(
                f"{path} is damaged ({error}); remove {self.folder} and start the run again."
            ) from error
        self._seconds_before = float(note["seconds"])
        self._cut_log(int(note["step"]))
        return Checkpoint(int(note["step"]), float(note["seconds"]), tensors)

    def save_network(self, name: str, net: nn.Module) -> None:
        """Write a network's parameters and statistics as NAME.safetensors."""
        if processes.leads():
            write_bytes(self.folder / f"{name}.safetensors", _pack(net.state_dict(), {"mtfas": __version__}))

    def finish(self, **results: Any) -> None:
        """Mark the run as finished; the checkpoint goes."""
        self.record = {**self.record, **results, "wall_seconds": round(self.seconds, 3), "finished": True}
        if not processes.leads():
            return
        write_json(self.folder / "run.json", self.record)
        (self.folder / "checkpoint.safetensors").unlink(missing_ok=True)

    def _cut_log(self, step: int) -> None:
        path = self.folder / "log.jsonl"
        if path.exists() and processes.leads():
            kept = [event for event in _events(path) if event["step"] <= step]
            write_text(path, "".join(json.dumps(event) + "\n" for event in kept))


def open_run(
    folder: Path, kind: str, settings: Mapping[str, Any], prepared: PreparedSet, details: Mapping[str, Any]
) -> Run:
    """Start a run in a new folder, or go on with the one that is there.

    Args:
        folder: where; new, empty, or a run folder of the same kind, settings, data and version.
        kind: "teach" or "train".
        settings: resolved settings, JSON values only.
        prepared: the data.
        details: what else to record, e.g. protocol and threshold source.

    Raises:
        BadSetting: the folder holds something else.
        BadRun: it holds a run of other settings, other data or another version.
    """
    record = {
        "format": FORMAT, "mtfas": __version__, "kind": kind, "settings": dict(settings),
        "data": {"folder": str(prepared.folder.resolve()), "manifest_sha256": prepared.manifest_hash,
                 "dataset": prepared.info.get("dataset", "unknown")},
        **details, "versions": versions(), "hardware": hardware(), "commit": commit(),
        "wall_seconds": None, "finished": False,
    }  # fmt: skip
    if not processes.leads():
        processes.wait_for_all()  # until the first process has opened it
        return Run(folder, read_json(folder / "run.json"))
    run = _open(folder, record)
    processes.wait_for_all()
    return run


def _open(folder: Path, record: dict[str, Any]) -> Run:
    if folder.is_dir():
        sweep(folder)
    if (folder / "run.json").is_file():
        return Run(folder, _same_run(folder, record))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadSetting(f"{folder} already exists and is not a run folder; give another --out.")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "run.json", record)
    return Run(folder, record)


def load_network(net: nn.Module, folder: Path, name: str) -> None:
    """Read NAME.safetensors of a run folder into a network.

    Raises:
        BadRun: the file is missing, damaged, or of another network.
    """
    path = folder / f"{name}.safetensors"
    try:
        net.load_state_dict(safetensors.torch.load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadRun(
            f"{path} cannot be read as the network of run.json ({reason}); make the run again."
        ) from error


def _pack(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}
    return safetensors.torch.save(plain, metadata)


def _same_run(folder: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    found = read_json(folder / "run.json")
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("mtfas") != __version__:
        version = found.get("mtfas") if isinstance(found, dict) else "unknown"
        raise BadRun(
            f"{folder} was started by mtfas {version}, this is {__version__}; the same bits cannot be "
            "promised: remove it or give another --out."
        )
    differences = _differences(found, wanted)
    if differences:
        raise BadRun(
            f"{folder} holds another run ({'; '.join(differences)}); remove it or give another --out."
        )
    return found


def _differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    if found.get("kind") != wanted["kind"]:
        return [f"a 'mtfas {found.get('kind')}' run"]
    theirs, ours = found.get("settings", {}), wanted["settings"]
    # A teacher is its weights, not the path they were found under.
    names = sorted({*theirs, *ours} - {"teacher"})
    changed = [
        f"{key} is {theirs.get(key)!r} there, {ours.get(key)!r} here"
        for key in names
        if theirs.get(key) != ours.get(key)
    ]
    if found.get("labels", {}).get("weights_sha256") != wanted.get("labels", {}).get("weights_sha256"):
        changed.append("another teacher, or the same one taught again")
    if found.get("data", {}).get("manifest_sha256") != wanted["data"]["manifest_sha256"]:
        changed.append("other data")
    if found.get("finished"):
        return changed
    return changed + _other_versions(found.get("versions", {}), wanted["versions"])


def _other_versions(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """An unfinished run under other libraries would not end with the promised bits."""
    return [
        f"{name} was {found.get(name)}, is {now}" for name, now in wanted.items() if found.get(name) != now
    ]


def check_finite(values: Mapping[str, float], step: int, flags: str) -> None:
    """Stop a run that has diverged.

    Raises:
        BadRun: a value is not finite; the checkpoint before it stays.
    """
    broken = [name for name, value in values.items() if not math.isfinite(value)]
    if broken:
        raise BadRun(f"training diverged at step {step + 1} ({', '.join(broken)} not finite); lower {flags}.")


def _events(path: Path) -> list[dict[str, Any]]:
    """Return the events of a log up to the first line that a killed process or a power cut left damaged."""
    events = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            break
        if not isinstance(event, dict) or not isinstance(event.get("step"), int):
            break
        events.append(event)
    return events
