"""Traps that every reader of a published set can fall into; those of one set are beside its own tests."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from layouts_casia_replay_msu import casia_mfsd, msu_mfsd, replay_attack
from layouts_more import celeba_spoof, replay_mobile, rose_youtu, siw
from layouts_oulu_siw_m import oulu_npu, siw_m
from published_sets import casia, msu, oulu, prepared, replay

from mtfas.data.protocols import select
from mtfas.data.sources import SOURCES
from mtfas.types import BONA_FIDE, Label

LIVE_NAMES: dict[str, tuple[Callable[[Path], object], Callable[[Path], bool]]] = {
    "oulu-npu": (oulu_npu, lambda path: path.stem.endswith("_1")),
    "siw-m": (siw_m, lambda path: path.stem.startswith("Live_")),
    "casia-mfsd": (casia_mfsd, lambda path: path.stem in ("1", "2", "HR_1")),
    "replay-attack": (replay_attack, lambda path: "real" in path.parts),
    "msu-mfsd": (msu_mfsd, lambda path: "real" in path.parts),
    "siw": (siw, lambda path: "live" in path.parts),
    "celeba-spoof": (celeba_spoof, lambda path: "live" in path.parts),
    "rose-youtu": (rose_youtu, lambda path: path.stem.startswith("G_")),
    "replay-mobile": (replay_mobile, lambda path: "real" in path.parts),
}
"""How each set is laid out, and which of its files are live by the published naming."""


def test_every_published_source_is_here() -> None:
    assert set(LIVE_NAMES) == set(SOURCES) - {"folder", "csv"}


@pytest.mark.parametrize("source", LIVE_NAMES)
def test_trap_04_live_is_0_whatever_the_set_calls_it(source: str, tmp_path: Path) -> None:
    """OULU-NPU's lists say +1 for live, CelebA-Spoof's 0, other code 1: here it is 0 everywhere."""
    make, is_live = LIVE_NAMES[source]
    make(tmp_path / "raw")
    items = SOURCES[source](tmp_path / "raw").items
    assert {item.label for item in items} == {Label.LIVE, Label.ATTACK}
    for item in items:
        live = is_live(Path(item.name))
        assert item.label == (0 if live else 1)
        assert (item.species == BONA_FIDE) == live


@pytest.mark.parametrize("source", LIVE_NAMES)
def test_trap_06_a_presentation_is_one_file_of_one_person(source: str, tmp_path: Path) -> None:
    """Frames of one clip are never counted as presentations of their own."""
    LIVE_NAMES[source][0](tmp_path / "raw")
    items = SOURCES[source](tmp_path / "raw").items
    assert len({item.presentation for item in items}) == len(items)
    assert all(item.subject.startswith(f"{source}:") for item in items)
    assert all(item.presentation.startswith(f"{source}:") for item in items)


@pytest.mark.parametrize("turn", ["oci-m", "omi-c", "ocm-i", "icm-o"])
def test_trap_10_published_dev_parts_are_no_extra_data(turn: str) -> None:
    """SSDG's convention drops OULU-NPU's dev and Replay-Attack's devel from learning and from the test."""
    data = prepared([*oulu(), *casia(), *replay(), *msu()])
    dropped = (pl.col("split") == "dev") & pl.col("dataset").is_in(["oulu-npu", "replay-attack"])
    chosen = select(data, f"ocim:{turn}:ssdg")
    assert chosen.train.filter(dropped).is_empty()
    assert chosen.test.filter(dropped).is_empty()
    assert chosen.dev.filter(~dropped).is_empty()
    target = chosen.test["dataset"].unique().to_list()
    assert len(target) == 1
    assert target[0] not in {*chosen.train["dataset"], *chosen.dev["dataset"]}
