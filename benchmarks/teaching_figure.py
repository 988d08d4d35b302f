"""Differences of AUC between ways of teaching, cell by cell, as a picture of a stage's digest.

    python benchmarks/teaching_figure.py results/teaching/final.json docs/pictures/teaching-final.svg
        [--against "binary map;depth;pretrained teacher, raw"] [--rows NAME;NAME]

A point is one protocol and seed, a diamond the mean; the bar is the wider of Student's 95 % interval and the
one that draws protocols and seeds, at each end. Points right of the line: the row is better than the control.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from mtfas.errors import BadSetting, chosen_names, in_one_sentence
from mtfas.evaluation.figure import INK, PALETTE, figure_style, new_rows, picture
from mtfas.metrics.paired import Paired, paired
from mtfas.paper.study import Score, scores_from
from mtfas.runtime.files import read_json, write_bytes

AGAINST = "binary map;depth;pretrained teacher, raw"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("digest", type=Path)
    parser.add_argument("picture", type=Path, help="an .svg file")
    parser.add_argument("--against", default=AGAINST, help="controls with ';' between them, a panel each")
    parser.add_argument("--rows", help="names with ';' between them; all by default")
    return parser.parse_args()


def areas(scores: list[Score], row: str) -> dict[tuple[str, int], float]:
    return {(score.protocol, score.seed): 100 * score.auc for score in scores if score.row == row}


def draw(axes: Axes, scores: list[Score], rows: list[str], control: str, colours: dict[str, str]) -> None:
    """Draw a panel: every row's differences from one control."""
    theirs = areas(scores, control)
    for place, row in enumerate(rows):
        own = areas(scores, row)
        for pair in sorted(own.keys() & theirs.keys()) if row != control else ():
            shift = 0.6 * (list(colours).index(pair[0]) + 1) / (len(colours) + 1) - 0.3
            axes.plot(own[pair] - theirs[pair], place + shift, "o", ms=3.2, alpha=0.75, mew=0,
                      color=colours[pair[0]])  # fmt: skip
        if row != control:
            mark_mean(axes, place, paired(own, theirs))
    axes.axvline(0, color=INK, lw=0.9)
    axes.set_title(f"− {control}", fontsize=9.5)
    axes.set_xlabel("AUC on test, points", fontsize=9)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(ylim=(len(rows) - 0.5, -0.5))
    axes.grid(True, axis="x")
    axes.tick_params(axis="y", length=0)


def mark_mean(axes: Axes, place: int, found: Paired) -> None:
    """Draw the mean and the outer ends of both intervals; nothing where no pair has both."""
    if not found.pairs:
        return
    low, high = np.fmin(found.t.low, found.drawn.low), np.fmax(found.t.high, found.drawn.high)
    axes.plot([low, high], [place, place], color=INK, lw=1.6, zorder=3)
    axes.plot(found.mean, place, "D", ms=5.5, mfc="white", mec=INK, zorder=4)


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    if wanted.picture.suffix != ".svg":
        raise BadSetting(f"the picture is an SVG, got {wanted.picture}; give a name that ends in .svg.")
    scores = scores_from(read_json(wanted.digest))
    known = list(dict.fromkeys(score.row for score in scores))
    rows = chosen_names(wanted.rows, "row", known) if wanted.rows else known
    controls = chosen_names(wanted.against, "row", known)
    protocols = list(dict.fromkeys(score.protocol for score in scores))
    colours = {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(protocols)}
    with figure_style():
        figure, panels = new_rows(3.4 + 2.5 * len(controls), 1.5 + 0.42 * len(rows), 1, len(controls))
        for axes, control in zip(panels, controls, strict=True):
            draw(axes, scores, rows, control, colours)
        for axes in panels[1:]:
            axes.set_yticklabels([])
        handles = [
            axes.plot([], [], "o", ms=5, color=colour, label=name)[0] for name, colour in colours.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
        write_bytes(wanted.picture, picture(figure))
    print(wanted.picture)


if __name__ == "__main__":
    main()
