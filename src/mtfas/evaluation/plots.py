"""The figures of a report: DET and ROC, score histograms, error rates of each species."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from mtfas.evaluation.figure import (
    ATTACK_COLOUR,
    INK,
    LIVE_COLOUR,
    data_uri,
    figure_style,
    line_style,
    new_figure,
    new_rows,
    short_names,
)
from mtfas.evaluation.presentations import Presentations
from mtfas.evaluation.report import Evaluation
from mtfas.metrics.curves import curve, normal_deviate
from mtfas.metrics.intervals import clopper_pearson
from mtfas.metrics.rates import Rate
from mtfas.types import FloatArray

DET_TICKS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98)
BINS = 40


@dataclass(frozen=True)
class Named:
    """A system's name in a figure, and its evaluation."""

    name: str
    evaluation: Evaluation


def det_plot(systems: Sequence[Named], kind: str = "svg") -> str:
    """Return the DET plot: worst-species APCER over BPCER on normal-deviate axes, a data URI.

    A dot marks each system's operating point. Rates beyond the last presentation are drawn at half of one.
    """
    with figure_style():
        figure, axes = new_figure(5.4, 5.0)
        floor = min(_floor(system.evaluation) for system in systems)
        for index, system in enumerate(systems):
            _det_line(axes, system, floor, index)
        _det_axes(axes, floor)
        _legend(axes, systems)
        return data_uri(figure, kind)


def _det_line(axes: Axes, system: Named, floor: float, index: int) -> None:
    part, rates = system.evaluation.test, system.evaluation.rates
    points = curve(part.live, part.attack, part.attack_species)
    own = _floor(system.evaluation)
    style = line_style(index)
    axes.plot(_deviate(points.bpcer, own), _deviate(points.apcer, own), lw=1.8, **style)
    here = [_deviate(np.array([rate]), own) for rate in (rates.bpcer.value, rates.apcer_worst)]
    axes.plot(*here, "o", color=style["color"], ms=7, mec="white", zorder=3)


def _deviate(rates: FloatArray, floor: float) -> FloatArray:
    return normal_deviate(rates, floor)


def _floor(evaluation: Evaluation) -> float:
    """Return half a presentation of the largest group: where a rate of zero is drawn."""
    largest = max([evaluation.rates.bpcer.n, *(rate.n for rate in evaluation.rates.apcer.values())])
    return max(min(0.5 / largest, 0.05), 1e-4)


def _det_axes(axes: Axes, floor: float) -> None:
    ticks = [tick for tick in DET_TICKS if floor <= tick <= 1 - floor]
    labels = [f"{100 * tick:g}" for tick in ticks]
    at = normal_deviate(np.array(ticks))
    edge = float(-normal_deviate(np.array(floor), floor)) * 1.03
    axes.plot([-edge, edge], [-edge, edge], color=INK, lw=0.6, ls=":")
    axes.set_xticks(at, labels)
    axes.set_yticks(at, labels)
    axes.set(xlim=(-edge, edge), ylim=(-edge, edge), aspect="equal")
    axes.set(xlabel="BPCER (%)", ylabel="APCER, worst species (%)")
    axes.grid(True)


def roc_plot(systems: Sequence[Named], kind: str = "svg") -> str:
    """Return the ROC, 1 − APCER (pooled) over BPCER, with the AUC of each system; a data URI."""
    with figure_style():
        figure, axes = new_figure(5.4, 5.0)
        names = short_names([system.name for system in systems])
        for index, (name, system) in enumerate(zip(names, systems, strict=True)):
            part, rates = system.evaluation.test, system.evaluation.rates
            points, style = curve(part.live, part.attack), line_style(index)
            label = f"{name}, AUC {system.evaluation.auc:.3f}"
            axes.plot(points.bpcer, 1 - points.apcer, lw=1.8, label=label, **style)
            here = [rates.bpcer.value], [1 - rates.apcer_pooled.value]
            axes.plot(*here, "o", color=style["color"], ms=7, mec="white", zorder=3)
        axes.plot([0, 1], [0, 1], color=INK, lw=0.6, ls=":")
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="BPCER", ylabel="attacks found, 1 − APCER (pooled)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        axes.grid(True)
        axes.legend(loc="lower right")
        return data_uri(figure, kind)


def histogram_plot(evaluation: Evaluation, kind: str = "svg") -> str:
    """Return the scores of bona fide and of each species, one row each, with the threshold; a data URI."""
    part, threshold = evaluation.test, evaluation.rates.threshold
    rows = [("bona fide", part.live, LIVE_COLOUR)]
    for name in sorted(set(part.attack_species.tolist())):
        rows.append((name, part.attack[part.attack_species == name], ATTACK_COLOUR))
    edges = _edges(part, threshold)
    with figure_style():
        figure, axes = new_rows(7.6, 0.9 + 0.52 * len(rows), len(rows))
        labels = short_names([name for name, _, _ in rows])
        for here, label, (_, scores, colour) in zip(axes, labels, rows, strict=True):
            _histogram(here, label, scores, colour, edges)
            here.axvline(threshold, color=INK, lw=1.2, ls="--")
            here.tick_params(labelbottom=here is axes[-1], bottom=here is axes[-1])
        axes[0].set_title(f"threshold {threshold:.4g}: scores right of the line are called attacks")
        axes[-1].set_xlabel("spoof score (higher = attack)")
        return data_uri(figure, kind)


