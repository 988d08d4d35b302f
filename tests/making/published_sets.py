"""The published data sets as manifests of names: every clip of every subject, no images.

The rows are like those that the readers of the sets give. Each clip's presentation is its data set and its
published file name, so that a test can tell from the name alone, by the published tables, where a protocol
puts it.
What a release leaves open (CASIA-MFSD, MSU-MFSD and SiW-M have no dev part) is cut by a rule that each maker
states.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, product
from pathlib import Path

import polars as pl

from mtfas.data.manifest import SCHEMA, PreparedSet

Clip = dict[str, object]


def _ids(text: str) -> list[str]:
    return text.split()


REPLAY_CLIENTS = {
    "train": _ids("001 002 004 006 007 008 012 016 018 025 027 103 105 108 110"),
    "devel": _ids("003 005 010 015 017 022 029 030 101 111 113 114 116 118 119"),
    "test": _ids("009 011 013 014 019 020 021 023 024 026 028 031 102 104 106 107 109 112 115 117"),
}
MSU_CLIENTS = {
    "train": _ids("02 03 05 06 07 08 09 11 12 21 22 34 53 54 55"),
    "test": _ids("01 13 14 23 24 26 28 29 30 32 33 35 36 37 39 42 48 49 50 51"),
}
MSU_DEV = ("53", "54", "55")
CASIA_DEV = (10, 14, 16, 20)
CASIA_KINDS = {"12": "bona_fide", "34": "warped_photo", "56": "cut_photo", "78": "replay"}
CASIA_CAMERAS = ("640x480", "480x640", "720x1280")
SIW_M_CLIPS = {
    "Replay": 99, "Paper": 118, "Mask_Half": 72, "Mask_Silicone": 27, "Mask_Trans": 88, "Mask_Paper": 17,
    "Mask_Mann": 40, "Makeup_Ob": 23, "Makeup_Im": 61, "Makeup_Co": 50, "Partial_Funnyeye": 160,
    "Partial_Paperglass": 127, "Partial_Eye": 57, "Partial_Mouth": 29,
}  # fmt: skip
"""Clips of each file stem in the first release; in the second they are others, from 17 to 179."""
SIW_M_V2_CLIPS = {
    "Replay": 98, "Paper": 135, "Mask_Half": 72, "Mask_Silicone": 17, "Mask_Trans": 60, "Mask_Paper": 17,
    "Mask_Mann": 40, "Makeup_Ob": 22, "Makeup_Im": 61, "Makeup_Co": 52, "Partial_Funnyeye": 179,
    "Partial_Paperglass": 76, "Partial_Eye": 57, "Partial_Mouth": 29,
}  # fmt: skip
SIW_M_SPECIES = {
    "Replay": "replay", "Paper": "print", "Mask_Half": "half_mask", "Mask_Silicone": "silicone_mask",
    "Mask_Trans": "transparent_mask", "Mask_Paper": "paper_mask", "Mask_Mann": "mannequin",
    "Makeup_Ob": "obfuscation_makeup", "Makeup_Im": "impersonation_makeup", "Makeup_Co": "cosmetic_makeup",
    "Partial_Funnyeye": "funny_eye_glasses", "Partial_Paperglass": "paper_glasses",
    "Partial_Eye": "partial_eye", "Partial_Mouth": "partial_mouth",
}  # fmt: skip


def prepared(clips: Iterable[Clip], frames: int = 1, folder: Path = Path("set")) -> PreparedSet:
    """An opened prepared set of these clips, each with this many frames."""
    numbers = count()
    rows = [_row(clip, frame, next(numbers)) for clip in clips for frame in range(frames)]
    return PreparedSet(folder, pl.DataFrame(rows, schema=SCHEMA), {})


def _row(clip: Clip, frame: int, n: int) -> Clip:
    face: Clip = {"image": f"faces/{n}.png", "sha256": f"{n:064x}", "source": f"{n}.jpg", "frame": frame}
    places = dict.fromkeys(("session", "camera", "medium"), "unknown")
    rest = {"release": "r", "detector": "given", "label": int(clip["species"] != "bona_fide"), **places}
    return {**dict.fromkeys(SCHEMA), **rest, **face, **clip}


def oulu(users: Iterable[int] = range(1, 56), dataset: str = "oulu-npu") -> Iterator[Clip]:
    """Clips named folder/phone_session_user_file."""
    media = {1: "none", 2: "printer-1", 3: "printer-2", 4: "display-1", 5: "display-2"}
    species = {1: "bona_fide", 2: "print", 3: "print", 4: "replay", 5: "replay"}
    for user, phone, session, file in product(users, range(1, 7), range(1, 4), range(1, 6)):
        split = "train" if user <= 20 else "dev" if user <= 35 else "test"
        yield {
            "dataset": dataset,
            "presentation": f"{dataset}:{split.title()}_files/{phone}_{session}_{user:02d}_{file}",
            "split": split,
            "subject": f"{dataset}:{user:02d}",
            "session": f"session-{session}",
            "camera": f"phone-{phone}",
            "medium": media[file],
            "species": species[file],
        }


def casia(
    train: Iterable[int] = range(1, 21), test: Iterable[int] = range(1, 31), dataset: str = "casia-mfsd"
) -> Iterator[Clip]:
    """Clips named release/client/file; the training clients 10, 14, 16 and 20 are dev."""
    clients = [("train", client) for client in train] + [("test", client) for client in test]
    for part, client in clients:
        split = "dev" if part == "train" and client in CASIA_DEV else part
        for number, (pair, species) in enumerate(CASIA_KINDS.items(), 1):
            for file, camera in zip((*pair, f"HR_{number}"), CASIA_CAMERAS, strict=True):
                yield {
                    "dataset": dataset,
                    "presentation": f"{dataset}:{part}_release/{client}/{file}",
                    "split": split,
                    "subject": f"{dataset}:{part}-{client:02d}",
                    "camera": camera,
                    "species": species,
                }


def replay(
    clients: Mapping[str, Sequence[str]] = REPLAY_CLIENTS, dataset: str = "replay-attack"
) -> Iterator[Clip]:
    """Clips named as in the release, below their split's folder."""
    devices = [("print", "highdef", "photo")]
    devices += [(device, device, kind) for device in ("mobile", "highdef") for kind in ("photo", "video")]
    for split, client in ((split, client) for split, group in clients.items() for client in group):
        about = {"dataset": dataset, "split": "dev" if split == "devel" else split}
        about["subject"] = f"{dataset}:{client}"
        for light, take in product(("controlled", "adverse"), (1, 2)):
            name = f"{dataset}:{split}/real/client{client}_session01_webcam_authenticate_{light}_{take}"
            yield {**about, "presentation": name, "session": light, "medium": "none", "species": "bona_fide"}
            for device, sample, kind in devices:
                support = ("fixed", "hand")[take - 1]
                file = f"client{client}_session01_{sample}_{kind}_{light}"
                printed = device == "print"
                yield {
                    **about,
                    "presentation": f"{dataset}:{split}/attack/{support}/attack_{device}_{file}",
                    "session": light,
                    "species": "print" if printed else "replay",
                    "medium": "printed-photo" if printed else f"{device}-{kind}",
                }


