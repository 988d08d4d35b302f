"""Options that several commands share, and how answers are printed."""

import json
from typing import Annotated, Any

import typer

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
