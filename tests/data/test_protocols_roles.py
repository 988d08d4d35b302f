"""Which data sets a protocol speaks of, and exactly which of their clips are in which part."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import polars as pl
import pytest
from published_sets import Clip, casia, msu, oulu, prepared, replay, siw_m

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import list_protocols, select
from mtfas.errors import BadData, BadSetting

PUBLISHED = {"o": "oulu-npu", "c": "casia-mfsd", "i": "replay-attack", "m": "msu-mfsd", "s": "siw-m"}
BUILT_IN = {letter: f"built-in-{letter}" for letter in "ocims"}
PARTS = ("train", "dev", "test")
STEMS = {"Paper": 6, "Mask_Paper": 7, "Makeup_Co": 5}


def small(names: dict[str, str], letters: str = "ocims") -> list[Clip]:
    """A few people of each data set, whose names are given by letter; of CASIA-MFSD one of each fold."""
    made = {
        "o": lambda name: oulu((1, 20, 21, 36, 55), name),
        "c": lambda name: casia((1, 2, 10, 13, 15), (1, 30), name),
        "i": lambda name: replay({"train": ["001"], "devel": ["003"], "test": ["009", "011"]}, name),
        "m": lambda name: msu({"train": ["02", "53"], "test": ["01", "13"]}, name),
        "s": lambda name: siw_m(STEMS, (6, 3), dataset=name),
    }
    return [clip for letter in letters for clip in made[letter](names[letter])]


# The oracle: published file names and the published tables, nothing of the manifest's columns.

OULU_BEFORE = {"1": ((1, 2), (1, 2, 3, 4, 5)), "2": ((1, 2, 3), (1, 2, 4)), "3": ((1, 2, 3), (1, 2, 3, 4, 5)),
               "4": ((1, 2), (1, 2, 4))}  # fmt: skip
OULU_AFTER = {"1": ((3,), (1, 2, 3, 4, 5)), "2": ((1, 2, 3), (1, 3, 5)), "3": ((1, 2, 3), (1, 2, 3, 4, 5)),
              "4": ((3,), (1, 3, 5))}  # fmt: skip
REPLAY_ATTACKS = {
    "grandtest": r"attack_",
    "print": r"attack_print_",
    "mobile": r"attack_mobile_",
    "highdef": r"attack_highdef_",
    "photo": r"_photo_",
    "video": r"_video_",
    "digitalphoto": r"attack_(mobile|highdef)_.*_photo_",
}
CASIA_FILES = {
    "640x480": "1 3 5 7",
    "480x640": "2 4 6 8",
    "720x1280": "HR_1 HR_2 HR_3 HR_4",
    "warped_photo": "1 2 HR_1 3 4 HR_2",
    "cut_photo": "1 2 HR_1 5 6 HR_3",
    "replay": "1 2 HR_1 7 8 HR_4",
}
CASIA_FOLDS = {
    "fold-1": "10 14 16 20",
    "fold-2": "8 13 18 19",
    "fold-3": "1 6 11 17",
    "fold-4": "4 5 7 15",
    "fold-5": "2 3 9 12",
}
SIW_M_STEMS = {"cosmetic_makeup": "Makeup_Co", "paper_mask": "Mask_Paper", "print": "Paper"}


def home(name: str) -> tuple[str, str]:
    """The data set's letter and the official part of a clip, dev cut out of train where there is none."""
    if found := re.fullmatch(r"(Train|Dev|Test)_files/\d_\d_\d\d_\d", name):
        return "o", found[1].lower()
    if found := re.fullmatch(r"(train|test)_release/(\d+)/.*", name):
        return "c", "dev" if found[1] == "train" and found[2] in CASIA_FOLDS["fold-1"].split() else found[1]
    if found := re.fullmatch(r"(train|devel|test)/.*client.*", name):
        return "i", found[1][:3] if found[1] == "devel" else found[1]
    if found := re.fullmatch(r"scene01/(?:real/real|attack/attack)_client0(\d\d)_.*_scene01", name):
        return "m", {"02": "train", "53": "dev"}.get(found[1], "test")
    if name.startswith("Live/Test/"):
        return "s", "test"
    return "s", "train" if int(name.rpartition("_")[2]) % 5 else "dev"


