"""report.html and report.json: a page that carries all it shows, and its figures at full precision."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mtfas import __version__
from mtfas.evaluation.gallery import Gallery, Picture
from mtfas.evaluation.plots import Named, det_plot, histogram_plot, roc_plot, species_plot
from mtfas.evaluation.report import Evaluation
from mtfas.runtime.files import write_json, write_text
from mtfas.types import BONA_FIDE, Direction

ORIGINS = {
    "built-in": (
        "Rendered faces, not real data.",
        "The figures come from the built-in benchmark: they say nothing about real cameras or attacks.",
    ),
    "from-photos": (
        "Simulated attacks on real photographs.",
        "No real print, display or mask was before a camera: the figures say nothing about real attacks.",
    ),
}
"""What must be said of data that are not what they may seem, by the data set's name: in bold, and in full."""

AXIS_TOPS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the axes of drawn intervals may end."""

FEW_SPECIES = 6
"""With more, a page shows one typical face of each and folds the others away."""


def write_report(
    out: Path,
    evaluation: Evaluation,
    title: str,
    provenance: Mapping[str, Any] | None = None,
    gallery: Gallery | None = None,
) -> Path:
    """Write report.json and report.html atomically; return the path of the page.

    The page asks nothing of the network and needs no script.

    Args:
        out: the folder, made where needed.
        evaluation: what to report.
        title: the page's heading.
        provenance: run.json, or None for bare score files.
        gallery: faces with maps, or None.
    """
    figures = evaluation.to_json()
    record = dict(provenance) if provenance else None
    html = _page(evaluation, figures, title, record, gallery)
    write_json(out / "report.json", {"title": title, "mtfas": __version__, **figures, "provenance": record})
    write_text(out / "report.html", html)
    return out / "report.html"


def _page(
    evaluation: Evaluation,
    figures: dict[str, Any],
    title: str,
    record: dict[str, Any] | None,
    gallery: Gallery | None,
) -> str:
    alone = [Named(title, evaluation)]
    return render(
        "report.html.j2",
        title=title,
        r=figures,
        exact=figures["intervals"]["clopper_pearson"],
        drawn=figures["intervals"]["bootstrap"],
        on_dev=figures["bpcer_at_apcer"]["threshold_fixed_on_dev"],
        on_test=figures["bpcer_at_apcer"]["diagnostic_threshold_fixed_on_test"],
        bona_fide_errors=evaluation.rates.bpcer.errors,
        attack_errors=evaluation.rates.apcer_pooled.errors,
        headline=headline(evaluation),
        level=f"{100 * evaluation.level:g}\N{NO-BREAK SPACE}%",
        oracle=evaluation.oracle,
        origins=origins([record]),
        direction_words=direction_words(record),
        figures={
            "det": det_plot(alone),
            "roc": roc_plot([Named("all attacks", evaluation)]),
            "histogram": histogram_plot(evaluation),
            "species": species_plot(alone),
        },
        by=[(column, table, axis_top(table)) for column, table in figures.get("by", {}).items()],
        gallery=gallery,
        typical=fold(gallery.typical) if gallery else None,
        provenance=list(flat(record or {})),
        version=__version__,
    )


def axis_top(table: Mapping[str, Any]) -> float:
    """Return where the axis ends that the intervals of a breakdown are drawn on: a round rate above all."""
    cells = [row[side] for row in table["rows"] for side in ("bona_fide", "attack") if row[side]["n"]]
    highs = [cell[kind][1] for cell in cells for kind in ("clopper_pearson", "bootstrap")]
    highest = max(high for high in highs if high is not None)
    return next(top for top in AXIS_TOPS if highest <= top)


Pictures = Mapping[str, tuple[Picture, ...]]


def fold(typical: Pictures) -> tuple[tuple[Picture, ...], Pictures]:
    """Return one picture of each species, and the others to fold away; with few species only the others."""
    if len(typical) <= FEW_SPECIES:
        return (), typical
    shown = {name: group[len(group) // 2] for name, group in typical.items() if group}
    rest = {name: tuple(p for p in typical[name] if p is not shown[name]) for name in shown}
    return tuple(shown.values()), {name: group for name, group in rest.items() if group}


def headline(evaluation: Evaluation) -> str:
    """Say in words what happens at the threshold."""
    rates = evaluation.rates
    where = "At the threshold taken from the test set itself" if evaluation.oracle else "At the threshold"
    refused, worst, pooled = map(percent, (rates.bpcer.value, rates.apcer_worst, rates.apcer_pooled.value))
    return (
        f"{where}, {refused} of the bona fide presentations are refused, and of the species that deceives "
        f"the system most, {rates.worst_species}, {worst} of the attacks get through. Over all "
        f"{rates.apcer_pooled.n} attacks it is {pooled}."
    )


def origins(records: Sequence[Mapping[str, Any] | None]) -> list[tuple[str, str]]:
    """Return what must be said of the data some runs were made from, once each."""
    named = [(record or {}).get("data") for record in records]
    names = {str(data.get("dataset", "")) for data in named if isinstance(data, Mapping)}
    return [said for name, said in ORIGINS.items() if name in names]


def direction_words(record: Mapping[str, Any] | None) -> str:
    """Say which way a run's maps point, where its record tells."""
    stated = (record or {}).get("direction")
    if stated == Direction.ATTACK_HIGH:
        return "High means attack."
    if stated == Direction.LIVE_HIGH:
        return "High means bona fide: these maps are depth-like, their score is 1 − mean."
    return ""


def flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of a nested record as (dotted name, text)."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{name}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{name}", "–" if value is None else str(value)


def percent(rate: float | None) -> str:
    """Return a rate as e.g. "4.4 %"; a dash where it is undefined."""
    if rate is None or math.isnan(rate):
        return "–"
    return f"{100 * rate:.1f} %"


def percent_range(bounds: Sequence[float | None] | None) -> str:
    """Return an interval of a rate as e.g. "2.6–7.1 %"; a dash where it is undefined."""
    if bounds is None or bounds[0] is None or bounds[1] is None:
        return "–"
    return f"{100 * bounds[0]:.1f}–{100 * bounds[1]:.1f} %"


def _area_range(bounds: Sequence[float | None] | None) -> str:
    if bounds is None or bounds[0] is None or bounds[1] is None:
        return "–"
    return f"{bounds[0]:.3f}–{bounds[1]:.3f}"


TINIEST = 1e-300
"""A threshold just below a score of 0 is written as 0, not as the smallest number there is."""

FILTERS = {
    "percent": percent,
    "wholepercent": lambda rate: f"{100 * rate:.0f} %",
    "range": percent_range,
    "area": lambda value: f"{value:.3f}",
    "arearange": _area_range,
    "score": lambda value: f"{value:.4g}" if abs(value) > TINIEST else "0",
    "onedigit": lambda value: f"{value:.1f}",
    "species": lambda name: "bona fide" if name == BONA_FIDE else name,
    "unit": lambda unit: unit.split(" ")[0],
}


def render(template: str, **values: Any) -> str:
    """Return a page; every value is escaped, and a value that is missing is an error."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template(template).render(**values)
