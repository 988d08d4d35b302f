"""Options that several commands share, and how answers are printed."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

Data = Annotated[Path, typer.Argument(help="A prepared data set.")]
ProtocolName = Annotated[
    str, typer.Option(help="Whose training faces to use; 'mtfas protocols DATA' lists them.")
]
Out = Annotated[Path, typer.Option(help="The run folder; an unfinished run in it goes on.")]
Tensorboard = Annotated[bool, typer.Option("--tensorboard", help="Also write TensorBoard events.")]
Preset = Annotated[str, typer.Option(help="tiny, cpu or paper: how long, how many faces a batch.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same bits.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout and nothing else there.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes; all cores by default. Never changes the result.")
]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of torch; all cores by default.")]


def answer(content: Any) -> None:
    """Print one JSON value on stdout."""
    print(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def count_words(counts: dict[str, int]) -> str:
    """Return counts in words: "6 faces, 3 live"."""
    return ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counts.items())


def write_tensorboard(run: Path, wanted: bool) -> None:
    """Turn a run's log into TensorBoard events, where that was asked for, and print where they are."""
    if wanted:
        from mtfas.training.tensorboard import export_log

        print(export_log(run))
