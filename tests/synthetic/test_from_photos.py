"""Attacks made from photographs: real files on disk, drawn by our own renderer."""

from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadData, BadFile, BadSetting
from mtfas.runtime.seeds import stream
from mtfas.synthetic import from_photos
from mtfas.synthetic.attacks.photo_pieces import Shape, eyes_piece, glasses, mouth_piece, wear_piece
from mtfas.synthetic.camera import SOURCE_CAMERA, capture, expose
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.from_photos import (
    CAMERAS,
    INSTRUMENTS,
    KNOWN_GEOMETRY,
    LIVE_FRAMES,
    PLACES,
    synthesize_from_photos,
)
from mtfas.synthetic.photos import list_photos, read_people
from mtfas.synthetic.shot import LIVE_MEDIUM, Clip, Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.synthesize import stage
from mtfas.types import BONA_FIDE

SIDE = 200
PEOPLE = 4
WORN = ("paper_glasses", "partial_paper")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people in sub-folders (one with two photographs), a damaged file, and a boxes file for all."""
    folder = tmp_path_factory.mktemp("photos")
    framing = Framing(80)
    lines = ["file,left,top,width,height"]
    for number in range(PEOPLE):
        for copy in range(2 if number == 0 else 1):
            name = f"person-{number}/{copy}.png"
            sitter = Sitter(21, f"subject-{number}", framing)
            place, camera = DOMAINS["o"].places[0], DOMAINS["o"].cameras[0]
            live = Shot(Clip(21, sitter.who, place, camera, BONA_FIDE, LIVE_MEDIUM, framing, 1 + copy), 0)
            exposure = expose(SOURCE_CAMERA, stream(0, name, "exposure"))
            picture = capture(SOURCE_CAMERA, stage(sitter, live).colour, SIDE, exposure, stream(0, name))
            (folder / name).parent.mkdir(exist_ok=True)
            cv2.imwrite(str(folder / name), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            lines.append(f"{name},38,38,124,124")
    (folder / "person-3" / "broken.jpg").write_bytes(b"\xff\xd8\xff not a photograph")
    (folder / "boxes.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def made(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "data"
    summary = synthesize_from_photos(photos, out, size=32, seed=1, boxes=photos / "boxes.csv", workers=1)
    assert (summary.photographs, summary.with_face) == (PEOPLE + 2, PEOPLE + 1)
    assert summary.contact_sheet.is_file()
    return out


def test_every_photograph_gives_live_and_every_attack_in_every_camera(made: Path) -> None:
    rows = open_prepared(made).usable
    per_photo = len(CAMERAS) * (LIVE_FRAMES + len(INSTRUMENTS))
    assert len(CAMERAS) == len({camera.name for camera in CAMERAS}) == 6
    assert len(PLACES) == len({place.name for place in PLACES})
    assert set(rows["source"].value_counts()["count"]) == {per_photo}
    assert rows.height == (PEOPLE + 1) * per_photo
    assert rows.select("presentation", "frame").n_unique() == rows.height
    assert set(rows["detector"]) == {"given"}
    for name, digest in rows.select("image", "sha256").iter_rows():
        content = (made / name).read_bytes()
        assert sha256(content).hexdigest() == digest
        assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED).shape == (32, 32, 3)


def test_no_subject_in_two_splits_and_all_splits_used(made: Path) -> None:
    rows = open_prepared(made).rows
    assert rows.group_by("subject").agg(pl.col("split").n_unique())["split"].max() == 1
    assert set(rows["split"]) == {"train", "dev", "test"}
    assert set(rows["subject"]) == {f"person-{number}" for number in range(PEOPLE)}


def test_a_damaged_file_is_counted_with_its_reason(made: Path) -> None:
    opened = open_prepared(made)
    failed = opened.rows.filter(pl.col("reason").is_not_null())
    assert failed["source"].to_list() == ["person-3/broken.jpg"]
    assert failed["reason"][0].startswith("undecodable: person-3/broken.jpg")
    assert (failed["image"][0], failed["label"][0]) == (None, 0)
    assert opened.info["counts"]["non_responses"] == 1
    assert "simulated" in opened.info["source"]


def test_depth_and_regions(made: Path) -> None:
    for depth, mask, species in open_prepared(made).usable.select("depth", "mask", "species").iter_rows():
        if species == "bona_fide":
            image = cv2.imread(str(made / depth), cv2.IMREAD_UNCHANGED)
            assert mask is None
            assert image[16, 16] > 100
            assert image[0, 0] == image[-1, -1] == 0
        else:
            share = (cv2.imread(str(made / mask), cv2.IMREAD_UNCHANGED) > 0).mean()
            assert depth is None
            assert (0.01 < share < 0.4) if species in WORN else share > 0.3


def test_only_recaptures_have_a_geometry_and_every_row_its_parameters(made: Path) -> None:
    rows = open_prepared(made).usable
    for name, species in rows.select("geometry", "species").iter_rows():
        assert (name is not None) == (species in KNOWN_GEOMETRY)
        if name is not None:
            seen = cv2.imread(str(made / name), cv2.IMREAD_UNCHANGED)
            assert seen.shape == (32, 32)
            assert seen.max() == 255
    conditions = [f"made.{name}" for name in ("blur", "exposure", "light_azimuth", "crop_scale")]
    assert rows.select(conditions).null_count().sum_horizontal().item() == 0
    held = rows.filter(pl.col("species").is_in(KNOWN_GEOMETRY))
    assert held.select("made.tilt_yaw", "made.shake", "made.edge").null_count().sum_horizontal().item() == 0
    prints, glasses = (rows.filter(pl.col("species") == name) for name in ("print", "paper_glasses"))
    assert prints["made.structure"].n_unique() == prints.height
    assert glasses["made.cover"].min() > 0.005


@pytest.mark.parametrize("shape", [glasses, eyes_piece, mouth_piece])
def test_a_printed_piece_changes_its_region_and_throws_a_shadow_on_nothing_far_off(shape: Shape) -> None:
    framing, domain = Framing(64), DOMAINS["s"]
    live = np.full((framing.canvas, framing.canvas, 3), 0.3, np.float32)
    donor = np.full(live.shape, 120, np.uint8)
    shares = []
    for seed in range(6):
        clip = Clip(seed, "x", domain.places[0], domain.cameras[0], "partial_paper", "p", framing)
        scene = wear_piece(shape, live, donor, Shot(clip, 0))
        shares.append(scene.region.mean())
        changed = np.abs(scene.colour - live).max(axis=-1)
        assert (changed[scene.region] > 0.003).mean() > 0.9
        near = cv2.dilate(scene.region.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=20) > 0
        assert changed[~near].max() < 0.01
        assert (scene.colour[near & ~scene.region] < 0.29).any(), "a shadow"
        assert np.isneginf(scene.depth).all()
    assert 0.01 < min(shares) < max(shares) < 0.25
    assert max(shares) > 1.2 * min(shares), "no two pieces are cut alike"


def test_a_live_row_still_shows_the_photograph(made: Path, photos: Path) -> None:
    rows = open_prepared(made).usable.filter(pl.col("species") == "bona_fide")
    for source in set(rows["source"]):
        photo = cv2.imread(str(photos / source), cv2.IMREAD_GRAYSCALE)
        cut = cv2.resize(photo[20:180, 20:180], (32, 32), interpolation=cv2.INTER_AREA)
        alike = []
        for name in rows.filter(pl.col("source") == source)["image"]:
            face = cv2.imread(str(made / name), cv2.IMREAD_GRAYSCALE)
            alike.append(np.corrcoef(cut.ravel(), face.ravel())[0, 1])
        assert min(alike) > 0.4  # strong light, a hand before the face
        assert np.mean(alike) > 0.8


def test_two_workers_give_the_same_bytes(made: Path, photos: Path, tmp_path: Path) -> None:
    again = synthesize_from_photos(
        photos, tmp_path / "data", size=32, seed=1, boxes=photos / "boxes.csv", workers=2
    )
    for path in made.rglob("*"):
        if path.is_file():
            assert (again.folder / path.relative_to(made)).read_bytes() == path.read_bytes()


def test_an_interrupted_making_goes_on_where_it_stopped(
    made: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    save = from_photos.save_face

    def stop_late(folder: Path, face: object, origin: from_photos.Origin) -> object:
        rendered.append(origin.presentation)
        if stopping and len(rendered) > 150:
            raise KeyboardInterrupt
        return save(folder, face, origin)

    monkeypatch.setattr(from_photos, "save_face", stop_late)
    settings = {"size": 32, "seed": 1, "boxes": photos / "boxes.csv", "workers": 1}
    stopping = True
    with pytest.raises(KeyboardInterrupt):
        synthesize_from_photos(photos, tmp_path / "data", **settings)
    assert not (tmp_path / "data").exists()
    with pytest.raises(BadSetting, match="unfinished attempt"):
        synthesize_from_photos(photos, tmp_path / "data", **(settings | {"seed": 2}))
    stopping, first = False, set(rendered)
    rendered.clear()
    synthesize_from_photos(photos, tmp_path / "data", **settings)
    per_photo = len(CAMERAS) * (LIVE_FRAMES + len(INSTRUMENTS))
    assert len(rendered) == PEOPLE * per_photo, "the first of five photographs was finished before"
    assert {name for name in first if name not in rendered}
    assert (tmp_path / "data" / "manifest.parquet").read_bytes() == (made / "manifest.parquet").read_bytes()


def test_fewer_than_three_subjects(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "people.tsv"
    names = [
        f"person-{number}/{copy}.png" for number in range(PEOPLE) for copy in range(2 if number == 0 else 1)
    ]
    table.write_text(
        "file\tperson\n" + "".join(f"{name}\t{number % 2}\n" for number, name in enumerate(names))
    )
    with pytest.raises(BadData, match="2 of 3 subject"):
        synthesize_from_photos(
            photos, tmp_path / "data", 32, subjects=table, boxes=photos / "boxes.csv", workers=1
        )
    assert list(tmp_path.iterdir()) == [table]


def test_whose_photograph_it_is(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("file,subject\nperson-0/0.png,anna\n")
    subjects = {photo.name: photo.subject for photo in list_photos(photos, table, None)}
    assert subjects["person-0/0.png"] == "anna"
    assert subjects["person-0/1.png"] == "person-0"
    loose = tmp_path / "loose"
    loose.mkdir()
    (loose / "one.jpg").write_bytes((photos / "person-1" / "0.png").read_bytes())
    assert [photo.subject for photo in list_photos(loose, None, None)] == ["one"]


def test_tables_that_cannot_be_used(photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("name,who\na,b\n")
    with pytest.raises(BadFile, match="columns file and subject"):
        read_people(table)
    table.write_text("file,subject\na.jpg,\na.jpg,x\n")
    with pytest.raises(BadFile, match="row 2"):
        read_people(table)
    table.write_text("file,subject\nnowhere.jpg,x\n")
    with pytest.raises(BadData, match="names none of the files"):
        list_photos(photos, table, None)
    with pytest.raises(BadFile, match="not a folder"):
        list_photos(tmp_path / "missing", None, None)


def test_existing_output_and_bad_size(photos: Path, made: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="already exists"):
        synthesize_from_photos(photos, made, 32)
    with pytest.raises(BadSetting, match="size is 8"):
        synthesize_from_photos(photos, tmp_path / "data", 8)


@pytest.mark.real
def test_real_portraits(real_data: Path, tmp_path: Path) -> None:
    portraits = real_data / "portraits"
    summary = synthesize_from_photos(
        portraits, tmp_path / "data", 32, subjects=portraits / "MANIFEST.tsv", workers=1
    )
    assert summary.with_face == summary.photographs == 23
    people = read_people(portraits / "MANIFEST.tsv")
    rows = open_prepared(summary.folder).rows
    assert all(people[source] == subject for source, subject in rows.select("source", "subject").iter_rows())
