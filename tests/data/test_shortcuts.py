"""Shortcuts are planted into faces of noise, and found where they are and nowhere else."""

import builtins
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from mtfas.cli import main
from mtfas.data.manifest import FaceRow, PreparedSet, open_prepared, write_manifest
from mtfas.data.shortcuts.area import FoldScores, draw_weights, fold_area, mean_area
from mtfas.data.shortcuts.cues import CUES, Look, off_ellipse, off_geometry
from mtfas.data.shortcuts.fit import fit_and_score
from mtfas.data.shortcuts.folds import deal_halves, make_folds, units_of
from mtfas.data.shortcuts.search import Shortcuts, find_shortcuts
from mtfas.data.shortcuts.table import parameter_values, read_cues
from mtfas.data.shortcuts.words import LIMITS, as_json, notes, table, warnings
from mtfas.errors import BadData, BadSetting
from mtfas.faces.image import write_image
from mtfas.types import BONA_FIDE

SIDE = 24
SPECIES = (BONA_FIDE, BONA_FIDE, "print", "replay")
SPLITS = ("train", "dev", "test")
CAMERAS = {"one": ("a", "b"), "two": ("a", "b", "c")}
Change = Callable[[np.ndarray, FaceRow], np.ndarray]


def noise_set(
    folder: Path,
    change: Change = lambda pixels, row: pixels,
    made: Callable[[str, np.random.Generator], dict] = lambda species, random: {},
    cameras: dict[str, tuple[str, ...]] = CAMERAS,
    subjects: int = 8,
    species: tuple[str, ...] = SPECIES,
    geometry: bool = True,
) -> PreparedSet:
    """Faces of noise: every subject of a data set before every camera, two frames a clip."""
    random = np.random.default_rng(7)
    rows = []
    for name in ("faces", "geometry"):
        (folder / name).mkdir(parents=True)
    for dataset, names in cameras.items():
        for number, (person, camera, kind) in enumerate(
            (p, c, k) for p in range(subjects) for c in names for k in species
        ):
            for frame in range(2):
                name = f"{dataset}-{number}-{frame}.png"
                row = FaceRow(
                    image=f"faces/{name}", depth=None, mask=None, dataset=dataset, release="1",
                    split=SPLITS[person % 3],
                    subject=f"{dataset}-{person}", session="1", camera=camera, medium="m", species=kind,
                    label=int(kind != BONA_FIDE), presentation=f"{dataset}-{number}", frame=frame, box=None,
                    detector="given", sha256=None, source=name,
                    geometry=f"geometry/{name}" if geometry else None, made=made(kind, random),
                )  # fmt: skip
                pixels = random.integers(60, 160, (SIDE, SIDE, 3)).astype(np.float64)
                changed = np.clip(change(pixels, row), 0, 255).astype(np.uint8)
                cv2.imwrite(str(folder / row.image), changed[..., ::-1])
                if geometry:
                    cv2.imwrite(str(folder / row.geometry), standing())
                rows.append(row)
    write_manifest(folder, rows, {"dataset": "noise", "source": "test", "depth": "none"})
    return open_prepared(folder)


def standing() -> np.ndarray:
    """Something that fills the middle of the picture."""
    geometry = np.zeros((SIDE, SIDE), np.uint8)
    geometry[5:-5, 5:-5] = 200
    return geometry


def aucs(found: Shortcuts, species: str) -> dict[str, float]:
    return {group: area.auc for group, area in found.areas[species].items() if area is not None}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    """Nothing planted: parameters and pixels know nothing of the class."""
    return noise_set(
        tmp_path_factory.mktemp("plain"),
        made=lambda kind, random: {
            "yaw": float(random.normal()),
            "place": str(random.choice(["hall", "car"])),
        },
        subjects=24,
    )


def test_noise_has_no_shortcut(plain: PreparedSet) -> None:
    found = find_shortcuts(plain, repeats=200)
    assert list(found.table.groups) == [*CUES, "parameters", "all"]
    assert set(found.table.groups) == set(LIMITS)
    for species in ("print", "replay"):
        for group, area in found.areas[species].items():
            assert area is not None
            assert abs(area.auc - 0.5) < 0.12, (species, group)
            assert area.interval.low < area.auc < area.interval.high
            # 24 people before 2 + 3 cameras, twice live and once as either attack
            assert (area.live, area.attack, area.cameras) == (240, 120, 5)
    assert found.gaps == ()
    assert warnings(found) == []
    assert found.parameters == {"print": ("made.place", "made.yaw"), "replay": ("made.place", "made.yaw")}


