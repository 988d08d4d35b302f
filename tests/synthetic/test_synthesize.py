"""The built-in benchmark as a prepared data set: complete, exact, the same bytes every time."""

import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadSetting
from mtfas.runtime.files import UNFINISHED
from mtfas.synthetic import synthesize as module
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.plan import SubjectJob, plan_jobs
from mtfas.synthetic.presets import PRESETS, SynthesisPreset
from mtfas.synthetic.store import read_rows
from mtfas.synthetic.synthesize import SynthesisSummary, render_subject, synthesize

TINY = PRESETS["tiny"]
FEW = {"o": (1, 0, 0), "c": (1, 0, 0), "i": (0, 0, 0), "m": (1, 1, 0), "s": (23, 0, 0)}


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> SynthesisSummary:
    return synthesize(tmp_path_factory.mktemp("rendered") / "data", preset="tiny", seed=5, workers=1)


@pytest.fixture(scope="module")
def rows(summary: SynthesisSummary) -> pl.DataFrame:
    return open_prepared(summary.folder).usable


@pytest.fixture
def smallest(monkeypatch: pytest.MonkeyPatch) -> str:
    preset = SynthesisPreset("smallest", 16, FEW, dict.fromkeys("ocims", 1))
    monkeypatch.setitem(PRESETS, "smallest", preset)
    return "smallest"


def bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def grey(folder: Path, name: str) -> np.ndarray:
    image = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
    assert image.ndim == 2
    return image


def test_faces_of_another_size(tmp_path: Path, smallest: str) -> None:
    folder = synthesize(tmp_path / "a", smallest, workers=1, domains=["c"], size=48).folder
    prepared = open_prepared(folder)
    assert prepared.info["crop"]["size"] == 48
    assert cv2.imread(str(folder / prepared.usable["image"][0])).shape == (48, 48, 3)
    for wrong in (8, 520, 50):
        with pytest.raises(BadSetting, match=f"size is {wrong} pixels; choose 16 to 512"):
            synthesize(tmp_path / "b", smallest, size=wrong)
    assert not (tmp_path / "b").exists()


def test_same_bytes_on_repeat_and_with_two_workers(tmp_path: Path, smallest: str) -> None:
    first = synthesize(tmp_path / "a", smallest, seed=2, workers=1)
    again = synthesize(tmp_path / "b", smallest, seed=2, workers=1)
    two = synthesize(tmp_path / "c", smallest, seed=2, workers=2)
    assert bytes_of(first.folder) == bytes_of(again.folder) == bytes_of(two.folder)


def test_a_domain_alone_has_the_same_faces_as_among_others(tmp_path: Path, smallest: str) -> None:
    whole = open_prepared(synthesize(tmp_path / "a", smallest, workers=1).folder).rows
    alone = open_prepared(synthesize(tmp_path / "b", smallest, workers=1, domains=["s"]).folder).rows
    assert set(alone["dataset"]) == {"built-in-s"}
    assert alone["sha256"].to_list() == whole.filter(pl.col("dataset") == "built-in-s")["sha256"].to_list()


def test_more_frames_go_on_with_the_same_clips(tmp_path: Path, smallest: str) -> None:
    one = open_prepared(synthesize(tmp_path / "a", smallest, workers=1, domains=["m"]).folder).rows
    made = synthesize(tmp_path / "b", smallest, workers=1, domains=["m"], frames=9)
    nine = open_prepared(made.folder).rows
    assert nine.height == 9 * one.height
    assert nine.filter(pl.col("frame") == 0)["sha256"].to_list() == one["sha256"].to_list()
    assert nine.group_by("presentation").agg(pl.col("sha256").n_unique())["sha256"].min() == 9


def test_another_seed_or_subject_gives_other_faces(tmp_path: Path, smallest: str) -> None:
    jobs = [plan_jobs(PRESETS[smallest], seed, "m")[number] for seed, number in ((1, 0), (2, 0), (1, 1))]
    digests = []
    for number, job in enumerate(jobs):
        render_subject(tmp_path / str(number), job)
        digests += [row.sha256 for row in read_rows(tmp_path / str(number), job.subject.name) or []]
    assert len(digests) == 3 * jobs[0].faces
    assert len(set(digests)) == len(digests)


