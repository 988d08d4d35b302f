"""Figures without global state, and as data URIs that a page can carry with it."""

import base64
import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

LIVE_COLOUR = "#0072B2"
ATTACK_COLOUR = "#D55E00"
INK = "#333333"
GRID = "#D9D9D9"

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
"""Okabe and Ito's colours, told apart by colour-blind readers; line styles change when they run out."""

LINES = ("-", "--", ":", "-.")

STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "text.parse_math": False,  # a dollar in a species is a dollar
    "svg.fonttype": "path",  # glyphs travel with the figure
    "svg.hashsalt": "mtfas",
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw and save inside this: same look, same bytes, whatever the user's matplotlibrc says."""
    with mpl.rc_context(), warnings.catch_warnings():
        # a name in another script shows boxes here; the tables beside the figure spell it
        warnings.filterwarnings("ignore", message="Glyph")
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def line_style(index: int) -> dict[str, Any]:
    """Return colour and line style number `index`; all differ up to 32."""
    return {
        "color": PALETTE[index % len(PALETTE)],
        "linestyle": LINES[index // len(PALETTE) % len(LINES)],
    }


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure with one pair of axes, sizes in inches."""
    figure, axes = new_rows(width, height, 1)
    return figure, axes[0]


def new_rows(width: float, height: float, rows: int, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure with rows × columns axes, reading order."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = np.asarray(figure.subplots(rows, columns, squeeze=False)).ravel()
    return figure, list(axes)


def data_uri(figure: Figure, kind: str = "svg") -> str:
    """Return a figure as a data URI; the same figure gives the same characters.

    Args:
        figure: what to save, inside `figure_style`.
        kind: "svg" or "png".
    """
    mime = "image/svg+xml" if kind == "svg" else "image/png"
    return f"data:{mime};base64,{base64.b64encode(picture(figure, kind)).decode('ascii')}"


def picture(figure: Figure, kind: str = "svg") -> bytes:
    """Return a figure as a file's content, "svg" or "png", inside `figure_style`; same figure, same bytes."""
    buffer = io.BytesIO()
    dateless = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    figure.savefig(buffer, format=kind, metadata=dateless, dpi=150)
    return buffer.getvalue()


def short_names(names: Sequence[str], limit: int = 26) -> list[str]:
    """Return names fit for a figure: on one line, cut in the middle where long."""
    return [_short(name, limit) for name in names]


def _short(name: str, limit: int) -> str:
    flat, half = " ".join(name.split()), (limit - 1) // 2
    short = flat if len(flat) <= limit else f"{flat[:half]}…{flat[-half:]}"
    # matplotlib drops legend entries that start with _
    return f" {short}" if short.startswith("_") else short