def _edges(part: Presentations, threshold: float) -> FloatArray:
    scores = np.concatenate([part.live, part.attack])
    low, high = min(scores.min(), threshold), max(scores.max(), threshold)
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def _histogram(axes: Axes, name: str, scores: FloatArray, colour: str, edges: FloatArray) -> None:
    counts, _ = np.histogram(scores, edges)
    axes.stairs(counts, edges, fill=True, color=colour, alpha=0.85, lw=0)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, max(1, counts.max()) * 1.08), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel(f"{name}\nn = {scores.size}", rotation=0, ha="right", va="center", fontsize=9)


def species_plot(systems: Sequence[Named], kind: str = "svg") -> str:
    """Return APCER of each species and BPCER as bars with Clopper–Pearson intervals, a data URI.

    Several systems stand side by side in each group.
    """
    names = sorted({name for system in systems for name in system.evaluation.rates.apcer})
    groups = ["bona fide (BPCER)", *names]
    with figure_style():
        height = 1.3 + len(groups) * max(0.34, 0.19 * len(systems) + 0.08)
        figure, axes = new_figure(7.6, height)
        for index, system in enumerate(systems):
            _bars(axes, names, system, index, len(systems))
        axes.set_yticks(range(len(groups)), short_names(groups))
        axes.set(ylim=(len(groups) - 0.45, -0.55), xlim=(0, 1.0))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        axes.set_xlabel("presentations on the wrong side (BPCER, APCER)")
        axes.axhline(0.5, color=INK, lw=0.6)
        axes.grid(True, axis="x")
        _legend(axes, systems)
        return data_uri(figure, kind)


def _bars(axes: Axes, names: Sequence[str], system: Named, index: int, count: int) -> None:
    rates = system.evaluation.rates
    each = [rates.bpcer, *(rates.apcer.get(name, Rate(0, 0)) for name in names)]
    places = np.arange(len(each)) + (index - (count - 1) / 2) * 0.8 / count
    own = [LIVE_COLOUR, *[ATTACK_COLOUR] * len(names)]
    colours = own if count == 1 else [line_style(index)["color"]] * len(each)
    values = np.nan_to_num([rate.value for rate in each])
    axes.barh(places, values, height=0.72 / count, color=colours, alpha=0.85)
    bounds = [clopper_pearson(rate, system.evaluation.level) for rate in each]
    for place, value, rate, bound in zip(places, values, each, bounds, strict=True):
        if rate.n:
            spread = [[max(0.0, value - bound.low)], [max(0.0, bound.high - value)]]
            axes.errorbar(value, place, xerr=spread, fmt="none", ecolor=INK, elinewidth=1, capsize=2)


def _legend(axes: Axes, systems: Sequence[Named]) -> None:
    """Name the systems above the axes where there are several."""
    if len(systems) < 2:
        return
    handles = [
        Line2D([], [], lw=2.4, label=name, **line_style(index))
        for index, name in enumerate(short_names([system.name for system in systems]))
    ]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)


def health_plot(events: Sequence[dict[str, float]], kind: str = "svg") -> str:
    """Return how a meta-teacher's maps and losses went over its iterations, a data URI.

    Args:
        events: rising by "iteration"; the other keys are curves, absent ones are left out.
        kind: "svg" or "png".
    """
    shown = [[n for n in group if any(n in event for event in events)] for group in HEALTH_GROUPS]
    shown = [group for group in shown if group]
    with figure_style():
        figure, axes = new_rows(10.5, 3.2, 1, max(1, len(shown)))
        for here, group in zip(axes, shown, strict=False):
            for index, name in enumerate(group):
                points = [(event["iteration"], event[name]) for event in events if name in event]
                here.plot(*zip(*points, strict=True), lw=1.6, label=HEALTH_WORDS[name], **line_style(index))
            here.set_xlabel("bi-level iteration")
            here.grid(True)
            here.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=1, borderaxespad=0.2)
        return data_uri(figure, kind)


HEALTH_GROUPS = (
    ("level", "saturation"),
    ("correlation_with_start", "template_share"),
    ("outer_loss", "lower_loss"),
)
HEALTH_WORDS = {
    "level": "mean map level, of 0 to 2",
    "saturation": "share of saturated cells",
    "correlation_with_start": "correlation with the pretrained maps",
    "template_share": "share of one fixed template",
    "outer_loss": "higher-level loss",
    "lower_loss": "lower-level loss",
}
