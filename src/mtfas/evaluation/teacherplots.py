"""The figures of a study of teachers: agreement, localisation, levels, and faces with their maps."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from PIL import Image

from mtfas.evaluation.figure import (
    INK,
    PALETTE,
    data_uri,
    figure_style,
    line_style,
    new_figure,
    new_rows,
    short_names,
)
from mtfas.evaluation.localisation import Localisation
from mtfas.evaluation.maps import inside
from mtfas.evaluation.teachers import Findings, TeacherFindings, TeacherStudy
from mtfas.types import FloatArray

SPECIES_IN_FIGURE = 6
"""The picture for documents shows one face of as many species at most."""


def agreement_plot(study: TeacherStudy, kind: str = "svg") -> str | None:
    """Return the agreement of every two teachers as a heat map, a data URI; None where there is only one."""
    if len(study.teachers) < 2:
        return None
    names, side = short_names(study.names), len(study.names)
    with figure_style():
        figure, axes = new_figure(2.9 + 0.62 * side, 2.1 + 0.62 * side)
        image = axes.imshow(study.agreement, cmap="RdBu_r", vmin=-1, vmax=1)
        for (row, column), value in np.ndenumerate(study.agreement):
            ink = "white" if abs(value) > 0.6 else INK
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=9)
        axes.set_xticks(range(side), names, rotation=35, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(side), names)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        figure.colorbar(image, ax=axes, shrink=0.8, label="correlation of two maps of a face")
        return data_uri(figure, kind)


def localisation_plot(study: TeacherStudy, kind: str = "svg") -> str | None:
    """Return bars of the correlation with the attack region by partial species and teacher, a data URI.

    None where nothing could be localised.
    """
    if not any(found.partial and found.partial.localisation for found in study.teachers):
        return None
    groups = [*study.partial, "all partial attacks"]
    with figure_style():
        figure, axes = _bars(study, groups, _localisations)
        _mark_fixed(axes, study)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_xlabel("correlation of the map with the attack region")
        return data_uri(figure, kind)


def level_plot(study: TeacherStudy, kind: str = "svg") -> str:
    """Return bars of the maps' mean level, as a share of the range, on bona fide and each species."""
    groups = ["bona fide", *study.coverage]
    with figure_style():
        figure, axes = _bars(study, groups, _levels)
        axes.set(xlim=(0, 1))
        axes.axhline(0.5, color=INK, lw=0.6)
        axes.set_xlabel("mean level of the map, as a share of its range")
        return data_uri(figure, kind)


LEGEND_LETTERS = 60
"""Letters of names that a legend has room for side by side."""

Cell = tuple[float, float, float]
"""A bar: its value and the ends of its whisker, NaN where there is none."""


def _bars(
    study: TeacherStudy, groups: Sequence[str], cells: Callable[[TeacherStudy, TeacherFindings], list[Cell]]
) -> tuple[Figure, Axes]:
    count = len(study.teachers)
    figure, axes = new_figure(7.6, 1.4 + len(groups) * max(0.34, 0.17 * count + 0.08))
    for index, found in enumerate(study.teachers):
        values = np.array(cells(study, found))
        places = np.arange(len(groups)) + (index - (count - 1) / 2) * 0.8 / count
        axes.barh(places, np.nan_to_num(values[:, 0]), height=0.72 / count, **_fill(index))
        for place, (value, low, high) in zip(places, values, strict=True):
            if np.isfinite([value, low, high]).all():
                spread = [[max(0.0, value - low)], [max(0.0, high - value)]]
                axes.errorbar(value, place, xerr=spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)
    axes.set_yticks(range(len(groups)), short_names(groups))
    axes.set(ylim=(len(groups) - 0.45, -0.55))
    axes.grid(True, axis="x")
    _name(axes, study)
    return figure, axes