def test_a_brighter_species(tmp_path: Path) -> None:
    """Brightness tells, and what contains it; contrast and sharpness are as they were.

    (The size of a JPEG is not: its first coefficient is the brightness of a block.)
    """

    def brighter(pixels: np.ndarray, row: FaceRow) -> np.ndarray:
        return pixels + (20 if row.species == "print" else 0)

    found = find_shortcuts(noise_set(tmp_path, brighter, subjects=16), repeats=50)
    told = aucs(found, "print")
    assert min(told[group] for group in ("brightness", "colour", "border", "background", "all")) > 0.99
    assert max(told["contrast"], told["sharpness"]) < 0.65
    assert max(aucs(found, "replay").values()) < 0.65
    assert warnings(found)[0].startswith("colour tells print from live: AUC 1.00 (95 % interval ")
    assert warnings(found)[0].endswith("160 live and 80 attack presentations), limit 0.70.")
    assert not any("replay" in warning for warning in warnings(found))
    (line,) = (line for line in table(found) if line.startswith("print"))
    assert line.split()[2] == "1.00!"


def test_a_background_that_gives_a_species_away(tmp_path: Path) -> None:
    """Another colour of the same luma behind every replay."""

    def redder(pixels: np.ndarray, row: FaceRow) -> np.ndarray:
        tint = off_geometry(standing())[..., None] * [12, -6, -0.6]
        return pixels + (tint if row.species == "replay" else 0)

    found = find_shortcuts(noise_set(tmp_path, redder, subjects=12), repeats=50)
    assert aucs(found, "replay")["background"] > 0.95
    assert aucs(found, "replay")["brightness"] < 0.65
    assert aucs(found, "print")["background"] < 0.7


def test_a_parameter_that_leaks(tmp_path: Path) -> None:
    def made(kind: str, random: np.random.Generator) -> dict:
        background = random.choice(["wall", "shelf"], p=[0.9, 0.1] if kind == "print" else [0.1, 0.9])
        attack_only = {"paper": 1.0} if kind == "print" else {}
        return {"yaw": float(random.normal()), "background": str(background), **attack_only}

    found = find_shortcuts(noise_set(tmp_path, made=made, subjects=12), repeats=50)
    assert aucs(found, "print")["parameters"] > 0.85
    assert aucs(found, "print")["all"] > 0.85
    assert aucs(found, "replay")["parameters"] < 0.65
    assert (
        max(auc for group, auc in aucs(found, "print").items() if group not in {"parameters", "all"}) < 0.65
    )
    # what only an attack has is no condition of both
    assert found.parameters["print"] == ("made.background", "made.yaw")


def test_a_cue_that_turns_round_stays_below_one_half(tmp_path: Path) -> None:
    """Brighter prints under camera a, darker ones under b: what is learned from one misleads on the other."""

    def turning(pixels: np.ndarray, row: FaceRow) -> np.ndarray:
        return pixels + (20 * (1 if row.camera == "a" else -1) if row.species == "print" else 0)

    found = find_shortcuts(noise_set(tmp_path, turning, cameras={"one": ("a", "b")}), repeats=20)
    assert aucs(found, "print")["brightness"] < 0.01
    assert not any("brightness tells print" in warning for warning in warnings(found))


def test_people_are_never_fitted_on_and_tested(plain: PreparedSet) -> None:
    """A cue that says who somebody is tells nothing of people that were not fitted on."""
    rows = plain.usable
    units = units_of(rows)
    halves = deal_halves(units, rows["species"].to_list(), seed=1)
    made = make_folds(rows, halves)
    people, cameras = rows["subject"].to_numpy(), (rows["dataset"] + "/" + rows["camera"]).to_numpy()
    assert made.held_out == "camera"
    assert [fold.camera for fold in made.folds[::2]] == ["one/a", "one/b", "two/a", "two/b", "two/c"]
    for fold in made.folds:
        assert not set(people[fold.fit]) & set(people[fold.test])
        assert set(cameras[fold.test]) == {fold.camera}
        assert fold.camera not in set(cameras[fold.fit])
        assert len(set(cameras[fold.fit])) == 4
    tested = np.sum([fold.test for fold in made.folds], axis=0)
    assert (tested == 1).all()  # every face once
    assert len(set(people[halves == 0])) == len(set(people[halves == 1])) == 24


