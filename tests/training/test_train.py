import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadRun, BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.evaluation.scores import read_scores
from mtfas.models import build_detector
from mtfas.supervision import SUPERVISIONS
from mtfas.training.detector import train
from mtfas.training.distill_settings import METHODS, distill_settings
from mtfas.training.distillation import distil
from mtfas.training.hand_on import settle
from mtfas.training.meta_teacher import teach
from mtfas.training.runs import load_network
from mtfas.training.scoring import label_faces, score_faces
from mtfas.training.settings import TrainSettings, teach_settings, train_settings
from mtfas.training.supervise import make_supervision
from mtfas.types import Direction


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


@pytest.fixture(scope="module")
def teacher(prepared: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("teach") / "teacher"
    teach(prepared, out, teach_settings("tiny", protocol="grandtest"))
    return out


@pytest.fixture(scope="module")
def distilled(prepared: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A teacher by every method of distillation."""
    out = tmp_path_factory.mktemp("distilled")
    for method in METHODS:
        short = distill_settings("tiny", method, protocol="grandtest", iterations=4)
        distil(prepared, out / method, short)
    return {method: out / method for method in METHODS}


@pytest.fixture(scope="module")
def faces(prepared: PreparedSet) -> FaceSet:
    return load_faces(prepared, select(prepared, "grandtest").train)


def settings(supervision: str, teacher: Path, **given: Any) -> TrainSettings:
    run = str(teacher) if SUPERVISIONS[supervision].needs_run else None
    given = {"protocol": "grandtest", **given}
    return train_settings("tiny", supervision=supervision, teacher=run, **given)


@pytest.mark.parametrize("supervision", sorted(SUPERVISIONS))
def test_a_detector_learns_under_every_supervision(
    prepared: PreparedSet, teacher: Path, distilled: dict[str, Path], tmp_path: Path, supervision: str
) -> None:
    teacher = distilled.get(supervision, teacher)
    done = train(prepared, tmp_path / "run", settings(supervision, teacher, iterations=8, rate=3e-3))
    assert 0 <= done.eer_dev <= 1
    for name in ("dev", "test"):
        table = read_scores(tmp_path / "run" / "scores" / f"{name}.csv")
        rows = getattr(select(prepared, "grandtest"), name)
        assert table.rows.height == rows.height
        assert table.rows["score"].is_between(0, 1).all()
    record = read_record(tmp_path / "run", "train")
    assert record["direction"] == str(SUPERVISIONS[supervision].direction)
    with np.load(tmp_path / "run" / "scores" / "test-maps.npz") as maps:
        assert maps["detector_map"].shape == maps["teacher_map"].shape
        assert len(maps["image"]) == table.rows.height


def test_the_loss_goes_down(prepared: PreparedSet, teacher: Path, tmp_path: Path) -> None:
    train(
        prepared,
        tmp_path / "run",
        settings("binary-map", teacher, iterations=60, validate_every=5, per_class=12, rate=3e-3),
    )
    events = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    losses = [event["loss"] for event in events]
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_a_score_depends_on_its_face_alone(prepared: PreparedSet, faces: FaceSet) -> None:
    net = settle(build_detector("fas-dr-8", seed=0), faces, seed=0, count=128)
    all_scores = score_faces(net, faces, Direction.ATTACK_HIGH).scores
    for rows in ([5], [7, 5, 3], list(range(90, 4, -1))):
        part = FaceSet(faces.images[rows], faces.depth[rows], faces.region[rows], faces.rows[rows])
        assert np.array_equal(score_faces(net, part, Direction.ATTACK_HIGH).scores, all_scores[rows])


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("rule", ["eq13", "eq14", "raw", "quantile"])
def test_every_teacher_goes_with_every_rule(
    prepared: PreparedSet, distilled: dict[str, Path], faces: FaceSet, method: str, rule: str
) -> None:
    wanted = train_settings(
        "tiny", protocol="grandtest", supervision=method, label_rule=rule, teacher=str(distilled[method])
    )
    supervision, state = make_supervision(wanted, prepared, faces)
    labels = label_faces(supervision, faces)
    attacks = labels[faces.labels == 1]
    assert attacks.min() >= 0
    assert attacks.max() <= 1
    assert not labels[faces.labels == 0].any()
    # "raw" is the map as it was trained: these teachers regress g itself, not 2σ(g).
    assert state["rule"] == ("linear" if rule == "raw" else rule)
    if rule in ("eq13", "eq14"):
        assert attacks.amax((1, 2, 3)).eq(1).all()


def test_the_rule_of_a_teacher_unless_another_is_asked_for(
    prepared: PreparedSet, teacher: Path, distilled: dict[str, Path], faces: FaceSet
) -> None:
    rules = {
        name: make_supervision(settings(name, distilled.get(name, teacher)), prepared, faces)[1]["rule"]
        for name in ("meta-teacher", "pretrained-teacher", "distill", "bans", "random-map", "okddip")
    }
    assert rules == {
        "meta-teacher": "eq13", "pretrained-teacher": "eq13", "distill": "eq14", "bans": "eq14",
        "random-map": "eq14", "okddip": None,
    }  # fmt: skip


def test_a_teacher_of_another_method_is_refused(
    prepared: PreparedSet, teacher: Path, distilled: dict[str, Path], faces: FaceSet
) -> None:
    def asked(supervision: str, run: Path, **given: Any) -> None:
        wanted = train_settings(
            "tiny", protocol="grandtest", supervision=supervision, teacher=str(run), **given
        )
        make_supervision(wanted, prepared, faces)

    with pytest.raises(BadRun, match="taught by --method distill, but --supervision bans"):
        asked("bans", distilled["distill"])
    with pytest.raises(BadRun, match="taught by --method meta-teacher"):
        asked("distill-light", teacher)
    asked("fitnets", distilled["distill"])  # the same deep teacher; only the student's lesson differs
    with pytest.raises(BadSetting, match="leave --label-rule out"):
        make_supervision(settings("okddip", teacher, label_rule="raw"), prepared, faces)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"supervision": "binary-map", "peers": 3}, "--peers is for --supervision okddip"),
        ({"supervision": "depth", "peer": "fas-dr"}, "--peer is for --supervision okddip"),
        ({"supervision": "okddip", "hints": "two-stage"}, "--hints is for --supervision fitnets"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    prepared: PreparedSet, tmp_path: Path, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadSetting, match=sentence):
        train(prepared, tmp_path / "run", train_settings("tiny", protocol="grandtest", **given))
    assert not (tmp_path / "run").exists()


def test_two_ways_of_learning_do_not_mix(prepared: PreparedSet, tmp_path: Path) -> None:
    wanted = train_settings("tiny", protocol="grandtest", detector="maddg", supervision="okddip")
    with pytest.raises(BadSetting, match="each bring their own way of learning"):
        train(prepared, tmp_path / "run", wanted)
    wanted = train_settings("tiny", protocol="grandtest", detector="dtn", supervision="okddip")
    with pytest.raises(BadSetting, match="with --peer"):
        train(prepared, tmp_path / "run", wanted)
    assert not (tmp_path / "run").exists()


def test_a_label_depends_on_its_face_alone(prepared: PreparedSet, faces: FaceSet, teacher: Path) -> None:
    for rule in ("eq13", "eq14", "raw", "quantile"):
        supervision, _ = make_supervision(settings("meta-teacher", teacher, label_rule=rule), prepared, faces)
        labels = label_faces(supervision, faces)
        rows = list(range(len(faces) - 1, 2, -3))
        part = FaceSet(faces.images[rows], faces.depth[rows], faces.region[rows], faces.rows[rows])
        assert torch.equal(label_faces(supervision, part), labels[rows])
        assert not labels[faces.labels == 0].any()


def test_a_saved_detector_gives_the_scores_of_its_run(
    prepared: PreparedSet, teacher: Path, tmp_path: Path
) -> None:
    train(prepared, tmp_path / "run", settings("depth", teacher))
    net = build_detector("fas-dr-8", seed=99)
    load_network(net, tmp_path / "run", "weights")
    net.to(memory_format=torch.channels_last)  # as in training: another order would change the last bits
    test = load_faces(prepared, select(prepared, "grandtest").test)
    scores = score_faces(net.eval(), test, Direction.LIVE_HIGH).scores
    written = read_scores(tmp_path / "run" / "scores" / "test.csv").rows["score"].to_numpy()
    assert np.array_equal(written, scores)


def test_non_responses_reach_the_score_file(built_in: Path, teacher: Path, tmp_path: Path) -> None:
    prepared = open_prepared(built_in)
    gone = prepared.rows.with_columns(
        reason=pl.when((pl.col("split") == "test") & (pl.int_range(pl.len()) % 7 == 0))
        .then(pl.lit("no face found"))
        .otherwise(pl.col("reason"))
    )
    missing = gone.filter((pl.col("split") == "test") & pl.col("reason").is_not_null()).height
    assert missing > 0
    train(PreparedSet(built_in, gone, prepared.info), tmp_path / "run", settings("binary-map", teacher))
    assert read_scores(tmp_path / "run" / "scores" / "test.csv").rows["score"].null_count() == missing


def test_a_teacher_must_fit(prepared: PreparedSet, teacher: Path, faces: FaceSet, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="needs --teacher"):
        make_supervision(
            train_settings("tiny", protocol="grandtest", supervision="meta-teacher"), prepared, faces
        )
    wrong = train_settings("tiny", protocol="grandtest", supervision="depth", teacher=str(teacher))
    random = train_settings("tiny", protocol="grandtest", supervision="random-teacher", teacher=str(teacher))
    ruled = train_settings("tiny", protocol="grandtest", supervision="depth", label_rule="raw")
    with pytest.raises(BadSetting, match="uses no teacher"):
        make_supervision(random, prepared, faces)
    with pytest.raises(BadSetting, match="has no label rule"):
        make_supervision(ruled, prepared, faces)
    with pytest.raises(BadSetting, match="uses no teacher"):
        make_supervision(wrong, prepared, faces)
    with pytest.raises(BadRun, match="was taught on protocol grandtest"):
        make_supervision(settings("meta-teacher", teacher, protocol="oulu:1"), prepared, faces)
    allowed = settings("meta-teacher", teacher, protocol="oulu:1", teacher_protocol="paper")
    assert make_supervision(allowed, prepared, faces)[1]["foreign"] == "protocol grandtest, not oulu:1"
    with pytest.raises(BadRun, match="is not a run folder"):
        make_supervision(settings("meta-teacher", tmp_path), prepared, faces)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"detector": "fasdr"}, "did you mean 'fas-dr'"),
        ({"protocol": "oulu:9"}, "unknown protocol"),
        ({"label_rule": "eq133"}, "did you mean 'eq13'"),
        ({"augment": "flop"}, "did you mean 'flip'"),
    ],
)
def test_a_misspelt_name_leaves_no_run(
    prepared: PreparedSet, teacher: Path, tmp_path: Path, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadSetting, match=sentence):
        train(prepared, tmp_path / "run", settings("meta-teacher", teacher, **given))
    assert not (tmp_path / "run").exists()