def oulu_part(name: str, protocol: str) -> str | None:
    part = home(name)[1]
    number, _, k = protocol.partition(".")
    phone, session, _, file = map(int, name.partition("/")[2].split("_"))
    sessions, files = (OULU_AFTER if part == "test" else OULU_BEFORE)[number]
    right_phone = not k or (phone == int(k)) == (part == "test")
    return part if session in sessions and file in files and right_phone else None


def casia_part(name: str, protocol: str) -> str | None:
    release, client, file = name.split("/")
    if protocol in CASIA_FOLDS:
        learning = "dev" if client in CASIA_FOLDS[protocol].split() else "train"
        return learning if release == "train_release" else "test"
    return home(name)[1] if not protocol or file in CASIA_FILES[protocol].split() else None


def siw_m_part(name: str, held: str) -> str | None:
    attack = not name.startswith("Live/")
    return "test" if attack and name.rpartition("_")[0] == SIW_M_STEMS[held] else home(name)[1]


def ocim_part(name: str, protocol: str) -> str | None:
    letter, part = home(name)
    turn, _, convention = protocol.partition(":")
    sources, _, target = turn.partition("-")
    if letter not in sources + target:
        return None
    if letter == "s":  # its prints are left out: the sources have prints
        return None if name.rpartition("_")[0] == SIW_M_STEMS["print"] else "test"
    if convention == "ssdg":
        if part == "dev" and letter in "oi":
            return None if letter == target else "dev"
        return "test" if letter == target else "train"
    if letter == target:
        return "test" if part == "test" or not convention else None
    return part if part != "test" else None


def oracle(name: str, protocol: str) -> str | None:
    name = name.partition(":")[2]
    letter, part = home(name)
    family, _, rest = protocol.partition(":")
    if family == "grandtest":
        return part
    if family == "ocim":
        return ocim_part(name, rest)
    if letter != {"oulu": "o", "casia": "c", "replay": "i", "msu": "m", "siw-m": "s"}[family]:
        return None
    if family == "replay":
        return part if "/real/" in name or re.search(REPLAY_ATTACKS[rest], name) else None
    rules = {"oulu": oulu_part, "casia": casia_part, "siw-m": siw_m_part}
    return part if family == "msu" else rules[family](name, rest)


TURNS = ("oci-m", "omi-c", "ocm-i", "icm-o")
BOTH = [
    "grandtest", "oulu:1", "oulu:2", *(f"oulu:{p}.{k}" for p in (3, 4) for k in range(1, 7)),
    *(f"siw-m:{species}" for species in SIW_M_STEMS),
    "casia", *(f"casia:{name}" for name in CASIA_FILES),
    *(f"replay:{name}" for name in REPLAY_ATTACKS), "msu",
    *(f"ocim:{turn}{convention}" for convention in ("", ":ssdg", ":split") for turn in TURNS),
    "ocim:ocim-s",
]  # fmt: skip
FOLDS = [f"casia:{fold}" for fold in CASIA_FOLDS]
"""Of the published people only: a stand-in has others."""
CASES = [
    *(("published", name) for name in (*BOTH, *FOLDS)),
    *(("built-in", name) for name in BOTH),
]


@cache
def five(kind: str) -> PreparedSet:
    return prepared(small(PUBLISHED if kind == "published" else BUILT_IN), frames=2)


def parts_of(data: PreparedSet, protocol: str) -> dict[str, pl.DataFrame]:
    chosen = select(data, protocol)
    return {"train": chosen.train, "dev": chosen.dev, "test": chosen.test}


KINDS = ("published", "built-in")


