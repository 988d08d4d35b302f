import builtins
import importlib.util
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import trim_mean

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadData, BadRun, BadSetting
from mtfas.evaluation import pooled
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.evaluation.scores import SCHEMA, ScoreTable
from mtfas.metrics.pools import (
    MEAN,
    POOLS,
    evidence,
    means_by,
    median_pool,
    softmax_pool,
    top_mean,
    trimmed_mean,
)
from mtfas.training.detector import train
from mtfas.training.settings import train_settings
from mtfas.types import Direction, spoof_score

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "pools.py"
maps = arrays(np.float64, st.tuples(st.integers(1, 4), st.just(5), st.just(4)), elements=st.floats(-0.5, 2.5))


@given(maps, st.integers(1, 20), st.sampled_from([0.0, 0.1, 0.25, 0.49]))
def test_pools_against_slow_loops_and_scipy(drawn: np.ndarray, k: int, share: float) -> None:
    cells = evidence(drawn, Direction.ATTACK_HIGH)
    for row, top, middle in zip(cells, top_mean(cells, k), median_pool(cells), strict=True):
        falling = sorted(row.tolist(), reverse=True)
        assert top == pytest.approx(sum(falling[:k]) / k)
        assert middle == pytest.approx((falling[9] + falling[10]) / 2)
    np.testing.assert_allclose(trimmed_mean(cells, share), trim_mean(cells, share, axis=1), atol=1e-12)


@given(maps, st.sampled_from(list(Direction)))
def test_the_mean_is_the_detectors_score(drawn: np.ndarray, direction: Direction) -> None:
    expected = spoof_score(drawn.mean(axis=(1, 2)), direction)
    np.testing.assert_allclose(POOLS[MEAN](evidence(drawn, direction)), expected, atol=1e-12)


@given(maps)
def test_an_attack_shows_in_the_lowest_cells_of_a_live_high_map(drawn: np.ndarray) -> None:
    cells = evidence(drawn, Direction.LIVE_HIGH)
    np.testing.assert_allclose(POOLS["max"](cells), 1 - drawn.min(axis=(1, 2)))
    lowest = np.sort(drawn.reshape(len(drawn), -1), axis=1)[:, :4]
    np.testing.assert_allclose(POOLS["top 4"](cells), 1 - lowest.mean(axis=1), atol=1e-12)


