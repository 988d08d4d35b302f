"""`mtfas demo`: the whole path on the built-in data, from rendered faces to a report, controls included."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadSetting
from mtfas.evaluation.comparison import compare
from mtfas.evaluation.runfolder import evaluate_run
from mtfas.runtime.progress import console
from mtfas.runtime.record import cores
from mtfas.supervision import SUPERVISIONS
from mtfas.synthetic.synthesize import synthesize
from mtfas.training.grid import Job, run_all
from mtfas.training.settings import TrainSettings, teach_settings, train_settings

SUPERVISIONS_SHOWN = ("binary-map", "depth", "pretrained-teacher", "meta-teacher")
"""The controls stand beside the meta-teacher: same label rule, same budget, same seed."""

DOMAINS_OF = {"oulu": "o", "casia": "c", "replay": "i", "msu": "m", "ocim": "ocim"}
"""Domains that a family of protocols needs; the others are shown on domain S, which has every species."""

FRAMES = {"cpu": 4}
"""Frames of a clip where the preset's would make the demonstration too long."""

NOTES = (
    "Every face here is rendered: these figures say how the method behaves on the built-in benchmark, "
    "nothing about real cameras or real attacks.",
    "All detectors have the same network, first weights, batches and number of iterations; only the "
    "supervision differs. The pretrained teacher is the meta-teacher before its bi-level phase, under the "
    "same label rule.",
    "One seed and one small test set: where intervals overlap, the order may be chance.",
)


@dataclass(frozen=True)
class Demo:
    """Where the demonstration left its parts."""

    report: Path
    data: Path
    teacher: Path
    runs: dict[str, Path]


def demo(
    out: Path,
    preset: str = "cpu",
    seed: int = 0,
    protocol: str = "grandtest",
    workers: int | None = None,
    device: str = "cpu",
) -> Demo:
    """Render data, teach a meta-teacher, train a detector under four supervisions, and compare them.

    Args:
        out: a folder; one that an earlier demo left unfinished goes on.
        preset: tiny, cpu or paper.
        seed: of everything.
        protocol: a protocol of the built-in data.
        workers: processes; all cores by default.
        device: "cpu", or "cuda" for the learning (then one run at a time, unless `workers` says more).

    Raises:
        MtfasError: an unknown name, or a folder that holds something else.
    """
    rendering, learning = workers or cores(), workers or (cores() if device == "cpu" else 1)
    common = {"protocol": protocol, "seed": seed, "threads": 1, "device": device}
    lesson = teach_settings(preset, **common)
    shown = {name: _settings(preset, name, out, common) for name in SUPERVISIONS_SHOWN}
    _announce(1, "the built-in data: rendered faces, never real ones")
    prepared = _data(out / "data", preset, seed, DOMAINS_OF.get(protocol.partition(":")[0], "s"), rendering)
    select(prepared, protocol)  # a misspelt one is told before anything is learned
    jobs = {
        name: Job(f"{settings.detector} under {name}", prepared.folder, out / "runs" / name, settings)
        for name, settings in shown.items()
    }
    _announce(2, "a meta-teacher learns to teach; meanwhile a detector learns from handcrafted labels")
    teacher = Job("the meta-teacher", prepared.folder, out / "teacher", lesson)
    run_all([teacher, *(job for name, job in jobs.items() if not needs_teacher(name))], learning)
    _announce(3, "the detector learns from the teacher, and from the teacher as it was before")
    run_all([job for name, job in jobs.items() if needs_teacher(name)], learning)
    _announce(4, "measuring by ISO/IEC 30107-3")
    runs = {name: job.out for name, job in jobs.items()}
    return Demo(_report(out, runs), prepared.folder, out / "teacher", runs)


def _announce(step: int, what: str) -> None:
    console.print(f"[bold]{step}/4[/bold] {what}", highlight=False)


def _report(out: Path, runs: dict[str, Path]) -> Path:
    for run in runs.values():
        evaluate_run(run)
    title = "One detector under four supervisions, on rendered faces"
    return compare(out, list(runs.items()), title=title, notes=NOTES, teacher=out / "teacher")


def _data(folder: Path, preset: str, seed: int, domains: str, workers: int) -> PreparedSet:
    if not (folder / "dataset.json").exists():
        synthesize(
            folder, preset=preset, seed=seed, workers=workers, domains=domains, frames=FRAMES.get(preset)
        )
    prepared = open_prepared(folder)
    made = prepared.info
    found = made.get("preset"), made.get("seed"), "".join(sorted(made.get("frames") or "none"))
    if found != (preset, seed, "".join(sorted(domains))):
        raise BadSetting(
            f"{folder} holds data of preset {found[0]}, seed {found[1]}, domains {found[2]}; "
            "give another --out or remove it."
        )
    return prepared


def needs_teacher(supervision: str) -> bool:
    """Whether a supervision takes its labels from a run of `mtfas teach`."""
    return SUPERVISIONS[supervision].needs_run


def _settings(preset: str, supervision: str, out: Path, common: dict[str, Any]) -> TrainSettings:
    teacher = str(out / "teacher") if needs_teacher(supervision) else None
    return train_settings(preset, supervision=supervision, teacher=teacher, **common)
