import json
import math
from dataclasses import replace
from typing import Any

import pytest

from mtfas.errors import BadFile
from mtfas.paper.study import Score, digest, markdown, scores_from, summarise, within_protocols


def score(row: str, protocol: str, seed: int, auc: float) -> Score:
    return Score(row, protocol, seed, auc, 1 - auc, 0.3, "print", 0.2, "a" * 64, None, 12.5)


SCORES = [
    score("binary map", "a", 0, 0.80), score("binary map", "a", 1, 0.84), score("binary map", "b", 0, 0.60),
    score("depth", "a", 0, 0.90), score("depth", "a", 1, 0.86), score("depth", "b", 0, 0.61),
    score("depth", "b", 1, 0.99),
]  # fmt: skip


def test_means_and_paired_differences_by_hand() -> None:
    binary, depth = summarise(SCORES, ["binary map", "depth", "not there"], ["binary map"])
    assert (binary.cells, depth.cells) == (3, 4)
    assert binary.means["auc"] == pytest.approx((0.80 + 0.84 + 0.60) / 3)
    assert binary.means["eer_test"] == pytest.approx(1 - (0.80 + 0.84 + 0.60) / 3)
    assert binary.against == {}
    gap = depth.against["binary map"]
    assert (gap.pairs, gap.unpaired) == (3, 1)
    assert gap.mean == pytest.approx((0.10 + 0.02 + 0.01) / 3)


def test_the_deviation_is_within_protocols() -> None:
    """a: 0.90, 0.86, variance 0.0008; b: 0.61, 0.99, variance 0.0722; the mean variance's root."""
    own = [one for one in SCORES if one.row == "depth"]
    assert within_protocols(own, "auc") == pytest.approx(math.sqrt((0.0008 + 0.0722) / 2))
    assert math.isnan(within_protocols(own[:1], "auc"))


def test_the_table_shows_pairs_and_calls_test_eer_a_diagnostic() -> None:
    text = markdown("Across data sets", summarise(SCORES, ["binary map", "depth"], ["binary map"]))
    lines = text.splitlines()
    assert lines[0] == "### Across data sets"
    assert lines[2] == (
        "| supervision | cells | AUC | EER on test* | ACER, worst species | BPCER | AUC − binary map | "
        "95 % t | 95 % two-way | pairs |"
    )
    assert len({line.count("|") for line in lines[2:]}) == 1
    depth = [cell.strip() for cell in lines[-1].split("|")]
    assert depth[1:4] == ["depth", "4", "84.0 ± 19.1"]
    assert depth[7] == "+4.3"
    assert depth[-3:-1] == ["–", "3"]  # two protocols are too few to draw from


def test_with_three_protocols_the_two_way_interval_is_given() -> None:
    more = [score("binary map", "c", 0, 0.5), score("depth", "c", 0, 0.5)]
    summaries = summarise([*SCORES, *more], ["binary map", "depth"], ["binary map"])
    drawn = summaries[1].against["binary map"].drawn
    cells = [cell.strip() for cell in markdown("All", summaries).splitlines()[-1].split("|")]
    assert cells[-3] == f"{100 * drawn.low:+.1f} … {100 * drawn.high:+.1f}"


def test_a_digest_gives_the_same_scores_back() -> None:
    one = replace(SCORES[0], teacher_sha256="b" * 64)
    content = json.loads(json.dumps(digest({"seeds": 2}, [one, *SCORES[1:]]), allow_nan=False))
    assert scores_from(content) == [one, *SCORES[1:]]
    assert content["settings"] == {"seeds": 2}


@pytest.mark.parametrize("content", [{"rows": []}, {"cells": [{"row": "depth"}]}, {"cells": None}, []])
def test_what_is_no_digest_is_told(content: Any) -> None:
    with pytest.raises(BadFile, match="expected the digest of a study"):
        scores_from(content)
