"""The published counts of every protocol, on the full sets (names only)."""

from collections.abc import Iterator

import pytest
from published_sets import SIW_M_V2_CLIPS, Clip, casia, msu, oulu, prepared, replay, siw_m

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
SIW_M = {
    "replay": 99, "print": 118, "half_mask": 72, "silicone_mask": 27, "transparent_mask": 88,
    "paper_mask": 17, "mannequin": 40, "obfuscation_makeup": 23, "impersonation_makeup": 61,
    "cosmetic_makeup": 50, "funny_eye_glasses": 160, "paper_glasses": 127, "partial_paper": 86,
}  # fmt: skip
SIW_M_V2 = {
    "replay": 98, "print": 135, "half_mask": 72, "silicone_mask": 17, "transparent_mask": 60,
    "paper_mask": 17, "mannequin": 40, "obfuscation_makeup": 22, "impersonation_makeup": 61,
    "cosmetic_makeup": 52, "funny_eye_glasses": 179, "paper_glasses": 76,
    "partial_eye": 57, "partial_mouth": 29,
}  # fmt: skip


def counts_of(data: PreparedSet) -> dict[str, Counts]:
    listed = [row.to_json() for row in list_protocols(data)]
    parts = ("train", "dev", "test")
    return {row["name"]: tuple(tuple(row[part].values()) for part in parts) for row in listed}


def test_oulu_npu() -> None:
    data = prepared(oulu())
    assert data.rows.height == 4950
    assert counts_of(data) == {"grandtest": GRANDTEST["oulu"], **OULU}


@pytest.mark.parametrize(
    ("release", "clips", "live", "attacks"),
    [
        ("v1", siw_m(), (528, 131), SIW_M),
        ("v2", siw_m(SIW_M_V2_CLIPS, (531, 254), "v2"), (531, 254), SIW_M_V2),
    ],
)
def test_siw_m(release: str, clips: Iterator[Clip], live: tuple[int, int], attacks: dict[str, int]) -> None:
    """Train and dev together are the published train part, which has no dev part of its own."""
    found = counts_of(prepared(clips))
    number = {"v1": (13, 968), "v2": (14, 915)}[release]
    assert (len(attacks), sum(attacks.values())) == number
    # No attack is of split test, so there is no grandtest.
    assert set(found) == {f"siw-m:{species}" for species in attacks}
    for species, held in attacks.items():
        train, dev, test = found[f"siw-m:{species}"]
        assert (train[0] + dev[0], train[1] + dev[1]) == (live[0], number[1] - held)
        assert dev[0] == live[0] // 5
        assert test == (live[1], held)


def test_casia_mfsd() -> None:
    found = counts_of(prepared(casia()))
    quality, species = ((16, 48), (4, 12), (30, 90)), ((48, 48), (12, 12), (90, 90))
    fold = overall = ((48, 144), (12, 36), (90, 270))
    assert found == {
        "grandtest": overall,
        "casia": overall,
        **{f"casia:{name}": quality for name in ("640x480", "480x640", "720x1280")},
        **{f"casia:{name}": species for name in ("warped_photo", "cut_photo", "replay")},
        **{f"casia:fold-{k}": fold for k in range(1, 6)},
    }


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
    assert (dev, test) == ((6, 18), (40, 120))


@pytest.fixture(scope="module")
def all_five() -> dict[str, Counts]:
    return counts_of(prepared([*oulu(), *casia(), *replay(), *msu(), *siw_m()]))


def test_across_domains(all_five: dict[str, Counts]) -> None:
    """What O, C, I and M bring, bona fide/attack.

    Strict: train 360/1440, 48/144, 60/300, 24/72; dev 270/1080, 12/36, 60/300, 6/18. Split: the same, and of
    the target the test split: 360/1440, 90/270, 80/400, 40/120. SSDG: train and test of each, 720/2880,
    150/450, 140/700, 70/210; dev: of O 270/1080, of I 60/300.
    """
    before = {
        "oci-m": ((468, 1884), (342, 1416)),
        "omi-c": ((444, 1812), (336, 1398)),
        "ocm-i": ((432, 1656), (288, 1134)),
        "icm-o": ((132, 516), (78, 354)),
    }
    every = {"oci-m": (70, 210), "omi-c": (150, 450), "ocm-i": (200, 1000), "icm-o": (990, 3960)}
    split = {"oci-m": (40, 120), "omi-c": (90, 270), "ocm-i": (80, 400), "icm-o": (360, 1440)}
    assert {name: counts for name, counts in all_five.items() if name.startswith("ocim")} == {
        **{f"ocim:{turn}": (*parts, every[turn]) for turn, parts in before.items()},
        "ocim:oci-m:ssdg": ((1010, 4030), (330, 1380), (70, 210)),
        "ocim:omi-c:ssdg": ((930, 3790), (330, 1380), (150, 450)),
        "ocim:ocm-i:ssdg": ((940, 3540), (270, 1080), (140, 700)),
        "ocim:icm-o:ssdg": ((360, 1360), (60, 300), (720, 2880)),
        **{f"ocim:{turn}:split": (*parts, split[turn]) for turn, parts in before.items()},
        # SiW-M's live clips of both lists, and of its 968 attacks those that are neither prints nor replays.
        "ocim:ocim-s": ((492, 1956), (348, 1434), (528 + 131, 968 - 118 - 99)),
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
    assert len(all_five) == 1 + 14 + 13 + 12 + 7 + 1 + 13
