"""The command that measures how much of the hypergradient is signal."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from mtfas.cli.options import Data, Json, Preset, ProtocolName, Seed, Threads, answer
from mtfas.errors import BadSetting

if TYPE_CHECKING:
    from mtfas.bench.signal import Row

Value = TypeVar("Value")


def _axis(help: str) -> Any:
    return typer.Option(help=help, rich_help_panel="Varied: one value or several, comma-separated")


def signal(
    data: Data,
    protocol: ProtocolName = "grandtest",
    preset: Preset = "cpu",
    higher_batch: Annotated[
        str,
        _axis("L_v looks at: train, unseen-subjects, unseen-species, unseen-cameras, unseen-datasets."),
    ] = "train",
    faces: Annotated[str | None, _axis("MxN, faces per class in Φ_t and Φ_v: 20x10,40x40.")] = None,
    inner_steps: Annotated[str | None, _axis("Steps of the surrogate on Φ_t.")] = None,
    alpha: Annotated[str | None, _axis("Rate of the inner steps (Eq. 6).")] = None,
    pretrain_iterations: Annotated[str | None, _axis("Before the measurement, with the preset's M.")] = None,
    yardstick: Annotated[
        str, _axis("L_v compares with: class, or frozen; momentum and self equal frozen before any update.")
    ] = "class,frozen",
    surrogates: Annotated[
        str, _axis("Average over how many surrogates, each of its own seed and age in pretraining.")
    ] = "1",
    held_out: Annotated[
        str | None, typer.Option(help="Which species, camera or data set is unseen; else by the seed.")
    ] = None,
    batches: Annotated[int, typer.Option(min=3, help="How many pairs of batches are drawn.")] = 32,
    json: Json = False,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """How much of the hypergradient is signal, how much noise of the batches, and what the signal says.

    At a pretrained state, nothing updated: the coherent fraction ‖E g‖² / E‖g‖² of the hypergradient, and by
    PAI species whether the change that L_v wants of the labels lies where the attack is, and whether it is a
    change of their level. A row for each combination of the varied options.

    Example: mtfas bench signal data/built-in --higher-batch train,unseen-species --faces 20x10,40x40
    """
    from mtfas.bench.signal import as_json
    from mtfas.bench.signal import signal as measure
    from mtfas.bench.signal_cases import Axes, cases
    from mtfas.data.manifest import open_prepared
    from mtfas.runtime.record import default_threads
    from mtfas.training.settings import teach_settings

    axes = Axes(
        higher_batch=_values("--higher-batch", higher_batch, str, "names"),
        faces=_values("--faces", faces, _pair, "pairs like 20x10"),
        inner_steps=_values("--inner-steps", inner_steps, int, "whole numbers"),
        alpha=_values("--alpha", alpha, float, "numbers"),
        pretrain_iterations=_values("--pretrain-iterations", pretrain_iterations, int, "whole numbers"),
        yardstick=_values("--yardstick", yardstick, str, "names"),
        surrogates=_values("--surrogates", surrogates, int, "whole numbers"),
    )
    base = teach_settings(preset, protocol=protocol, seed=seed, threads=threads or default_threads())
    chosen = cases(base, axes, held_out)
    measured = measure(open_prepared(data), base, chosen, batches)
    if json:
        answer(as_json(base, batches, measured))
    else:
        _print(measured, batches)


def _values(flag: str, text: str | None, read: Callable[[str], Value], what: str) -> list[Value]:
    """Return the comma-separated values, each once; none where nothing was given."""
    words = [] if text is None else [word.strip() for word in text.split(",")]
    try:
        if "" in words:
            raise ValueError("nothing between two commas")
        return list(dict.fromkeys(read(word) for word in words))
    except ValueError as error:
        raise BadSetting(f"{flag} takes {what}, separated by commas; got '{text}'.") from error


def _pair(word: str) -> tuple[int, int]:
    m, n = word.lower().split("x")
    return int(m), int(n)


def _print(rows: "Sequence[Row]", batches: int) -> None:
    print(
        f"{batches} batches; coherent: the part of E‖g‖² that is ‖E g‖², with its standard error; placed: the"
    )
    print("same without the labels' common level; needed: batches whose mean has as much signal as noise")
    print(
        f"{'row':>3} {'higher batch':<15} {'M×N':>7} {'steps':>5} {'α':>6} {'pretrained':>10} "
        f"{'yardstick':<9} {'surrogates':>10} {'coherent':>17} {'placed':>17} {'needed':>7} "
        f"{'norm':>8} {'L_v':>7}"
    )
    for k, row in enumerate(rows, start=1):
        coherent = f"{row.coherent:>8.3f} ± {row.coherent_se:.4f}"
        placed = f"{row.placed:>8.3f} ± {row.placed_se:.4f}"
        needed = "–" if row.batches_needed is None else f"{row.batches_needed:.1f}"
        print(
            f"{k:>3} {row.higher_batch:<15} {f'{row.m}×{row.n}':>7} {row.inner_steps:>5} {row.alpha:>6g} "
            f"{row.pretrain_iterations:>10} {row.yardstick:<9} {row.surrogates:>10} "
            f"{coherent} {placed} {needed:>7} {row.norm:>8.1e} {row.outer_loss:>7.4f}"
        )
    print(
        "\nThe change L_v wants of the labels. Region: its correlation with the true attack region over the"
    )
    print("cells of a face. Level: its mean, in root mean squares of a batch's whole change.")
    for k, row in enumerate(rows, start=1):
        _print_species(k, row)


def _print_species(k: int, row: "Row") -> None:
    title = f"row {k}" + (f", held out: {row.held_out}" if row.held_out else "")
    print(f"{title}\n    {'PAI species':<22} {'level':>14} {'region':>16} {'faces':>7}")
    for name, level in row.level.items():
        region = row.region.get(name)
        where, faces = ("–", "") if region is None else (_with_se(region.mean, region.se), region.faces)
        print(f"    {name:<22} {_with_se(level.mean, level.se)} {where:>16} {faces:>7}".rstrip())


def _with_se(mean: float, se: float | None) -> str:
    return f"{mean:+.3f} ± {'–' if se is None else f'{se:.3f}':<5}"
