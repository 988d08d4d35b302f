import json
from pathlib import Path
from typing import Any

import pytest
import torch

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.data.sampling import pool_of
from mtfas.errors import BadRun, BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.models import build_teacher
from mtfas.runtime.seeds import stream
from mtfas.supervision.rules import eq14
from mtfas.supervision.teacher import teacher_logits
from mtfas.training import distillation
from mtfas.training.distill_settings import METHODS, DistillSettings, distill_settings
from mtfas.training.distillation import distil
from mtfas.training.teachers import load_teacher


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


@pytest.fixture(scope="module")
def faces(prepared: PreparedSet) -> FaceSet:
    return load_faces(prepared, select(prepared, "grandtest").train)


def tiny(method: str, **given: Any) -> DistillSettings:
    return distill_settings("tiny", method, protocol="grandtest", **given)


def losses(out: Path) -> list[float]:
    events = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [event["loss"] for event in events if event["event"] == "validation"]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_teacher_learns_the_class(prepared: PreparedSet, tmp_path: Path, method: str) -> None:
    """Its loss falls, and its folder gives a teacher back that says the same."""
    given = {"generations": 1} if method == "bans" else {}
    wanted = tiny(method, iterations=60, validate_every=5, per_class=8, rate=3e-3, **given)
    done = distil(prepared, tmp_path / "run", wanted)
    found = losses(tmp_path / "run")
    assert sum(found[-3:]) < 0.9 * sum(found[:3])
    teacher = load_teacher(tmp_path / "run")
    assert teacher.method == method
    assert teacher.record["side"] == 32
    assert done.auc_dev == read_record(tmp_path / "run", "teach")["dev"]["auc"]
    again = distil(prepared, tmp_path / "run", wanted)  # a finished run is only read
    assert again == done


def test_what_a_teacher_of_distillation_regresses(prepared: PreparedSet, tmp_path: Path) -> None:
    """g itself, not 2σ(g): the very first step is that of the squared error of a linear map."""
    wanted = tiny("distill-light", iterations=1, rate=1e-3, augment="none")
    distil(prepared, tmp_path / "run", wanted)
    faces = load_faces(prepared, select(prepared, "grandtest").train)
    net = build_teacher("fas-dr-light", seed=0).train()
    batch = faces.batch(pool_of(faces.rows).draw(wanted.per_class, stream(0, "train", 0)))
    with torch.no_grad():
        gap = net(batch.images).map - batch.labels.float()[:, None, None, None]
    assert losses(tmp_path / "run") == [pytest.approx(float(gap.square().mean()), rel=1e-5)]


def test_a_born_again_network_learns_the_one_before(
    prepared: PreparedSet, faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each generation's targets, looked at on their way in, are Eq. 14 of the network saved before it."""
    seen: list[torch.Tensor] = []
    original = distillation.PlainLearner

    def spy(material: Any, net: Any) -> Any:
        seen.append(material.targets.clone())
        return original(material, net)

    monkeypatch.setattr(distillation, "PlainLearner", spy)
    distil(prepared, tmp_path / "run", tiny("bans", generations=3, iterations=4))
    binary = faces.labels.float()[:, None, None, None].expand_as(seen[0])
    assert torch.equal(seen[0], binary)
    for generation in (1, 2):
        before = load_teacher(tmp_path / "run", f"generation-{generation}").network
        attacks = faces.labels == 1
        wanted = eq14(teacher_logits(before, faces.batch(torch.nonzero(attacks)[:, 0]).images))
        torch.testing.assert_close(seen[generation][attacks], wanted, rtol=0, atol=1e-6)
        assert not seen[generation][~attacks].any()


def test_generations_start_from_weights_of_their_own(prepared: PreparedSet, tmp_path: Path) -> None:
    run = tmp_path / "run"
    distil(prepared, run, tiny("bans", iterations=1, rate=0.0))
    first, second = (load_teacher(run, name).network for name in ("generation-1", "weights"))
    assert not torch.equal(next(first.parameters()), next(second.parameters()))


def test_only_the_last_generation_of_one_teaches(prepared: PreparedSet, tmp_path: Path) -> None:
    distil(prepared, tmp_path / "run", tiny("bans", generations=1, iterations=2))
    assert not list((tmp_path / "run").glob("generation-*"))
    with pytest.raises(BadRun, match="generation-1"):
        load_teacher(tmp_path / "run", "generation-1")


def test_the_paper_s_teachers() -> None:
    """Sec. 4.3: deep, deep, the student's own, the meta-teacher's; Adam 1e-3, 40,000 iterations."""
    found = {name: distill_settings("paper", name, protocol="p") for name in METHODS}
    assert {name: settings.backbone for name, settings in found.items()} == {
        "distill": "fas-dr-deep", "distill-light": "fas-dr-light", "bans": "fas-dr",
        "fitnets": "fas-dr-deep", "okddip": "fas-dr",
    }  # fmt: skip
    assert {(s.iterations, s.rate, s.per_class, s.generations, s.peers) for s in found.values()} == {
        (40_000, 1e-3, 16, 1, 2)
    }


@pytest.mark.parametrize(
    ("method", "given", "sentence"),
    [
        ("distil", {}, "did you mean 'distill'"),
        ("distill", {"backbone": "cdcn"}, "unknown backbone 'cdcn'"),
        ("okddip", {"backbone": "dtn"}, "unknown backbone 'dtn'"),
        ("distill", {"generations": 2}, "--generations is for --method bans"),
        ("bans", {"peers": 3}, "--peers is for --method okddip"),
        ("bans", {"iterations": 0}, "--iterations must lie between"),
    ],
)
def test_what_makes_no_sense_is_refused(method: str, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        tiny(method, **given)
