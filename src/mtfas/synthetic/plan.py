"""Which faces a subject gives: live and every attack, in every camera and session."""

from collections.abc import Iterator

from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.camera import CAMERAS
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.presets import SynthesisPreset
from mtfas.synthetic.shot import SESSIONS, Shot
from mtfas.types import BONA_FIDE

LIVE_MEDIUM = "none"
FACES_A_WORKER = 500
"""Below this many faces for each worker, starting one costs more than it saves."""


def subject_name(number: int) -> str:
    """Return the manifest's name of a subject."""
    return f"subject-{number:03d}"


def shots_of(seed: int, who: str, preset: SynthesisPreset) -> Iterator[tuple[str, Shot]]:
    """Yield (species, shot) of one subject, in the manifest's order."""
    framing = Framing(preset.size)
    media = [(BONA_FIDE, LIVE_MEDIUM, preset.live_frames)]
    media += [
        (name, medium, preset.attack_frames) for name, attack in ATTACKS.items() for medium in attack.media
    ]
    for session in SESSIONS:
        for camera in CAMERAS:
            for species, medium, frames in media:
                for frame in range(frames):
                    yield species, Shot(seed, who, session, camera, medium, frame, framing)


def faces_per_subject(preset: SynthesisPreset) -> int:
    """Return how many faces each subject gives."""
    return sum(1 for _ in shots_of(0, "anyone", preset))