def test_halves_get_some_of_each_species() -> None:
    units = np.repeat(np.arange(9), 2)
    species = ["live", "live"] * 4 + ["print", "print"] * 4 + ["mask", "mask"]
    halves = deal_halves(units, species, seed=3)
    for part in (slice(0, 8), slice(8, 16)):
        assert (halves[part] == 0).sum() == (halves[part] == 1).sum() == 4
    assert halves.tolist() == deal_halves(units, species, seed=3).tolist()
    assert any(halves.tolist() != deal_halves(units, species, seed=seed).tolist() for seed in range(10))


def test_one_cell_by_hand(plain: PreparedSet) -> None:
    """Print by contrast, done slowly: features in loops, Newton's method, scikit-learn's AUC."""
    found = find_shortcuts(plain, seed=5, repeats=2)
    rows = plain.usable
    halves = deal_halves(units_of(rows), rows["species"].to_list(), seed=5)
    faces = [
        {**row, "half": half, "cues": contrast_by_hand(plain.folder / row["image"])}
        for row, half in zip(rows.iter_rows(named=True), halves, strict=True)
        if row["species"] in (BONA_FIDE, "print")
    ]
    areas, weights = [], []
    for dataset, cameras in CAMERAS.items():
        for camera in cameras:
            for half in (0, 1):
                here = [(f["dataset"], f["camera"]) == (dataset, camera) for f in faces]
                fit = [f for f, h in zip(faces, here, strict=True) if f["half"] == half and not h]
                test = [f for f, h in zip(faces, here, strict=True) if f["half"] != half and h]
                odds = by_hand(fit, test)
                clips: dict[str, list[float]] = {}
                for face, value in zip(test, odds, strict=True):
                    clips.setdefault(face["presentation"], []).append(value)
                labels = {face["presentation"]: face["label"] for face in test}
                scores = [sum(values) / len(values) for values in clips.values()]
                areas.append(roc_auc_score([labels[name] for name in clips], scores))
                weights.append(sum(labels.values()))
    expected = sum(a * w for a, w in zip(areas, weights, strict=True)) / sum(weights)
    assert aucs(found, "print")["contrast"] == pytest.approx(expected, abs=2e-3)


def contrast_by_hand(path: Path) -> list[float]:
    luma = [
        round(0.299 * int(red) + 0.587 * int(green) + 0.114 * int(blue))
        for line in cv2.imread(str(path))
        for blue, green, red in line
    ]
    mean = sum(luma) / len(luma)
    low, high = np.percentile(luma, [5, 95])
    return [math.sqrt(sum((value - mean) ** 2 for value in luma) / len(luma)), high - low]


def by_hand(fit: list[dict], test: list[dict]) -> np.ndarray:
    """Balanced logistic regression with ||w||² / 2, by Newton's method from its definition."""
    x, y = np.array([f["cues"] for f in fit]), np.array([f["label"] for f in fit])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    balance = np.where(y == 1, len(y) / (2 * y.sum()), len(y) / (2 * (len(y) - y.sum())))
    ridge = np.diag([1.0] * x.shape[1] + [0.0])
    w = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (balance * (p - y)) + ridge @ w
        w -= np.linalg.solve((design.T * (balance * p * (1 - p))) @ design + ridge, gradient)
    return (np.array([f["cues"] for f in test]) - mean) / spread @ w[:-1] + w[-1]


def test_the_area_agrees_with_scikit_learn_under_weights() -> None:
    random = np.random.default_rng(2)
    fold = FoldScores(
        "d/a", random.integers(0, 12, 60) / 4, random.random(60) < 0.4, random.integers(0, 9, 60)
    )  # many ties
    weights = draw_weights(9, seed=4, repeats=40)
    areas, attacks = fold_area(fold, weights)
    for row, area, n in zip(weights, areas, attacks, strict=True):
        index = np.repeat(np.arange(60), row[fold.units])
        assert area == pytest.approx(roc_auc_score(fold.attack[index], fold.scores[index]))
        assert n == fold.attack[index].sum()
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 9).all()