def test_every_face_is_there_with_its_size_and_hash(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    jobs = plan_jobs(TINY, 5)
    assert rows.height == summary.counts["faces"] == sum(job.faces for job in jobs)
    for name, digest in rows.select("image", "sha256").iter_rows():
        content = (summary.folder / name).read_bytes()
        assert sha256(content).hexdigest() == digest
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image.shape == (TINY.size, TINY.size, 3)


def test_a_subject_is_in_one_split_of_one_domain(rows: pl.DataFrame) -> None:
    owned = rows.group_by("subject").agg(pl.col("split").n_unique(), pl.col("dataset").n_unique())
    assert owned["split"].max() == owned["dataset"].max() == 1
    counts = rows.select("dataset", "subject", "split").unique().group_by("dataset", "split").len()
    found = {(dataset, split): number for dataset, split, number in counts.iter_rows()}
    wanted = {
        (domain.dataset, str(split)): number
        for letter, domain in DOMAINS.items()
        for split, number in TINY.subjects(letter).items()
    }
    assert found == wanted


def cells(rows: pl.DataFrame, letter: str) -> dict[str, int]:
    """Return how many clips the first subject of a domain has of each species and medium."""
    own = rows.filter(pl.col("subject") == f"{letter}-000")
    counts = (
        own.group_by("species", "medium").agg(pl.col("presentation").n_unique()).sort("species", "medium")
    )
    return {f"{species}/{medium}": number for species, medium, number in counts.iter_rows()}


def test_subjects_do_what_the_published_sets_did(rows: pl.DataFrame) -> None:
    phones_and_sessions = 6 * 3  # OULU-NPU: every phone in every session, live and four instruments
    assert cells(rows, "o") == {
        name: phones_and_sessions
        for name in (
            "bona_fide/none",
            "print/printer-1",
            "print/printer-2",
            "replay/display-1",
            "replay/display-2",
        )
    }
    qualities = 3  # CASIA-MFSD: twelve clips
    assert cells(rows, "c") == {
        name: qualities
        for name in (
            "bona_fide/none",
            "cut_photo/coated-paper-1",
            "replay/display-3",
            "warped_photo/coated-paper-1",
        )
    }
    lights_and_supports = 2 * 2  # Replay-Attack: 4 live clips and 20 attacks
    media = ("mobile-photo", "mobile-video", "highdef-photo", "highdef-video")
    names = ("bona_fide/none", "print/printer-3", *(f"replay/{medium}" for medium in media))
    assert cells(rows, "i") == {name: lights_and_supports for name in sorted(names)}
    # MSU-MFSD: 2 live clips and 6 attacks
    names = ("bona_fide/none", "print/printer-4", "replay/display-6", "replay/display-7")
    assert cells(rows, "m") == dict.fromkeys(names, 2)


def test_every_attacker_of_domain_s_attacks_in_one_way(rows: pl.DataFrame) -> None:
    own = rows.filter(pl.col("dataset") == "built-in-s")
    assert own.group_by("subject").agg(pl.col("presentation").n_unique())["presentation"].max() == 1
    for split in ("train", "dev", "test"):
        counts = own.filter(pl.col("split") == split).group_by("species").agg(pl.col("subject").n_unique())
        assert dict(counts.iter_rows()) == {"bona_fide": 10} | dict.fromkeys(DOMAINS["s"].media, 1)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_clip_has_a_name_of_its_own(preset: str) -> None:
    names = [clip.name for job in plan_jobs(PRESETS[preset], 0) for clip in job.clips()]
    assert len(set(names)) == len(names)


def test_no_camera_or_place_of_domain_s_gives_a_species_away() -> None:
    clips = [job.subject.presentations[0] for job in plan_jobs(PRESETS["cpu"], 0, "s")]
    for species in {clip.species for clip in clips}:
        own = [clip for clip in clips if clip.species == species]
        for values in ([clip.camera.name for clip in own], [clip.place.name for clip in own]):
            counts = [values.count(value) for value in set(values)]
            assert max(counts) <= 2 * min(counts), (species, counts)


def test_depth_for_live_faces_and_regions_for_attacks_only(rows: pl.DataFrame) -> None:
    live, attacks = rows.filter(pl.col("label") == 0), rows.filter(pl.col("label") == 1)
    assert live["depth"].null_count() == 0
    assert live["mask"].null_count() == live.height
    assert attacks["mask"].null_count() == 0
    assert attacks["depth"].null_count() == attacks.height
    assert set(live["species"]) == {"bona_fide"}
    assert set(attacks["species"]) == set(ATTACKS)
    assert rows["geometry"].null_count() == 0


def test_depth_is_of_the_head(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    middle = slice(TINY.size // 2 - 3, TINY.size // 2 + 3)
    for name in rows.filter(pl.col("label") == 0)["depth"]:
        depth = grey(summary.folder, name)
        assert depth.max() == 255
        assert depth[middle, middle].min() > 60  # nose and cheeks are near
        # Below the jaw, at both sides, there is never a head.
        assert depth[-2:, :3].max() == depth[-2:, -3:].max() == 0


def test_regions_are_binary_and_plausible(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    shares: dict[str, list[float]] = {}
    for species, name in rows.filter(pl.col("label") == 1).select("species", "mask").iter_rows():
        mask = grey(summary.folder, name)
        assert set(np.unique(mask)) <= {0, 255}
        shares.setdefault(species, []).append(float(np.mean(mask > 0)))
    for species in ("paper_glasses", "funny_eye_glasses", "partial_paper"):
        assert all(0.01 < share < 0.45 for share in shares[species]), species
    for species in ("silicone_mask", "transparent_mask", "paper_mask", "mannequin"):
        assert all(0.1 < share < 0.8 for share in shares[species]), species
    assert all(0.05 < share < 0.6 for share in shares["half_mask"])
    for species in ("print", "replay"):
        assert min(shares[species]) > 0.3
        assert 0.6 < np.mean(np.equal(shares[species], 1.0)) < 1.0  # edges are seen, but seldom


def test_attacks_stand_where_their_region_is(summary: SynthesisSummary, rows: pl.DataFrame) -> None:
    flat = rows.filter(pl.col("species").is_in(["print", "replay"]))
    for mask, geometry in flat.select("mask", "geometry").iter_rows():
        np.testing.assert_array_equal(grey(summary.folder, geometry) > 0, grey(summary.folder, mask) > 0)
    worn = rows.filter(pl.col("species").is_in(["silicone_mask", "paper_glasses", "mannequin"]))
    for mask, geometry in worn.select("mask", "geometry").iter_rows():
        region = grey(summary.folder, mask) > 0
        assert (grey(summary.folder, geometry)[region] > 0).mean() > 0.97


def test_generating_parameters_are_recorded(rows: pl.DataFrame) -> None:
    made = [name for name in rows.columns if name.startswith("made.")]
    everybody = {
        "light_azimuth",
        "light_warmth",
        "background",
        "blur",
        "exposure",
        "noise_gain",
        "jpeg_quality",
    }
    everybody |= {"crop_scale", "crop_right", "beard", "spectacles"}
    for name in sorted(everybody):
        assert f"made.{name}" in made
        assert rows[f"made.{name}"].null_count() == 0
    live = rows.filter(pl.col("label") == 0)
    assert live["made.yaw"].null_count() == 0
    assert live["made.yaw"].abs().max() <= 40
    assert live["made.background"].n_unique() > 3


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


def interrupt_at(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Make rendering stop before a subject; return the list of those that were really rendered."""
    rendered: list[str] = []

    def interrupted(folder: Path, job: SubjectJob) -> None:
        if job.subject.name == name:
            raise KeyboardInterrupt
        if not (folder / UNFINISHED / "rows" / f"{job.subject.name}.json").exists():
            rendered.append(job.subject.name)
        render_subject(folder, job)

    monkeypatch.setattr(module, "render_subject", interrupted)
    return rendered


def test_an_interrupted_rendering_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, smallest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = synthesize(tmp_path / "whole", smallest, workers=1)
    first = interrupt_at(monkeypatch, "s-004")
    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "data", smallest, workers=1)
    assert not (tmp_path / "data").exists()
    assert first[-1] == "s-003"
    rest = interrupt_at(monkeypatch, "nobody")
    again = synthesize(tmp_path / "data", smallest, workers=1)
    assert rest[0] == "s-004"
    assert not set(first) & set(rest)
    assert bytes_of(again.folder) == bytes_of(whole.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "whole"]


def test_an_unfinished_rendering_with_other_settings_is_not_mixed_in(
    tmp_path: Path, smallest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_at(monkeypatch, "s-004")
    with pytest.raises(KeyboardInterrupt):
        synthesize(tmp_path / "data", smallest, seed=1, workers=1)
    with pytest.raises(BadSetting, match=r"unfinished attempt .* other settings.* or remove it"):
        synthesize(tmp_path / "data", smallest, seed=2, workers=1)


@pytest.mark.slow
def test_a_killed_rendering_goes_on_and_gives_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mtfas", "synthesize", "data", "--preset", "tiny", "--domains", "ms"]
    killed = subprocess.Popen([*command, "--workers", "2"], cwd=tmp_path)
    scratch = tmp_path / ".data.unfinished" / UNFINISHED / "rows"
    while len(list(scratch.glob("*.json"))) < 4 and killed.poll() is None:
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert not (tmp_path / "data").exists(), "it was killed before its end"
    subprocess.run(command, cwd=tmp_path, check=True)
    whole = synthesize(tmp_path / "whole", "tiny", workers=1, domains=["m", "s"])
    assert bytes_of(tmp_path / "data") == bytes_of(whole.folder)


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
        ({"preset": "tiny", "frames": 0}, "frames is 0"),
        ({"preset": "tiny", "domains": ["x"]}, "unknown domain 'x'"),
        ({"preset": "tiny", "domains": []}, "no domain"),
    ],
)
def test_bad_settings(tmp_path: Path, settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        synthesize(tmp_path / "data", **settings)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