def _name(axes: Axes, study: TeacherStudy) -> None:
    names = short_names(study.names)
    handles = [Patch(label=name, **_fill(index)) for index, name in enumerate(names)]
    # Three short names stand side by side; long ones would run out of the picture.
    columns = max(1, min(3, LEGEND_LETTERS // max(map(len, names))))
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.2)


def _fill(index: int) -> dict[str, Any]:
    """Return the look of a teacher's bars; hatched where the colours have run out."""
    hatch = "//" if index >= len(PALETTE) else None
    return {
        "facecolor": line_style(index)["color"],
        "alpha": 0.85,
        "hatch": hatch,
        "edgecolor": "white",
        "lw": 0,
    }


def _mark_fixed(axes: Axes, study: TeacherStudy) -> None:
    """Set a diamond where a fixed map of the teacher's would end."""
    count = len(study.teachers)
    for index, found in enumerate(study.teachers):
        for row, findings in enumerate(_partial_findings(study, found)):
            if findings and findings.localisation:
                place = row + (index - (count - 1) / 2) * 0.8 / count
                axes.plot(findings.localisation.fixed, place, "D", ms=4, mfc="white", mec=INK, zorder=4)


def _partial_findings(study: TeacherStudy, found: TeacherFindings) -> list[Findings | None]:
    return [*(found.species[name] for name in study.partial), found.partial]


def _localisations(study: TeacherStudy, found: TeacherFindings) -> list[Cell]:
    each = _partial_findings(study, found)
    return [_located(findings.localisation if findings else None) for findings in each]


def _located(found: Localisation | None) -> Cell:
    if found is None:
        return float("nan"), float("nan"), float("nan")
    return found.correlation, found.correlation_interval.low, found.correlation_interval.high


def _levels(study: TeacherStudy, found: TeacherFindings) -> list[Cell]:
    shapes = [found.live, *(found.species[name].shape for name in study.coverage)]
    return [(shape.level / found.teacher.high, float("nan"), float("nan")) for shape in shapes]


def faces_plot(study: TeacherStudy, data: Path, shown: Sequence[int], said: str, kind: str = "png") -> str:
    """Return faces with region and every teacher's maps before and after, for documents; a data URI.

    Args:
        study: the study.
        data: the prepared data folder.
        shown: which attack faces, one row each.
        said: what must be said of the data, written under the figure.
        kind: "png" or "svg".
    """
    heads = ["face", "region", *(head for found in study.teachers for head in _heads(found))]
    with figure_style():
        size = 1.15 * len(heads), 1.2 * len(shown) + 0.9
        figure, axes = new_rows(max(size[0], 4.0), size[1], len(shown), len(heads))
        for row, face in enumerate(shown):
            _face_row(axes[row * len(heads) : (row + 1) * len(heads)], study, data, face)
        for here, head in zip(axes, heads, strict=False):
            here.set_title(head, fontsize=8, loc="center", fontweight="normal")
        if said:
            figure.supxlabel(said, fontsize=8)
        return data_uri(figure, kind)


def _heads(found: TeacherFindings) -> list[str]:
    name = short_names([found.teacher.name], 15)[0]
    return [name] if found.teacher.start is None else [f"{name}\nstart", f"{name}\nfinal"]


def _face_row(axes: Sequence[Axes], study: TeacherStudy, data: Path, face: int) -> None:
    row = study.faces.attacks.row(face, named=True)
    pictures: list[tuple[FloatArray, float]] = [(study.faces.region[face], 1.0)]
    for found in study.teachers:
        teacher = found.teacher
        maps = [teacher.final] if teacher.start is None else [teacher.start, teacher.final]
        pictures += [(each[face], teacher.high) for each in maps]
    for here in axes:
        here.set(xticks=[], yticks=[])
        here.spines[:].set_visible(False)
    path = inside(data, row["image"])
    if path is not None:
        with Image.open(path) as opened:
            axes[0].imshow(np.asarray(opened.convert("RGB")))
    axes[0].set_ylabel(short_names([row["species"]], 16)[0], fontsize=8)
    for here, (picture, high) in zip(axes[1:], pictures, strict=True):
        here.imshow(np.asarray(picture, dtype=np.float64), cmap="jet", vmin=0, vmax=high)