def test_folds_count_by_their_attacks_and_resamples_without_a_class_are_left_out() -> None:
    told = FoldScores(
        "d/a", np.array([0.0, 1.0, 1.0, 1.0]), np.array([False, True, True, True]), np.arange(4)
    )
    lost = FoldScores("d/b", np.array([1.0, 0.0]), np.array([False, True]), np.arange(4, 6))
    area = mean_area([told, lost], draw_weights(6, seed=0, repeats=500))
    assert area.auc == 0.75
    assert (area.live, area.attack, area.cameras) == (2, 4, 2)
    assert (area.interval.low, area.interval.high) == (0.0, 1.0)
    alone = mean_area([lost], draw_weights(6, seed=0, repeats=1)[:1])
    assert math.isnan(alone.interval.low)


def test_missing_cues_count_as_average() -> None:
    random = np.random.default_rng(0)
    cues, attack = random.normal(size=(80, 2)), random.random(80) < 0.5
    cues[attack, 0] += 2
    cues[:5, 1] = np.nan
    average = np.nanmean(cues, axis=0)
    given = fit_and_score(cues, attack, np.array([[average[0], average[1]], [np.nan, np.nan]]))
    assert given[0] == pytest.approx(given[1])


def test_cues_of_known_pictures() -> None:
    grey = np.full((16, 16, 3), 100, np.uint8)
    flat = Look(grey, off_ellipse(16, 16), 500)
    assert CUES["brightness"](flat) == [100, 100]
    assert CUES["contrast"](flat) == [0, 0]
    assert CUES["sharpness"](flat) == [0, 0]
    assert CUES["colour"](flat) == [100, 100, 100, 128, 128, 0, 0, 0, 0]
    assert CUES["border"](flat) == [100, 100, 100, 0]
    framed = grey.copy()
    framed[0] = framed[-1] = framed[:, 0] = framed[:, -1] = (200, 0, 0)
    assert CUES["border"](Look(framed, off_ellipse(16, 16), 500))[:3] == [200, 0, 0]
    checks = np.indices((16, 16)).sum(axis=0) % 2 * np.ones((3, 1, 1)) * 255
    sharp = CUES["sharpness"](Look(checks.transpose(1, 2, 0).astype(np.uint8), off_ellipse(16, 16), 500))
    assert sharp[1] == pytest.approx(1.0)
    assert sharp[0] > 10
    noisy = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    sizes = [CUES["file_size"](Look(image, off_ellipse(16, 16), 500)) for image in (grey, noisy)]
    assert sizes[0][0] == sizes[1][0] == pytest.approx(math.log(500))
    assert sizes[1][1] > sizes[0][1]


def test_the_background_is_what_nothing_stands_before() -> None:
    geometry = np.zeros((16, 16), np.uint8)
    geometry[4:12, 4:12] = 7
    behind = off_geometry(geometry)
    assert not behind[3:13, 3:13].any()  # one pixel more on each side: there the camera mixes
    assert behind.sum() == 16 * 16 - 10 * 10
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[behind] = (10, 20, 30)
    assert CUES["background"](Look(picture, behind, 1))[:3] == [10, 20, 30]
    assert np.isnan(CUES["background"](Look(picture, np.zeros((16, 16), bool), 1))).all()
    ellipse = off_ellipse(16, 20)
    assert not ellipse[8].any()
    assert ellipse[0, 0]
    assert ellipse.mean() == pytest.approx(1 - math.pi / 4, abs=0.03)


def test_how_much_background_is_seen_does_not_tell() -> None:
    """A wall that brightens to one side deviates more the more of it is seen; its roughness does not."""
    wall = np.repeat(np.repeat(np.arange(0, 240, 5, dtype=np.uint8)[None, :, None], 48, axis=0), 3, axis=2)
    wide, strip = np.ones((48, 48), bool), np.zeros((48, 48), bool)
    strip[:, 22:26] = True
    seen = [CUES["background"](Look(wall, where, 1)) for where in (wide, strip)]
    assert wall[wide].std() > 10 * wall[strip].std()
    assert seen[0][3] == pytest.approx(seen[1][3], rel=0.2)
    assert seen[0][:3] == pytest.approx(seen[1][:3])
    lonely = np.indices((48, 48)).sum(axis=0) % 2 == 0  # no two neighbours
    assert np.isnan(CUES["background"](Look(wall, lonely, 1))).all()


