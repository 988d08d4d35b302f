"""The published counts of every protocol, on the full sets (names only)."""

import pytest
from published_sets import SIW_M_CLIPS, casia, msu, oulu, prepared, replay, siw_m

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import list_protocols

Counts = tuple[tuple[int, int], ...]

OULU: dict[str, Counts] = {
    "oulu:1": ((240, 960), (180, 720), (120, 480)),
    "oulu:2": ((360, 720), (270, 540), (360, 720)),
    **{f"oulu:3.{k}": ((300, 1200), (225, 900), (60, 240)) for k in range(1, 7)},
    **{f"oulu:4.{k}": ((200, 400), (150, 300), (20, 40)) for k in range(1, 7)},
}
GRANDTEST = {"oulu": ((360, 1440), (270, 1080), (360, 1440)), "replay": ((60, 300), (60, 300), (80, 400))}
SHARES = {"grandtest": 5, "print": 1, "mobile": 2, "highdef": 2, "photo": 3, "video": 2, "digitalphoto": 2}
"""Of the five instruments of Replay-Attack, how many a protocol has: each is 60, 60 and 80 attacks."""


def counts_of(data: PreparedSet) -> dict[str, Counts]:
    listed = [row.to_json() for row in list_protocols(data)]
    parts = ("train", "dev", "test")
    return {row["name"]: tuple(tuple(row[part].values()) for part in parts) for row in listed}


def test_oulu_npu() -> None:
    data = prepared(oulu())
    assert data.rows.height == 4950
    assert counts_of(data) == {"grandtest": GRANDTEST["oulu"], **OULU}


def test_siw_m() -> None:
    """Train and dev together are the published train part, which has no dev part of its own."""
    found = counts_of(prepared(siw_m()))
    assert sum(SIW_M_CLIPS.values()) == 968
    assert set(found) == {f"siw-m:{stem}" for stem in SIW_M_CLIPS}  # no attack is of split test: no grandtest
    for stem, number in SIW_M_CLIPS.items():
        train, dev, test = found[f"siw-m:{stem}"]
        assert (train[0] + dev[0], train[1] + dev[1]) == (528, 968 - number)
        assert test == (131, number)


def test_casia_mfsd() -> None:
    train, dev, test = counts_of(prepared(casia()))["casia"]
    assert (train[0] + dev[0], train[1] + dev[1]) == (60, 180)
    assert (dev, test) == ((15, 45), (90, 270))


def test_replay_attack() -> None:
    data = prepared(replay())
    found = counts_of(data)
    assert found["replay:grandtest"] == found["grandtest"] == GRANDTEST["replay"]
    assert set(found) == {"grandtest", *(f"replay:{name}" for name in SHARES)}
    for name, share in SHARES.items():
        assert found[f"replay:{name}"] == ((60, 60 * share), (60, 60 * share), (80, 80 * share))
        assert sum(part[1] for part in found[f"replay:{name}"]) == 200 * share


def test_msu_mfsd() -> None:
    train, dev, test = counts_of(prepared(msu()))["msu"]
    assert (train[0] + dev[0], train[1] + dev[1]) == (30, 90)
    assert (dev, test) == ((10, 30), (40, 120))


@pytest.fixture(scope="module")
def all_five() -> dict[str, Counts]:
    return counts_of(prepared([*oulu(), *casia(), *replay(), *msu(), *siw_m()]))


def test_across_domains(all_five: dict[str, Counts]) -> None:
    """Sources O, C, I, M: train 360/1440, 45/135, 60/300, 20/60, dev 270/1080, 15/45, 60/300, 10/30."""
    assert {name: all_five[f"ocim:{name}"] for name in ("oci-m", "omi-c", "ocm-i", "icm-o")} == {
        "oci-m": ((465, 1875), (345, 1425), (70, 210)),
        "omi-c": ((440, 1800), (340, 1410), (150, 450)),
        "ocm-i": ((425, 1635), (295, 1155), (200, 1000)),
        "icm-o": ((125, 495), (85, 375), (990, 3960)),
    }


def test_each_data_set_answers_beside_the_others_as_by_itself(all_five: dict[str, Counts]) -> None:
    alone = [counts_of(prepared(clips())) for clips in (oulu, siw_m, casia, replay, msu)]
    together = {name: counts for found in alone for name, counts in found.items() if name != "grandtest"}
    rest = {
        name: counts
        for name, counts in all_five.items()
        if name.partition(":")[0] not in {"grandtest", "ocim"}
    }
    assert rest == together
    assert len(all_five) == 1 + 14 + 13 + 1 + 7 + 1 + 4