@pytest.mark.parametrize("kind", KINDS)
def test_offered(kind: str) -> None:
    names = [listed.protocol.name for listed in list_protocols(five(kind))]
    assert [name for name in names if name not in FOLDS] == BOTH
    assert [name for name in names if name in FOLDS] == (FOLDS if kind == "published" else [])


@pytest.mark.parametrize(("kind", "protocol"), CASES)
def test_every_clip_is_where_the_published_tables_put_it(kind: str, protocol: str) -> None:
    clips = five(kind).rows["presentation"].unique().to_list()
    for part, rows in parts_of(five(kind), protocol).items():
        wanted = sorted(name for name in clips if oracle(name, protocol) == part)
        assert wanted
        assert sorted(rows["presentation"].to_list()) == sorted(2 * wanted)  # both frames


@pytest.mark.parametrize(("kind", "protocol"), CASES)
def test_parts_share_nobody_and_nothing(kind: str, protocol: str) -> None:
    parts = parts_of(five(kind), protocol)
    for one, other in combinations(parts.values(), 2):
        for column in ("subject", "presentation", "image", "sha256"):
            assert set(one[column]).isdisjoint(other[column])


@pytest.mark.parametrize("kind", KINDS)
def test_listed_counts_are_those_of_the_selection(kind: str) -> None:
    for listed in list_protocols(five(kind)):
        for part, rows in parts_of(five(kind), listed.protocol.name).items():
            assert rows.height == listed.faces[part]
            for label, name in enumerate(("bona_fide", "attack")):
                clips = rows.filter(pl.col("label") == label)["presentation"].n_unique()
                assert clips == listed.presentations[part][name]


def test_descriptions_say_what_is_peculiar() -> None:
    listed = list_protocols(five("published"))
    texts = {row.protocol.name: row.protocol.description for row in listed}
    assert {row.protocol.threshold_source for row in listed} == {"dev"}
    assert "strict" in texts["ocim:oci-m"]
    assert "SSDG's convention" in texts["ocim:oci-m:ssdg"]
    assert "SSAN's convention" in texts["ocim:oci-m:split"]
    for ending in (":ssdg", ":split"):
        assert "mtfas evaluate --threshold test-oracle" in texts[f"ocim:icm-o{ending}"]
    assert "test-oracle" not in texts["ocim:icm-o"]
    assert "fold 2 of 5; dev = clients 8, 13, 18, 19 of train_release" in texts["casia:fold-2"]
    assert "quality 480x640 only" in texts["casia:480x640"]
    assert "unseen MSU-MFSD" in texts["ocim:oci-m"]
    for name in ("casia", "msu"):
        assert "dev = people taken out of its training part" in texts[name]
    assert "print, mobile-photo, highdef-photo only" in texts["replay:photo"]


# Which data sets are asked.


def offered(clips: list[Clip]) -> set[str]:
    return {listed.protocol.name.partition(":")[0] for listed in list_protocols(prepared(clips))}


@pytest.mark.parametrize(
    ("letters", "families"),
    [
        ("o", {"grandtest", "oulu"}),
        ("c", {"grandtest", "casia"}),
        ("i", {"grandtest", "replay"}),
        ("m", {"grandtest", "msu"}),
        ("s", {"siw-m"}),  # no attack of its own is of split test
        ("oci", {"grandtest", "oulu", "casia", "replay"}),
        ("ocim", {"grandtest", "oulu", "casia", "replay", "msu", "ocim"}),
    ],
)
def test_roles_decide_what_is_offered(letters: str, families: set[str]) -> None:
    """C has three species and cameras, I two lights; neither is asked what is SiW-M's or OULU-NPU's."""
    assert offered(small(BUILT_IN, letters)) == families


