import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from mtfas.bilevel import HYPERGRADIENTS
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.errors import BadRun, BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.training.meta_teacher import teach
from mtfas.training.settings import teach_settings

SHORT = {"pretrain_iterations": 3, "bilevel_iterations": 3, "checkpoint_every": 2, "health_every": 1}


@pytest.fixture
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


def run(prepared: PreparedSet, out: Path, **given: Any) -> dict[str, dict[str, torch.Tensor]]:
    teach(prepared, out, teach_settings("tiny", protocol="grandtest", **{**SHORT, **given}))
    names = ("weights", "pretrained", "momentum", "surrogate")
    return {name: safetensors.torch.load_file(out / f"{name}.safetensors") for name in names}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Whether the parameters are equal; running statistics follow from them."""
    names = [name for name in a if "running" not in name]
    return all(torch.equal(a[name], b[name]) for name in names)


def test_a_run_leaves_the_teachers_the_maps_and_the_log(prepared: PreparedSet, tmp_path: Path) -> None:
    nets = run(prepared, tmp_path / "run")
    assert not same(nets["weights"], nets["pretrained"])
    assert not same(nets["momentum"], nets["weights"])
    record = read_record(tmp_path / "run", "teach")
    assert record["protocol"] == "grandtest"
    assert record["hypergradient"] == "finite-difference"
    events = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [e["event"] for e in events] == ["pretrain"] * 3 + ["bilevel", "health"] * 3
    assert {"level", "saturation", "correlation_with_start", "template_share"} <= events[-1].keys()
    assert (tmp_path / "run" / "teacher-maps.npz").exists()
    assert not list((tmp_path / "run").glob("checkpoint*"))


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    prepared: PreparedSet, tmp_path: Path
) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(prepared, tmp_path / name, seed=seed)
    first, again, other = ((tmp_path / n / "weights.safetensors").read_bytes() for n in "abc")
    assert first == again
    assert first != other


def test_a_finished_run_is_not_done_again(prepared: PreparedSet, tmp_path: Path) -> None:
    run(prepared, tmp_path / "run")
    before = (tmp_path / "run" / "run.json").stat().st_mtime_ns
    run(prepared, tmp_path / "run")
    assert (tmp_path / "run" / "run.json").stat().st_mtime_ns == before


def test_without_a_bilevel_phase_the_teacher_is_the_pretrained_one(
    prepared: PreparedSet, tmp_path: Path
) -> None:
    nets = run(prepared, tmp_path / "run", bilevel_iterations=0)
    assert same(nets["weights"], nets["pretrained"])


def test_without_pretraining_the_phase_starts_from_fresh_weights(
    prepared: PreparedSet, tmp_path: Path
) -> None:
    fresh = run(prepared, tmp_path / "fresh", pretrain_iterations=0, bilevel_iterations=0)
    taught = run(prepared, tmp_path / "taught", pretrain_iterations=0)
    assert same(fresh["pretrained"], taught["pretrained"])
    assert not same(taught["pretrained"], taught["weights"])


def test_a_frozen_yardstick_and_a_following_one(prepared: PreparedSet, tmp_path: Path) -> None:
    frozen = run(prepared, tmp_path / "frozen", yardstick="frozen")
    assert same(frozen["momentum"], frozen["pretrained"])
    following = run(prepared, tmp_path / "following", gamma=0.0)
    assert same(following["momentum"], following["weights"])


def test_without_adaptation_the_surrogate_stays(prepared: PreparedSet, tmp_path: Path) -> None:
    still = run(prepared, tmp_path / "still", adapt=False, period=1)
    before = run(prepared, tmp_path / "before", bilevel_iterations=0)
    moving = run(prepared, tmp_path / "moving", period=1)
    assert same(still["surrogate"], before["surrogate"])
    assert not same(moving["surrogate"], before["surrogate"])


@pytest.mark.parametrize(
    "given",
    [
        {"yardstick": "self"},
        {"yardstick": "class", "higher_batch": "unseen-subjects"},
        {"yardstick": "ranking", "higher_batch": "unseen-subjects"},
        {"higher_batch": "unseen-species"},
        {"higher_batch": "unseen-cameras"},
        {"backbone": "resnet8"},
        {"backbone": "fas-dr", "surrogate": "fas-dr-8"},
        {"optimiser": "sgd", "loss": "norm"},
        {"inner_steps": 3, "truncated": True},
        {"augment": "flip,colour,erase"},
        {"precision": "bfloat16"},
        {"batch_norm": "fixed-teacher", "yardstick": "self"},
    ],
    ids=str,
)
def test_every_switch_runs_and_moves_the_teacher(
    prepared: PreparedSet, tmp_path: Path, given: dict[str, Any]
) -> None:
    nets = run(prepared, tmp_path / "run", **given)
    assert not same(nets["weights"], nets["pretrained"])
    assert all(torch.isfinite(tensor).all() for tensor in nets["weights"].values())


def test_the_three_ways_lead_to_nearly_the_same_teacher(prepared: PreparedSet, tmp_path: Path) -> None:
    # Plain descent with a large rate, so that the weights move in proportion to the gradient.
    given = {"optimiser": "sgd", "beta": 1.0, "bilevel_iterations": 1}
    nets = {way: run(prepared, tmp_path / way, hypergradient=way, **given) for way in HYPERGRADIENTS}
    names = [name for name in nets["exact"]["weights"] if "running" not in name]
    moves = {
        way: torch.cat([(net["weights"][n] - net["pretrained"][n]).flatten().double() for n in names])
        for way, net in nets.items()
    }
    for way in ("exact", "finite-difference"):
        cosine = torch.nn.functional.cosine_similarity(moves[way], moves["unrolled"], dim=0)
        assert float(cosine) > 0.999


def test_a_diverging_run_says_what_to_lower(prepared: PreparedSet, tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="diverged at step"):
        run(prepared, tmp_path / "run", alpha=100.0, beta=100.0, bilevel_iterations=60)


def test_a_misspelt_backbone_or_protocol_leaves_nothing(prepared: PreparedSet, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="did you mean 'resnet8'"):
        run(prepared, tmp_path / "run", backbone="resnet-8")
    with pytest.raises(BadSetting, match="did you mean 'grandtest'"):
        teach(prepared, tmp_path / "run", teach_settings("tiny", protocol="grantest"))
    assert not (tmp_path / "run").exists()
