"""How large the built-in benchmark is."""

from dataclasses import dataclass

from mtfas.errors import unknown_name
from mtfas.types import Split


@dataclass(frozen=True)
class SynthesisPreset:
    """The size of one rendering of the built-in benchmark.

    Attributes:
        name: what the user types.
        size: side of a face crop in pixels.
        train: subjects of the training split; `dev` and `test` likewise. No subject is in two splits.
        live_frames: frames of a live presentation, one presentation a camera and session.
        attack_frames: frames of an attack presentation, one a camera, session and instrument.
    """

    name: str
    size: int
    train: int
    dev: int
    test: int
    live_frames: int
    attack_frames: int

    @property
    def subjects(self) -> dict[Split, int]:
        """How many subjects each split has."""
        return {Split.TRAIN: self.train, Split.DEV: self.dev, Split.TEST: self.test}


PRESETS: dict[str, SynthesisPreset] = {
    preset.name: preset
    for preset in (
        SynthesisPreset("tiny", size=32, train=4, dev=2, test=2, live_frames=2, attack_frames=1),
        SynthesisPreset("cpu", size=64, train=34, dev=12, test=14, live_frames=3, attack_frames=1),
        SynthesisPreset("paper", size=256, train=20, dev=15, test=20, live_frames=4, attack_frames=2),
    )
}


def find_preset(name: str) -> SynthesisPreset:
    """Return the preset of that name.

    Raises:
        BadSetting: there is none; the message names the nearest.
    """
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    return PRESETS[name]