def test_faces_that_show_no_background_are_counted(tmp_path: Path) -> None:
    data = noise_set(tmp_path, subjects=6)
    prints = data.rows.filter(pl.col("species") == "print")
    for name in [*prints["geometry"], data.rows.filter(pl.col("species") == "replay")["geometry"][0]]:
        write_image(tmp_path / name, np.full((SIDE, SIDE), 9, np.uint8))
    found = find_shortcuts(data, repeats=20)
    assert dict(found.hidden) == {BONA_FIDE: 0, "print": prints.height, "replay": 1}
    assert found.areas["print"]["background"] is None
    assert found.areas["print"]["all"] is not None
    replay = found.areas["replay"]["background"]
    assert replay is not None
    assert replay.attack == 30  # its clip has another frame
    said = "\n".join(notes(found))
    assert f"show no background are left out of that group: print {prints.height}, replay 1." in said
    assert "print (background): not measured under any camera: live faces and this species" in said
    assert next(line for line in table(found) if line.startswith("print")).count("–") == 1


def test_without_geometry_the_background_is_outside_an_ellipse(tmp_path: Path) -> None:
    data = noise_set(tmp_path, subjects=4, geometry=False)
    found = find_shortcuts(data, repeats=20)
    assert found.table.background_from == as_json(found)["background_from"] == "ellipse"
    assert any("outside the largest ellipse of the crop" in note for note in notes(found))
    assert "parameters" not in found.table.groups
    assert any("no generating parameters" in note for note in notes(found))
    first = cv2.imread(str(tmp_path / data.rows["image"][0]))[..., ::-1]
    expected = first[off_ellipse(SIDE, SIDE)].mean(axis=0)
    np.testing.assert_allclose(found.table.groups["background"][0, :3], expected)


def test_cameras_and_species_without_data_are_named(tmp_path: Path) -> None:
    data = noise_set(tmp_path, cameras={"one": ("a", "b"), "two": ("a", "unknown"), "six": ("z", "unknown")})
    rows = data.rows.filter((pl.col("dataset") != "one") | (pl.col("species") != "replay"))
    rows = rows.with_columns(
        camera=pl.when((pl.col("dataset") == "one") & (pl.col("subject") == "one-0"))
        .then(pl.lit("unknown"))
        .otherwise("camera")
    )
    found = find_shortcuts(PreparedSet(data.folder, rows, data.info), repeats=20)
    said = "\n".join(notes(found))
    assert "data set 'two' has one known camera ('a'), so none of it can be unseen: its 128 faces" in said
    assert "data set 'six' has one known camera ('z')" in said
    assert "12 faces of data set 'one' have no known camera" in said
    assert "replay: not measured under any camera: no attack to test." in said
    assert all(area is None for area in found.areas["replay"].values())
    area = found.areas["print"]["colour"]
    assert area is not None
    assert area.cameras == 2
    few = data.rows.filter((pl.col("camera") != "b") | (pl.col("species") != BONA_FIDE))
    said = "\n".join(notes(find_shortcuts(PreparedSet(data.folder, few, data.info), repeats=20)))
    assert "print, replay: not measured under one/b: no live face to test." in said


def test_sets_of_one_camera_hold_out_people_only(tmp_path: Path) -> None:
    def brighter(pixels: np.ndarray, row: FaceRow) -> np.ndarray:
        return pixels + (20 if row.species == "print" else 0)

    found = find_shortcuts(noise_set(tmp_path, brighter, cameras={"one": ("unknown",)}), repeats=20)
    assert found.folds.held_out == as_json(found)["held_out"] == "subjects"
    assert "no data set has two known cameras, so none is unseen" in notes(found)[0]
    assert aucs(found, "print")["brightness"] == 1.0


def test_clips_of_unknown_people_are_units_of_their_own(plain: PreparedSet) -> None:
    rows = plain.usable.with_columns(subject=pl.lit("unknown"))
    units = units_of(rows)
    assert len(set(units.tolist())) == rows["presentation"].n_unique()
    pairs = set(zip(units.tolist(), rows["presentation"], strict=True))
    assert len(pairs) == rows["presentation"].n_unique()


def test_the_same_seed_gives_the_same_numbers(plain: PreparedSet) -> None:
    few = PreparedSet(plain.folder, plain.rows.filter(pl.col("dataset") == "one"), plain.info)
    first, again, other = (as_json(find_shortcuts(few, seed=s, repeats=30))["species"] for s in (0, 0, 1))
    assert first == again
    assert first != other


