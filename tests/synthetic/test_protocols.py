"""Every published protocol can be asked of the built-in benchmark; its counts are kept in a golden file.

To renew the file after a deliberate change of the benchmark's size: MTFAS_RENEW_GOLDEN=1 pytest <this file>.
"""

import json
import os
from pathlib import Path

import pytest
from published_sets import prepared

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import list_protocols, select
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.plan import plan_jobs
from mtfas.synthetic.presets import PRESETS

GOLDEN = Path(__file__).parent / "golden" / "protocols.json"
NAMED = [
    "grandtest",
    *("oulu:1", "oulu:2"),
    *(f"oulu:{family}.{k}" for family in (3, 4) for k in range(1, 7)),
    *(f"siw-m:{species}" for species in sorted(DOMAINS["s"].media)),
    *("casia", *(f"casia:{species}" for species in DOMAINS["c"].media), "msu"),
    *(
        f"replay:{kind}"
        for kind in ("grandtest", "print", "mobile", "highdef", "photo", "video", "digitalphoto")
    ),
    *(
        f"ocim:{turn}{convention}"
        for convention in ("", ":ssdg", ":split")
        for turn in ("oci-m", "omi-c", "ocm-i", "icm-o")
    ),
    "ocim:ocim-s",
]


def planned(preset: str) -> PreparedSet:
    """The manifest that a preset will have, without its pictures."""
    clips = [
        {
            "dataset": DOMAINS[job.letter].dataset,
            "split": str(job.subject.split),
            "subject": clip.who,
            "session": clip.place.name,
            "camera": clip.camera.name,
            "medium": clip.medium,
            "species": clip.species,
            "presentation": clip.name,
        }
        for job in plan_jobs(PRESETS[preset], 0)
        for clip in job.clips()
    ]
    return prepared(clips)


@pytest.fixture(scope="module", params=sorted(PRESETS))
def preset(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_name_resolves_without_a_leak(preset: str) -> None:
    full = planned(preset)
    listed = {row.protocol.name for row in list_protocols(full)}
    assert listed == set(NAMED)
    for name in NAMED if preset != "paper" else ("oulu:4.2", "siw-m:print", "ocim:icm-o:ssdg"):
        select(full, name)  # refuses a leak


def test_counts_are_the_golden_ones(preset: str) -> None:
    counts = {row.protocol.name: row.presentations for row in list_protocols(planned(preset))}
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("MTFAS_RENEW_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(json.dumps({**golden, preset: counts}, indent=1) + "\n")
        return
    assert counts == golden[preset]


def test_the_paper_preset_has_the_published_tables() -> None:
    counts = {row.protocol.name: row.presentations for row in list_protocols(planned("paper"))}
    assert counts["oulu:1"] == {
        "train": {"bona_fide": 240, "attack": 960},
        "dev": {"bona_fide": 180, "attack": 720},
        "test": {"bona_fide": 120, "attack": 480},
    }
    assert counts["oulu:4.5"]["test"] == {"bona_fide": 20, "attack": 40}
    assert counts["replay:grandtest"]["test"] == {"bona_fide": 80, "attack": 400}
    # CASIA-MFSD: 90 + 270 (each of three qualities); MSU-MFSD: 40 + 120.
    assert counts["casia"]["test"] == {"bona_fide": 90, "attack": 270}
    assert counts["msu"]["test"] == {"bona_fide": 40, "attack": 120}
    # SSDG's lists: the target's train and test, without OULU-NPU's and Replay-Attack's dev.
    for turn, sizes in {
        "oci-m": (70, 210),
        "omi-c": (150, 450),
        "ocm-i": (140, 700),
        "icm-o": (720, 2880),
    }.items():
        assert tuple(counts[f"ocim:{turn}:ssdg"]["test"].values()) == sizes
