"""What hidden conditions want of labels: a wish is the influence itself."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch
from made_wishes import wish

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.paper import wishes as module
from mtfas.paper.wishes import TEST, grown, hidden_conditions, mean_wish, probe_of, wishes
from mtfas.supervision.teacher import teaching_map
from mtfas.training.influence_settings import influence_settings
from mtfas.training.influence_state import inner_units
from mtfas.training.influence_steps import influence_on


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


@pytest.mark.parametrize("inner", ["plain", "adam"])
@pytest.mark.parametrize("yardstick", ["class", "ranking"])
def test_a_wish_is_the_influence_of_one_small_step(prepared: PreparedSet, yardstick: str, inner: str) -> None:
    """Differentiated the long way, through the step, by the code that teachers are taught with."""
    rows = select(prepared, "grandtest").train
    probe, hidden = probe_of(rows)[:4], hidden_conditions(rows, 2)
    settings = influence_settings("tiny", protocol="grandtest", inner_steps=1, draws=1)
    surrogates = grown(prepared, settings, hidden)
    found = wishes(surrogates, yardstick, inner, probe)
    assert [(wish.kind, wish.name) for wish in found] == [*hidden, (TEST, TEST)]

    slow = replace(settings, alpha=1e-7, hypergradient="exact", yardstick=yardstick)
    for k, lesson in enumerate([surrogates.inside] * 2 + [surrogates.outside]):
        (batch,) = module._probe_batches(lesson, probe)
        labels = teaching_map(surrogates.state.teacher(batch.images).map, batch.labels).detach()
        units = inner_units(surrogates.state, k, inner)
        theirs = influence_on(
            surrogates.state.surrogate(k), slow, batch, labels, lesson.unseen(k, 0), units
        ).on_labels[0][batch.attacks, 0]
        ours, other = torch.from_numpy(found[k].change), -theirs.double()
        assert float(torch.nn.functional.cosine_similarity(ours.flatten(), other.flatten(), dim=0)) > 0.999


def test_surrogates_do_not_know_what_is_hidden(prepared: PreparedSet) -> None:
    rows = select(prepared, "grandtest").train
    probe, hidden = probe_of(rows), hidden_conditions(rows, 3)
    settings = influence_settings("tiny", protocol="grandtest", inner_steps=1, draws=1)
    found = wishes(grown(prepared, settings, hidden), "class", "plain", probe)
    column = {"data set": "dataset", "camera": "camera", "species": "species"}
    for one in found[:-1]:
        of_probe = rows[probe.tolist()]
        assert not one.known[(of_probe[column[one.kind]] == one.name).to_numpy()].any()
    assert found[-1].known.all()  # the oracle was taught on all of them, and on nothing of the test part


def test_conditions_come_in_turn(prepared: PreparedSet) -> None:
    rows = select(prepared, "grandtest").train
    found = hidden_conditions(rows, 100)
    assert [kind for kind, _ in found[:3]] == ["data set", "camera", "species"]
    assert {name for kind, name in found if kind == "data set"} == set(rows["dataset"])
    assert len(set(found)) == len(found)
    attacks = rows.filter(pl.col("label") == 1)
    assert {name for kind, name in found if kind == "species"} == set(attacks["species"])
    assert hidden_conditions(rows, 3) == found[:3]


def test_the_mean_wish_takes_only_who_was_taught() -> None:
    mean = mean_wish([wish([1, 2, 3, 4]), wish([3, 0, 0, 0], [True, False, True, False])])
    assert mean.change[:, 0, 0].tolist() == [2.0, 2.0, 1.5, 4.0]
    assert mean_wish([wish([1, 1, 1, 1], [False] * 4)] * 2).known.tolist() == [False] * 4