def test_parameters_become_numbers(plain: PreparedSet) -> None:
    rows = pl.DataFrame(
        {
            "image": ["a", "b", "c"],
            "made.yaw": [1.5, None, float("inf")],
            "made.place": ["car", "hall", None],
            "made.empty": pl.Series([None] * 3, dtype=pl.String),
        }
    )
    values, names, left_out = parameter_values(rows)
    assert names.tolist() == ["made.yaw", "made.place", "made.place"]
    np.testing.assert_array_equal(values, [[1.5, 1, 0], [np.nan, 0, 1], [np.nan, np.nan, np.nan]])
    assert left_out == ()
    many = plain.rows.with_columns(pl.col("source").alias("made.source")).filter(pl.col("dataset") == "one")
    assert parameter_values(many)[2] == ("made.source",)
    found = find_shortcuts(PreparedSet(plain.folder, many, plain.info), repeats=10)
    assert "parameters: made.source has too many values to be a condition; it is left out." in notes(found)


def test_faces_that_cannot_be_read_are_left_out_and_told_of(tmp_path: Path) -> None:
    data = noise_set(tmp_path, subjects=4)
    (tmp_path / data.rows["image"][3]).write_bytes(b"")
    write_image(tmp_path / data.rows["geometry"][5], np.zeros((8, 8), np.uint8))
    cues = read_cues(data)
    assert cues.rows.height == data.rows.height - 2
    assert "is empty" in cues.unreadable[0]
    assert "not of the size of its face" in cues.unreadable[1]
    assert any("2 faces cannot be read and are left out, e.g. " in n for n in notes(find_shortcuts(data)))
    for name in data.rows["image"]:
        (tmp_path / name).unlink(missing_ok=True)
    with pytest.raises(BadData, match="has no face that can be read; prepare the data again"):
        read_cues(data)


@pytest.mark.parametrize(("kind", "missing"), [(BONA_FIDE, "attack"), ("print", "live")])
def test_one_class_alone_cannot_be_told_apart(tmp_path: Path, kind: str, missing: str) -> None:
    data = noise_set(tmp_path, subjects=2, species=(kind,))
    with pytest.raises(BadData, match=f"has no usable {missing} face, so there is nothing to tell apart"):
        find_shortcuts(data)


def test_without_scikit_learn_the_extra_is_named(plain: PreparedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return load(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadSetting, match=r"needs scikit-learn, .* pip install 'mtfas\[audit\]'"):
        find_shortcuts(plain)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple]:
    """Give `mtfas audit …`; return its exit code, and what it wrote to stdout and stderr."""

    def run(*arguments: object) -> tuple:
        monkeypatch.setattr(sys, "argv", ["mtfas", "audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        return stopped.value.code, *capfd.readouterr()

    return run


def test_a_shortcut_is_a_warning_and_no_problem(tmp_path: Path, command: Callable[..., tuple]) -> None:
    def brighter(pixels: np.ndarray, row: FaceRow) -> np.ndarray:
        return pixels + (20 if row.species == "print" else 0)

    data = noise_set(tmp_path, brighter, cameras={"one": ("a", "b")}, subjects=6).folder
    code, said, _ = command(data, "--shortcuts")
    assert code == 0
    assert "no problem found" in said
    assert "WARNING (shortcut) brightness tells print from live: AUC 1.00" in said
    code, said, _ = command(data, "--shortcuts", "--json", "--seed", 3)
    answer = json.loads(said)
    assert (code, answer["ok"]) == (0, True)
    cell = answer["shortcuts"]["species"]["print"]["brightness"]
    # six people before two cameras, twice live and once with a print
    assert (cell["auc"], cell["live"], cell["attack"], cell["cameras"], cell["over"]) == (1, 24, 12, 2, True)
    assert cell["interval"] == [1, 1]
    assert answer["shortcuts"]["limits"]["background"] == 0.6
    assert answer["shortcuts"]["intervals"]["seed"] == 3
    assert answer["shortcuts"]["warnings"][0].startswith("colour tells print")
    assert "shortcuts" not in json.loads(command(data, "--json")[1])


def test_a_problem_stays_a_problem(tmp_path: Path, command: Callable[..., tuple]) -> None:
    data = noise_set(tmp_path, cameras={"one": ("a", "b")}, subjects=6)
    (tmp_path / data.rows["image"][0]).unlink()
    code, said, _ = command(tmp_path, "--shortcuts")
    assert code == 2
    assert "PROBLEM (missing)" in said
    assert "note: 1 faces cannot be read and are left out" in said
