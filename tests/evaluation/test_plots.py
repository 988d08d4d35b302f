import base64
import io
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from mtfas.evaluation.figure import line_style, short_names
from mtfas.evaluation.plots import Named, det_plot, health_plot, histogram_plot, roc_plot, species_plot
from mtfas.evaluation.report import evaluate

from .tables import DEV, TEST, table

RESULT = evaluate(DEV, TEST, repeats=5)
HOSTILE = table("h", [0.2, 0.2], **{"<b>$x_1$ & 日本": [0.2], "_" + "long name " * 9: [0.2, None]})
ODD = evaluate(None, HOSTILE, threshold="fixed:0.2", repeats=5)
PLOTS = {
    "det": lambda kind: det_plot([Named("a", RESULT), Named("_b $", ODD)], kind),
    "roc": lambda kind: roc_plot([Named("a", RESULT), Named("_b $", ODD)], kind),
    "histogram": lambda kind: histogram_plot(ODD, kind),
    "species": lambda kind: species_plot([Named("a", RESULT), Named("b", ODD)], kind),
    "health": lambda kind: health_plot(
        [{"iteration": 0, "level": 1.0}, {"iteration": 9, "level": 0.5}], kind
    ),
}


def content(uri: str) -> bytes:
    return base64.b64decode(uri.partition(",")[2])


@pytest.mark.parametrize("name", PLOTS)
def test_figures_are_whole_and_the_same_every_time(name):
    uri = PLOTS[name]("svg")
    assert uri.startswith("data:image/svg+xml;base64,")
    assert uri == PLOTS[name]("svg")
    root = ElementTree.fromstring(content(uri))
    assert root.tag.endswith("svg")
    assert b"<dc:date>" not in content(uri)


def test_png_has_ink():
    pixels = np.asarray(
        Image.open(io.BytesIO(content(species_plot([Named("a", RESULT)], "png")))).convert("RGB")
    )
    assert pixels.shape[0] > 100
    colours = {tuple(c) for c in pixels.reshape(-1, 3)[::7]}
    assert len(colours) > 10


def test_the_figure_shows_the_scores():
    other = evaluate(DEV, table("t", [0.1, 0.2], printed=[0.9], shown=[0.8]), repeats=5)
    assert histogram_plot(RESULT) != histogram_plot(other)
    assert det_plot([Named("a", RESULT)]) != det_plot([Named("a", other)])


def test_the_readers_matplotlib_is_left_alone():
    with mpl.rc_context({"font.size": 31.0, "axes.grid": True}):
        styled = roc_plot([Named("a", RESULT)])
        assert mpl.rcParams["font.size"] == 31.0
    assert styled == roc_plot([Named("a", RESULT)])


def test_scores_outside_the_unit_range_are_drawn():
    wide = evaluate(None, table("w", [-5.0, 3.0], printed=[12.0]), threshold="fixed:4", repeats=5)
    same = evaluate(None, table("w", [7.0], printed=[7.0]), threshold="fixed:7", repeats=5)
    for result in (wide, same):
        ElementTree.fromstring(content(histogram_plot(result)))


def test_styles_differ_and_names_are_short():
    assert len({tuple(line_style(i).values()) for i in range(32)}) == 32
    names = short_names(["a\nb", "_x", "y" * 90])
    assert names[:2] == ["a b", " _x"]
    assert len(names[2]) <= 26
