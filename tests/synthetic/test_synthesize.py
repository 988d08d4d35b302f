"""The built-in benchmark as a prepared data set: complete, exact, the same bytes every time."""

from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadSetting
from mtfas.synthetic import synthesize as module
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.camera import CAMERAS
from mtfas.synthetic.plan import faces_per_subject
from mtfas.synthetic.presets import PRESETS, SynthesisPreset
from mtfas.synthetic.shot import SESSIONS
from mtfas.synthetic.synthesize import SubjectJob, SynthesisSummary, render_subject, synthesize
from mtfas.types import Split

TINY = PRESETS["tiny"]


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> SynthesisSummary:
    return synthesize(tmp_path_factory.mktemp("rendered") / "data", preset="tiny", seed=5, workers=1)


@pytest.fixture(scope="module")
def rows(summary: SynthesisSummary) -> pl.DataFrame:
    return open_prepared(summary.folder).usable


@pytest.fixture
def smallest(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(PRESETS, "smallest", SynthesisPreset("smallest", 16, 1, 1, 1, 1, 1))
    return "smallest"


def bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def grey(folder: Path, name: str) -> np.ndarray:
    image = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
    assert image.ndim == 2
    return image


def test_same_bytes_on_repeat_and_with_two_workers(tmp_path: Path, smallest: str) -> None:
    first = synthesize(tmp_path / "a", smallest, seed=2, workers=1)
    again = synthesize(tmp_path / "b", smallest, seed=2, workers=1)
    two = synthesize(tmp_path / "c", smallest, seed=2, workers=2)
    assert bytes_of(first.folder) == bytes_of(again.folder) == bytes_of(two.folder)


def test_another_seed_or_subject_gives_other_faces(tmp_path: Path, smallest: str) -> None:
    jobs = [
        SubjectJob(seed, subject, Split.TRAIN, PRESETS[smallest])
        for seed, subject in ((1, 0), (2, 0), (1, 1))
    ]
    digests = [row.sha256 for job in jobs for row in render_subject(tmp_path / str(job.seed), job)]
    assert len(set(digests)) == len(digests)


def test_every_face_is_there_with_its_size_and_hash(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    assert rows.height == summary.counts["faces"] == sum(TINY.subjects.values()) * faces_per_subject(TINY)
    for name, digest in rows.select("image", "sha256").iter_rows():
        content = (summary.folder / name).read_bytes()
        assert sha256(content).hexdigest() == digest
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image.shape == (TINY.size, TINY.size, 3)


def test_a_subject_is_in_one_split(rows: pl.DataFrame) -> None:
    splits = rows.group_by("subject").agg(pl.col("split").n_unique())
    assert splits["split"].max() == 1
    counts = rows.select("subject", "split").unique()["split"].value_counts()
    assert dict(counts.iter_rows()) == {str(split): number for split, number in TINY.subjects.items()}


def test_every_subject_meets_every_instrument_in_every_camera_and_session(rows: pl.DataFrame) -> None:
    media = {medium for attack in ATTACKS.values() for medium in attack.media} | {"none"}
    cells = rows.group_by("subject", "session", "camera", "medium").len()
    assert cells.height == sum(TINY.subjects.values()) * len(SESSIONS) * len(CAMERAS) * len(media)
    live = cells.filter(pl.col("medium") == "none")["len"]
    assert set(live) == {TINY.live_frames}
    assert set(cells.filter(pl.col("medium") != "none")["len"]) == {TINY.attack_frames}
    assert rows.select("presentation", "frame").n_unique() == rows.height


def test_depth_for_live_faces_and_regions_for_attacks_only(rows: pl.DataFrame) -> None:
    live, attacks = rows.filter(pl.col("label") == 0), rows.filter(pl.col("label") == 1)
    assert live["depth"].null_count() == 0
    assert live["mask"].null_count() == live.height
    assert attacks["mask"].null_count() == 0
    assert attacks["depth"].null_count() == attacks.height
    assert set(live["species"]) == {"bona_fide"}
    assert set(attacks["species"]) == set(ATTACKS)


def test_depth_is_of_the_head(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    middle = slice(TINY.size // 2 - 3, TINY.size // 2 + 3)
    for name in rows.filter(pl.col("label") == 0)["depth"]:
        depth = grey(summary.folder, name)
        assert depth.max() == 255
        assert depth[middle, middle].min() > 100  # nose and cheeks are near
        # Below the jaw, at both sides, there is never a head.
        assert depth[-2:, :3].max() == depth[-2:, -3:].max() == 0


def test_regions_are_binary_and_plausible(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    shares: dict[str, list[float]] = {}
    for species, name in rows.filter(pl.col("label") == 1).select("species", "mask").iter_rows():
        mask = grey(summary.folder, name)
        assert set(np.unique(mask)) <= {0, 255}
        shares.setdefault(species, []).append(float(np.mean(mask > 0)))
    assert all(0.015 < share < 0.4 for share in shares["paper_glasses"])
    assert all(0.1 < share < 0.8 for share in shares["silicone_mask"])
    for species in ("print", "replay"):
        assert min(shares[species]) > 0.3
        assert 0.6 < np.mean(np.equal(shares[species], 1.0)) < 1.0  # edges are seen, but seldom


def test_brightness_alone_tells_little(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    from sklearn.metrics import roc_auc_score

    levels = [cv2.imread(str(summary.folder / name)).mean() for name in rows["image"]]
    assert 40 < np.mean(levels) < 200
    assert 0.3 < roc_auc_score(rows["label"].to_numpy(), levels) < 0.7


def test_dataset_json_says_rendered(summary: SynthesisSummary) -> None:
    info = open_prepared(summary.folder).info
    assert "not real data" in info["source"]
    assert (info["preset"], info["seed"], info["crop"]["size"]) == ("tiny", 5, TINY.size)
    sheet = cv2.imread(str(summary.contact_sheet))
    assert sheet is not None
    assert sheet.std() > 20


def test_an_interrupted_rendering_leaves_nothing(
    tmp_path: Path, smallest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path, job: SubjectJob) -> list[object]:
        if job.subject == 1:
            raise KeyboardInterrupt
        return list(render_subject(folder, job))

    monkeypatch.setattr(module, "render_subject", interrupted)
    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "data", smallest, workers=1)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_kept(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("mine")
    with pytest.raises(BadSetting, match="already exists"):
        synthesize(tmp_path / "data", "tiny")
    assert (tmp_path / "data" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"preset": "tini"}, "did you mean 'tiny'"),
        ({"preset": "tiny", "workers": 0}, "workers is 0"),
        ({"preset": "tiny", "seed": -1}, "seed is -1"),
    ],
)
def test_bad_settings(tmp_path: Path, settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        synthesize(tmp_path / "data", **settings)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