def test_softmax_in_closed_form() -> None:
    """Two cells 0 and a: a · σ(s a)."""
    found = softmax_pool(np.array([[0.0, 0.3], [0.7, 0.0]]), sharpness=5.0)
    expected = [a / (1 + np.exp(-5.0 * a)) for a in (0.3, 0.7)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(maps)
def test_softmax_goes_from_the_mean_to_the_maximum(drawn: np.ndarray) -> None:
    cells = evidence(drawn, Direction.ATTACK_HIGH)
    rising = [softmax_pool(cells, sharpness) for sharpness in (0.0, 1.0, 8.0, 1e6)]
    np.testing.assert_allclose(rising[0], cells.mean(axis=1), atol=1e-12)
    np.testing.assert_allclose(rising[-1], cells.max(axis=1), atol=1e-5)
    assert all((low <= high + 1e-9).all() for low, high in pairwise(rising))


@pytest.mark.parametrize("name", POOLS)
def test_where_a_cell_is_makes_no_difference_and_alike_cells_give_their_value(name: str) -> None:
    random = np.random.default_rng(5)
    cells = random.uniform(size=(6, 64))
    np.testing.assert_allclose(POOLS[name](cells), POOLS[name](cells[:, random.permutation(64)]))
    np.testing.assert_allclose(POOLS[name](np.full((2, 64), 0.375)), 0.375)


def test_only_todays_mean_is_clipped() -> None:
    cells = np.full((1, 16), 1.25)
    assert {name: float(pool(cells)[0]) for name, pool in POOLS.items() if pool(cells)[0] != 1.25} == {
        MEAN: 1.0
    }


@pytest.mark.parametrize("k", [0, 17])
def test_more_cells_than_there_are_cannot_be_on_top(k: int) -> None:
    with pytest.raises(BadSetting, match=f"top {k} cells .* got 16"):
        top_mean(np.zeros((1, 16)), k)


def test_bad_maps_and_shares_are_told() -> None:
    with pytest.raises(BadData, match=r"shape \[n, h, w\] .* got \[3, 4\]"):
        evidence(np.zeros((3, 4)), Direction.ATTACK_HIGH)
    with pytest.raises(BadData, match="not finite"):
        evidence(np.full((1, 2, 2), np.nan), Direction.LIVE_HIGH)
    with pytest.raises(BadSetting, match="trimmed at each end"):
        trimmed_mean(np.zeros((1, 4)), 0.5)


def test_means_by_name() -> None:
    names, found = means_by(np.array([[1.0, 2.0], [5.0, 5.0], [3.0, 6.0]]), ["b", "a", "b"])
    assert names == ["b", "a"]
    np.testing.assert_allclose(found, [[2.0, 4.0], [5.0, 5.0]])


# benchmarks/pools.py


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_pools", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runs(built_in: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny detector of each direction, named as a study names it."""
    out, prepared = tmp_path_factory.mktemp("pools"), open_prepared(built_in)
    folders = {row: out / f"{row}_grandtest_0" for row in ("binary-map", "depth")}
    for row, folder in folders.items():
        train(prepared, folder, train_settings("tiny", protocol="grandtest", supervision=row))
    return folders


@pytest.mark.parametrize("row", ["binary-map", "depth"])
def test_the_mean_gives_the_auc_of_evaluation(script: ModuleType, runs: dict[str, Path], row: str) -> None:
    """But for pairs that lie closer than the rounding of the stored maps, which may count 1 or 0 for ½."""
    found = pooled.rate(runs[row], [MEAN])
    evaluated = read_run_scores(runs[row]).evaluation
    gaps = np.abs(evaluated.test.attack[:, None] - evaluated.test.live)
    with np.load(runs[row] / "scores" / "test-maps.npz") as stored:
        rounding = 2 * 2.0**-11 * float(np.abs(stored["detector_map"].astype(float)).mean(axis=(1, 2)).max())
    assert abs(found.test[MEAN] - evaluated.auc) <= (gaps <= rounding + 2.0**-23).mean()
    assert found.off == pytest.approx(abs(found.test[MEAN] - evaluated.auc))


def test_tables_of_real_runs(
    script: ModuleType, runs: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    begun = tmp_path / "region-mask_grandtest_0"
    shutil.copytree(runs["depth"], begun)
    text = (begun / "run.json").read_text()
    (begun / "run.json").write_text(text.replace('"finished": true', '"finished": false'))
    script.main([*map(str, runs.values()), str(begun), "--pools", "mean;median"])
    said = capsys.readouterr()
    auc = read_run_scores(runs["depth"]).evaluation.auc
    lines = [line for line in said.out.splitlines() if line.startswith("| depth | 1 |")]
    assert float(lines[0].split(" | ")[2]) == pytest.approx(100 * auc, abs=0.2)
    assert "left out, not finished: region-mask_grandtest_0" in said.err
    assert "2 runs" in said.out


def test_scores_that_are_not_the_means_of_the_maps_are_refused(
    script: ModuleType, runs: dict[str, Path], tmp_path: Path
) -> None:
    run = tmp_path / runs["depth"].name
    shutil.copytree(runs["depth"], run)
    path = run / "scores" / "test.csv"
    first, header, *rows = path.read_text().splitlines()
    rows[0] = rows[0].rpartition(",")[0] + ",0.123"
    path.write_text("\n".join([first, header, *rows]) + "\n")
    with pytest.raises(BadRun, match="not the means of its maps"):
        pooled.rate(run, [MEAN])


def planted(script: ModuleType, seed: int, where: int | None) -> object:
    """30 subjects, each with a bona fide and an attack presentation of two frames; attacks raise one cell."""
    random = np.random.default_rng(seed)
    rows, cells = [], []
    for subject in range(30):
        for label in (0, 1):
            for frame in range(2):
                name = f"{subject}-{label}"
                rows.append([name, frame, f"s{subject}", label, ["bona_fide", "print"][label], 0.5])
                cells.append(
                    random.normal(0, 1, 16) + (0 if where is None else 2.0 * label) * (np.arange(16) == where)
                )
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return pooled.Part(ScoreTable(table, "attack_high", Path("dev.csv")), np.array(cells))


def test_learned_weights_find_the_cell_that_tells(script: ModuleType) -> None:
    dev, test = planted(script, 1, where=6), planted(script, 2, where=6)
    learned = pooled.learn(dev)
    weights = learned.pool(np.eye(16)) - learned.pool(np.zeros((1, 16)))
    assert int(np.argmax(weights)) == 6
    # two frames: means of N(2, ½) against N(0, ½), so the cell alone has AUC Φ(2) = 0.977
    assert test.auc(learned.pool) == pytest.approx(0.977, abs=0.05)  # type: ignore[attr-defined]
    assert learned.out_of_fold == pytest.approx(0.977, abs=0.08)


def test_the_learned_pools_dev_auc_is_of_subjects_left_out(script: ModuleType) -> None:
    """Cells of pure noise: the fit tells its own presentations apart, the left-out ones it cannot."""
    dev = planted(script, 3, where=None)
    learned = pooled.learn(dev)
    assert dev.auc(learned.pool) > 0.7  # type: ignore[attr-defined]
    assert abs(learned.out_of_fold - 0.5) < 0.2


def test_learned_weights_need_two_subjects_of_each_class(script: ModuleType) -> None:
    part = planted(script, 1, where=6)
    table = part.table.rows.with_columns(subject=pl.lit("anna"))  # type: ignore[attr-defined]
    one = pooled.Part(ScoreTable(table, "attack_high", Path("dev.csv")), part.cells)  # type: ignore[attr-defined]
    with pytest.raises(BadData, match="at least 2 dev subjects"):
        pooled.learn(one)


def stops(script: ModuleType, capsys: pytest.CaptureFixture[str], *given: object) -> str:
    with pytest.raises(SystemExit) as stopped:
        script.main(list(map(str, given)))
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_without_scikit_learn_one_sentence_says_so(
    script: ModuleType,
    runs: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    load = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return load(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    said = stops(script, capsys, *runs.values())
    assert said.startswith("the learned pool needs scikit-learn, which is not installed; run: pip install")
    assert said.count("\n") == 1


def test_what_cannot_be_compared_is_told(
    script: ModuleType, runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depth, binary, short = runs["depth"], runs["binary-map"], ("--pools", "median")
    other = tmp_path / "other-name"
    shutil.copytree(depth, other)
    assert "not named ROW_grandtest_0" in stops(script, capsys, other, *short)
    again = tmp_path / "again" / binary.name
    shutil.copytree(binary, again)
    assert "there twice" in stops(script, capsys, binary, again, *short)
    assert "unknown baseline 'binary-map'" in stops(script, capsys, depth, *short)
    assert "unknown pool 'medain'; did you mean 'median'" in stops(
        script, capsys, binary, "--pools", "medain"
    )
    assert "unknown protocol 'siw-m'" in stops(script, capsys, binary, *short, "--protocols", "siw-m")
    assert "is no folder" in stops(script, capsys, tmp_path / "nothing", *short)
    assert "none of the runs given is finished" in stops(script, capsys, tmp_path, *short)
