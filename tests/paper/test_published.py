import math

import pytest

from mtfas.errors import BadSetting
from mtfas.paper.experiments import EXPERIMENTS
from mtfas.paper.published import published, read_printed


def test_cells_stand_as_printed() -> None:
    """Table 4's first and last row, and one of Table 5's, from the paper's page."""
    four, five = published("table4"), published("table5")
    assert [four["Depth", "oulu:4", name].text for name in ("ACER", "FLOPs_T", "Time_T", "FLOPs_S")] == [
        "6.8±5.2", "/", "/", "280G",
    ]  # fmt: skip
    assert [four["MT", "oulu:4", name].text for name in ("ACER", "FLOPs_T", "Time_T", "FLOPs_S")] == [
        "4.3 ± 4.0", "781G", "8.9H", "283G",
    ]  # fmt: skip
    turns = ("ocim:oci-m", "ocim:omi-c", "ocim:ocm-i", "ocim:icm-o")
    fitnets = [five["FitNets", turn, figure].text for turn in turns for figure in ("HTER", "AUC")]
    assert fitnets == ["12.53", "91.79", "18.65", "89.58", "21.14", "85.17", "17.19", "90.25"]


def test_a_column_adds_up() -> None:
    """The sums of Table 5's columns, added from the paper's page: a slip in one cell would show."""
    five = published("table5")
    sums = {
        turn: tuple(
            round(
                sum(cell.value for (_, name, which), cell in five.items() if (name, which) == (turn, figure)),
                2,
            )
            for figure in ("HTER", "AUC")
        )
        for turn in ("ocim:oci-m", "ocim:omi-c", "ocim:ocm-i", "ocim:icm-o")
    }
    assert sums == {
        "ocim:oci-m": (88.71, 645.74),
        "ocim:omi-c": (138.94, 618.75),
        "ocim:ocm-i": (145.78, 595.3),
        "ocim:icm-o": (124.63, 627.21),
    }


@pytest.mark.parametrize(
    ("text", "value", "sd"),
    [("6.8±5.2", 6.8, 5.2), ("5.7 ± 3.6", 5.7, 3.6), ("453G", 453e9, math.nan), ("5.3G", 5.3e9, math.nan),
     ("13.6H", 48_960.0, math.nan), ("13.81", 13.81, math.nan), ("/", math.nan, math.nan)],
)  # fmt: skip
def test_printed_cells_as_numbers(text: str, value: float, sd: float) -> None:
    found = read_printed(text)
    assert (found.value, found.sd) == pytest.approx((value, sd), nan_ok=True)
    assert found.text == text


def test_a_cell_that_cannot_be_read_is_told() -> None:
    with pytest.raises(ValueError, match="4,3"):
        read_printed("4,3")


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda e: e.name)
def test_every_row_of_the_paper_has_its_printed_cells(experiment) -> None:
    figures = {figure.name for figure in experiment.figures}
    figures |= {"FLOPs_T", "Time_T", "FLOPs_S"} if experiment.costs else set()
    wanted = {
        (row.name, part.printed, figure)
        for row in experiment.rows if not row.control
        for part in experiment.parts
        for figure in figures
    }  # fmt: skip
    assert set(published(experiment.name)) == wanted


def test_an_unknown_table_is_told() -> None:
    with pytest.raises(BadSetting, match="unknown table 'table9'"):
        published("table9")
