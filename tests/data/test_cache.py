"""The cache gives the bytes that decoding gives, whatever befalls it or the pictures."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from raw_sets import photo, row

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.decode import Decoded, decode
from mtfas.data.manifest import PreparedSet, open_prepared, write_manifest
from mtfas.errors import BadFile
from mtfas.faces.image import write_image
from mtfas.runtime.files import SCRAP

SIDE = 32
FACES = 10


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    """Ten faces in turn live (every other with a depth map) and attack (every other with a mask)."""
    folder, rng, rows = tmp_path / "set", np.random.default_rng(0), []
    for n in range(FACES):
        attack, mapped = n % 2, n % 4 < 2
        photo(folder / f"faces/{n}.png", seed=n, size=(SIDE, SIDE))
        name = f"{'masks' if attack else 'depth'}/{n}.png" if mapped else None
        if name is not None:
            (folder / name).parent.mkdir(exist_ok=True)
            write_image(folder / name, rng.integers(0, 256, (SIDE, SIDE), dtype=np.uint8))
        kind = {"label": 1, "species": "print", "mask": name} if attack else {"depth": name}
        rows.append(row(n=n, subject=f"s{n}", presentation=f"p{n}", **kind))
    write_manifest(folder, rows, {"dataset": "d"})
    return open_prepared(folder)


def check(faces: FaceSet, prepared: PreparedSet, rows: pl.DataFrame) -> None:
    """Compare every byte with the files."""
    decoded = [face for face in decode(prepared.folder, rows, SIDE) if isinstance(face, Decoded)]
    assert len(decoded) == len(faces) == rows.height
    for face, image, depth, region in zip(decoded, faces.images, faces.depth, faces.region, strict=True):
        assert np.array_equal(face.image, image.permute(1, 2, 0))
        assert np.array_equal(face.maps[0], depth[0])
        assert np.array_equal(face.maps[1], region[0])


def cache_of(prepared: PreparedSet) -> Path:
    (path,) = (prepared.folder / "cache").iterdir()
    return path


def test_stored_faces_are_the_decoded_ones_in_any_order(prepared: PreparedSet) -> None:
    rows = prepared.usable
    check(load_faces(prepared, rows), prepared, rows)
    written = cache_of(prepared).stat().st_mtime_ns
    for chosen in ([7, 2, 2, 9], [0]):
        some = rows[chosen]
        faces = load_faces(prepared, some)
        assert faces.places is not None, "the cache was not used"
        check(faces, prepared, some)
    assert cache_of(prepared).stat().st_mtime_ns == written


def test_nothing_done_to_the_faces_reaches_the_file(prepared: PreparedSet) -> None:
    content = load_faces(prepared, prepared.usable).pixels.sum()
    load_faces(prepared, prepared.usable).pixels.zero_()
    assert load_faces(prepared, prepared.usable).pixels.sum() == content


def test_another_table_of_the_same_hash_gets_its_own_faces(prepared: PreparedSet) -> None:
    load_faces(prepared, prepared.usable)
    reason = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("no face")).otherwise(pl.col("reason"))
    fewer = PreparedSet(prepared.folder, prepared.rows.with_columns(reason=reason), prepared.info)
    assert fewer.usable.height == FACES - 1
    check(load_faces(fewer, fewer.usable), fewer, fewer.usable)
    check(load_faces(fewer, prepared.usable), prepared, prepared.usable)  # not all are rows of that table


@pytest.mark.parametrize("damage", [b"", b"short"], ids=["empty", "short"])
def test_a_damaged_cache_is_made_again(prepared: PreparedSet, damage: bytes) -> None:
    load_faces(prepared, prepared.usable)
    length = cache_of(prepared).stat().st_size
    cache_of(prepared).write_bytes(damage)
    check(load_faces(prepared, prepared.usable), prepared, prepared.usable)
    assert cache_of(prepared).stat().st_size == length
    cache_of(prepared).write_bytes(bytes(length))
    check(load_faces(prepared, prepared.usable), prepared, prepared.usable)


def test_a_replaced_picture_is_seen(prepared: PreparedSet) -> None:
    load_faces(prepared, prepared.usable)
    photo(prepared.folder / "faces/4.png", seed=99, size=(SIDE, SIDE))
    check(load_faces(prepared, prepared.usable), prepared, prepared.usable)


@pytest.mark.parametrize("known", [False, True], ids=["before", "after"])
def test_a_bad_picture_is_named_by_those_who_want_it(prepared: PreparedSet, known: bool) -> None:
    """… whether or not the cache was made before the picture went bad; others get their faces."""
    if known:
        load_faces(prepared, prepared.usable)
    (prepared.folder / "faces/3.png").write_bytes(b"no picture")
    (prepared.folder / "depth/4.png").unlink()
    photo(prepared.folder / "faces/6.png", size=(SIDE + 8, SIDE))
    for name, bad in (("faces/3.png", 3), ("depth/4.png", 4), ("faces/6.png is 40x32", 6)):
        for _ in range(2):
            with pytest.raises(BadFile, match=name):
                load_faces(prepared, prepared.usable[[0, bad]])
    check(load_faces(prepared, prepared.usable[[1, 2]]), prepared, prepared.usable[[1, 2]])


def test_without_a_cache_the_faces_are_decoded(prepared: PreparedSet) -> None:
    (prepared.folder / "cache").write_text("a file where the folder would be")
    faces = load_faces(prepared, prepared.usable)
    assert faces.places is None
    check(faces, prepared, prepared.usable)


def test_only_abandoned_scraps_are_swept(prepared: PreparedSet) -> None:
    folder = prepared.folder / "cache"
    folder.mkdir()
    old, new = folder / f".old{SCRAP}", folder / f".new{SCRAP}"
    for path in (old, new):
        path.write_bytes(b"part")
    os.utime(old, (time.time() - 7200,) * 2)
    load_faces(prepared, prepared.usable)
    assert not old.exists()
    assert new.exists()


def test_two_processes_make_the_cache_at_once(prepared: PreparedSet) -> None:
    script = (
        "import sys; from pathlib import Path; from mtfas.data.manifest import open_prepared\n"
        "from mtfas.data.dataset import load_faces\n"
        "prepared = open_prepared(Path(sys.argv[1])); input()\n"
        "faces = load_faces(prepared, prepared.usable)\n"
        "print(int(faces.images.sum()), faces.places is not None)"
    )
    command = [sys.executable, "-c", script, str(prepared.folder)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0].split() for process in both]
    total = int(load_faces(prepared, prepared.usable).images.sum(dtype=torch.int64))
    assert said == [[str(total), "True"]] * 2
    assert cache_of(prepared).name.endswith(".bin")