def test_a_users_own_rows_are_no_part_of_a_role() -> None:
    own = [{**clip, "dataset": "mine", "subject": f"my {clip['subject']}"} for clip in small(BUILT_IN, "c")]
    assert offered(own) == {"grandtest", "siw-m", "oulu"}
    both = prepared([*small(BUILT_IN, "o"), *own])
    assert {"grandtest", "oulu"} == offered([*small(BUILT_IN, "o"), *own])
    for name in ("oulu:1", "oulu:2", "oulu:3.1", "oulu:4.6"):
        for part, rows in parts_of(both, name).items():
            assert rows.height == parts_of(prepared(small(BUILT_IN, "o")), name)[part].height


@pytest.mark.parametrize(
    ("letters", "name", "words"),
    [
        ("c", "oulu:1", "faces of at least two known sessions among those of OULU-NPU (dataset oulu-npu or"),
        ("c", "oulu:4.2", "among those of OULU-NPU"),
        ("o", "siw-m:print", "at least two attack species among those of SiW-M (dataset siw-m or built-in-s"),
        ("o", "casia", "needs faces of CASIA-MFSD (dataset casia-mfsd or built-in-c), which set has not"),
        ("o", "replay:print", "needs faces of Replay-Attack (dataset replay-attack or built-in-i)"),
        ("o", "msu", "needs faces of MSU-MFSD (dataset msu-mfsd or built-in-m), which set has not; this"),
        ("ocs", "ocim:oci-m", "needs faces of all of OULU-NPU (dataset oulu-npu or built-in-o), CASIA-MFSD"),
    ],
)  # fmt: skip
def test_what_is_not_offered_says_what_it_needs(letters: str, name: str, words: str) -> None:
    with pytest.raises(BadData, match=re.escape(words)) as refused:
        select(prepared(small(BUILT_IN, letters)), name)
    assert "this set answers to grandtest" in str(refused.value)


def test_a_users_own_set_is_asked_as_a_whole() -> None:
    own = [{**clip, "dataset": "mine", "session": "1"} for clip in small(BUILT_IN, "m")]
    words = (
        "needs faces of at least two known sessions, which set has not; this set answers to grandtest, oulu:2"
    )
    with pytest.raises(BadData, match=words):
        select(prepared(own), "oulu:1")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("replay:digitalfoto", "replay:digitalphoto"),
        ("ocim:oci-n", "ocim:oci-m"),
        ("ocim:icmo", "ocim:icm-o"),
        ("casai", "casia"),
        ("siw-m:paper_msk", "siw-m:paper_mask"),
        ("ocim:oci-m:sdg", "ocim:oci-m:ssdg"),
        ("ocim:icm-o:splt", "ocim:icm-o:split"),
        ("casia:warped-photo", "casia:warped_photo"),
        ("OULU:1", "oulu:1"),
    ],
)
def test_misspelt(name: str, near: str) -> None:
    with pytest.raises(BadSetting, match=f"did you mean '{near}'"):
        select(prepared(small(BUILT_IN)), name)


def test_a_part_that_lacks_a_class_is_named() -> None:
    clips = [
        clip for clip in small(BUILT_IN, "ocim") if clip.get("medium") not in ("mobile-photo", "mobile-video")
    ]
    clips = [clip for clip in clips if (clip["dataset"], clip["split"]) != ("built-in-c", "dev")]
    data = prepared(clips)
    names = {listed.protocol.name for listed in list_protocols(data)}
    assert names.isdisjoint({"replay:mobile", "casia"})
    assert {"replay:video", "ocim:oci-m"} <= names
    with pytest.raises(
        BadData, match=r"no usable attack face in train and .* in dev and .* in test; this set ans"
    ):
        select(data, "replay:mobile")
    with pytest.raises(
        BadData, match="'casia' of set has no usable live face in dev and no usable attack face in dev"
    ):
        select(data, "casia")


# Parts, not splits.


def person(
    n: int, split: str, *species: str, subject: str | None = None, dataset: str = "siw-m"
) -> Iterator[Clip]:
    for k, one in enumerate(species):
        about: Clip = {"dataset": dataset, "split": split, "subject": subject or f"person-{n}"}
        yield {**about, "presentation": f"{n}-{k}-{one}", "species": one}


