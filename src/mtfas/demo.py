"""`mtfas demo`: the whole path on the built-in data, from rendered faces to a report, controls included."""

from dataclasses import dataclass
from pathlib import Path

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.errors import BadSetting
from mtfas.evaluation.comparison import compare
from mtfas.evaluation.runfolder import evaluate_run
from mtfas.runtime.progress import console
from mtfas.runtime.record import cores, default_threads
from mtfas.synthetic.synthesize import synthesize
from mtfas.training.grid import Job, train_all
from mtfas.training.meta_teacher import teach
from mtfas.training.settings import TrainSettings, teach_settings, train_settings

SUPERVISIONS_SHOWN = ("binary-map", "depth", "pretrained-teacher", "meta-teacher")
"""The controls stand beside the meta-teacher: same label rule, same budget, same seed."""

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
    out: Path, preset: str = "cpu", seed: int = 0, protocol: str = "grandtest", workers: int | None = None
) -> Demo:
    """Render data, teach a meta-teacher, train FAS-DR under four supervisions, and compare them.

    Args:
        out: a folder; one that an earlier demo left unfinished goes on.
        preset: tiny, cpu or paper.
        seed: of everything.
        protocol: a protocol of the built-in data.
        workers: processes; all cores by default.

    Raises:
        MtfasError: an unknown name, or a folder that holds something else.
    """
    workers = workers or cores()
    lesson = teach_settings(preset, protocol=protocol, seed=seed, threads=default_threads())
    shown = {name: _settings(preset, name, out, protocol, seed) for name in SUPERVISIONS_SHOWN}
    console.print("[bold]1/4[/bold] the built-in data: rendered faces, never real ones")
    prepared = _data(out / "data", preset, seed, workers)
    console.print("[bold]2/4[/bold] a meta-teacher learns to teach, by bi-level optimisation")
    teach(prepared, out / "teacher", lesson)
    console.print(f"[bold]3/4[/bold] FAS-DR learns under {', '.join(SUPERVISIONS_SHOWN)}")
    runs = {name: out / "runs" / name for name in shown}
    train_all([Job(name, prepared.folder, runs[name], settings) for name, settings in shown.items()], workers)
    console.print("[bold]4/4[/bold] measuring by ISO/IEC 30107-3")
    for run in runs.values():
        evaluate_run(run)
    report = compare(
        out, list(runs.items()), title="FAS-DR under four supervisions, on rendered faces", notes=NOTES,
        teacher=out / "teacher",
    )  # fmt: skip
    return Demo(report, prepared.folder, out / "teacher", runs)


def _data(folder: Path, preset: str, seed: int, workers: int) -> PreparedSet:
    if not (folder / "dataset.json").exists():
        synthesize(folder, preset=preset, seed=seed, workers=workers)
    prepared = open_prepared(folder)
    made = prepared.info
    if made.get("preset") != preset or made.get("seed") != seed:
        raise BadSetting(
            f"{folder} holds data of preset {made.get('preset')}, seed {made.get('seed')}; "
            "give another --out or remove it."
        )
    return prepared


def _settings(preset: str, supervision: str, out: Path, protocol: str, seed: int) -> TrainSettings:
    teacher = str(out / "teacher") if supervision.endswith("-teacher") else None
    return train_settings(
        preset, protocol=protocol, supervision=supervision, teacher=teacher, seed=seed, threads=1
    )