def msu(clients: Mapping[str, Sequence[str]] = MSU_CLIENTS, dataset: str = "msu-mfsd") -> Iterator[Clip]:
    """Clips named as in the release; the last three training clients are dev."""
    attacks = {"ipad_video": "replay", "iphone_video": "replay", "printed_photo": "print"}
    for part, client in ((part, client) for part, group in clients.items() for client in group):
        split = "dev" if client in MSU_DEV else part
        for camera, kind in product(("android", "laptop"), ("", *attacks)):
            folder, who = "attack" if kind else "real", f"client0{client}_{camera}_SD"
            file = f"attack_{who}_{kind}_scene01" if kind else f"real_{who}_scene01"
            yield {
                "dataset": dataset,
                "presentation": f"{dataset}:scene01/{folder}/{file}",
                "split": split,
                "subject": f"{dataset}:0{client}",
                "camera": camera,
                "medium": kind.replace("_", "-") or "none",
                "species": attacks.get(kind, "bona_fide"),
            }


def siw_m(
    clips: Mapping[str, int] = SIW_M_CLIPS,
    live: tuple[int, int] = (528, 131),
    release: str = "v1",
    dataset: str = "siw-m",
) -> Iterator[Clip]:
    """Clips named Live/folder/stem_number or stem_number, a person each; no attack is of split test.

    Numbers divisible by 5 are dev, but live clips of Live/Test are test. In v1 Partial_Eye and Partial_Mouth
    are one species.
    """
    for folder, number in zip(("Train", "Test"), live, strict=True):
        for n in range(1, number + 1):
            split = "test" if folder == "Test" else "train" if n % 5 else "dev"
            yield _siw_m(dataset, release, f"Live/{folder}/Live_{n}", split, "bona_fide")
    for stem, number in clips.items():
        species = SIW_M_SPECIES.get(stem, stem)
        if release == "v1" and species in ("partial_eye", "partial_mouth"):
            species = "partial_paper"
        for n in range(1, number + 1):
            yield _siw_m(dataset, release, f"{stem}_{n}", "train" if n % 5 else "dev", species)


def _siw_m(dataset: str, release: str, name: str, split: str, species: str) -> Clip:
    about = {"dataset": dataset, "release": release, "split": split, "species": species}
    return {**about, "presentation": f"{dataset}:{name}", "subject": f"{dataset}:{name}"}