@pytest.mark.parametrize("dataset", ["siw-m", "mine"])
def test_a_held_out_attacker_met_before_is_not_in_the_test(dataset: str) -> None:
    live = [person(n, split, "bona_fide", dataset=dataset) for n, split in enumerate(PARTS)]
    others = [person(n, split, "mask", dataset=dataset) for n, split in enumerate(PARTS, 10)]
    only = [person(n, split, "print", dataset=dataset) for n, split in enumerate(PARTS, 20)]
    also = [person(n, split, "print", "mask", dataset=dataset) for n, split in enumerate(PARTS, 30)]
    seen_live = [person(n, split, "bona_fide", "print", dataset=dataset) for n, split in enumerate(PARTS, 40)]
    odd = [person(n, split, "unknown", dataset=dataset) for n, split in enumerate(PARTS, 50)]
    data = prepared(
        clip for group in (live, others, only, also, seen_live, odd) for one in group for clip in one
    )
    parts = {part: set(rows["presentation"]) for part, rows in parts_of(data, "siw-m:print").items()}
    assert parts == {
        "train": {"0-0-bona_fide", "10-0-mask", "30-1-mask", "40-0-bona_fide"},
        "dev": {"1-0-bona_fide", "11-0-mask", "31-1-mask", "41-0-bona_fide"},
        "test": {
            "2-0-bona_fide",
            "42-0-bona_fide",
            "42-1-print",
            "32-0-print",
            *(f"2{n}-0-print" for n in range(3)),
        },
    }


def test_non_responses_of_every_split_of_a_target_count() -> None:
    lost = {"image": None, "sha256": None, "reason": "no face found"}
    clips = small(BUILT_IN, "ocim")
    extra = [
        {**clip, **lost, "presentation": f"lost {n}"}
        for n, clip in enumerate(clips)
        if clip["dataset"] == "built-in-m"
    ]
    parts = parts_of(prepared([*clips, *extra]), "ocim:oci-m")
    assert parts["test"]["reason"].is_not_null().sum() == len(extra)
    assert {split for split in parts["test"]["split"]} == set(PARTS)
    assert parts_of(prepared([*clips, *extra]), "ocim:icm-o")["train"]["reason"].is_null().all()


@pytest.mark.parametrize("column", ["subject", "presentation", "sha256"])
def test_a_leak_between_parts_of_one_split_is_refused(column: str) -> None:
    """The same value in a source's train split and the target's train split: one split, two parts."""
    shared = {column: "f" * 64}
    marked = {("built-in-o", "train"), ("built-in-m", "train")}
    clips, left = [], set(marked)
    for clip in small(BUILT_IN, "ocim"):
        place = (str(clip["dataset"]), str(clip["split"]))
        clips.append({**clip, **shared} if place in left else clip)
        left.discard(place)
    data = prepared(clips)
    with pytest.raises(
        BadData, match=r"'ocim:oci-m' of set leaks: 1 \w+\(s\) in more than one part .*test and train"
    ):
        select(data, "ocim:oci-m")
    assert select(data, "ocim:omi-c").train.height  # both are train: no leak
    assert select(data, "oulu:1").train.height


def test_what_no_part_takes_does_not_leak() -> None:
    """A source's test split is in no part, so a person in it may be the target's."""
    clips = [
        {**clip, "subject": "both"} if clip["subject"] in ("built-in-c:test-01", "built-in-m:001") else clip
        for clip in small(BUILT_IN, "ocim")
    ]
    data = prepared(clips)
    assert "both" in set(select(data, "ocim:oci-m").test["subject"])
    with pytest.raises(BadData, match="leaks"):
        select(
            prepared([{**c, "split": "dev"} if c["subject"] == "both" else c for c in clips]), "ocim:oci-m"
        )
