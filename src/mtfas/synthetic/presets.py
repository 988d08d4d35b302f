"""How large the built-in benchmark is."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtfas.data.decode import MAP_STRIDE
from mtfas.errors import BadSetting, unknown_name
from mtfas.synthetic.domains.siwm import ROUND
from mtfas.types import Split


@dataclass(frozen=True)
class SynthesisPreset:
    """The size of one rendering of the built-in benchmark.

    Attributes:
        name: what the user types.
        size: side of a face crop in pixels.
        people: for each domain's letter how many subjects train, dev and test have.
        frames: frames of a clip, for each domain's letter.
    """

    name: str
    size: int
    people: Mapping[str, tuple[int, int, int]]
    frames: Mapping[str, int]

    def subjects(self, letter: str) -> dict[Split, int]:
        """How many subjects each split of a domain has; no subject is in two."""
        return dict(zip(Split, self.people[letter], strict=True))


PRESETS: dict[str, SynthesisPreset] = {
    preset.name: preset
    for preset in (
        SynthesisPreset(
            "tiny",
            size=32,
            people={"o": (2, 1, 1), "c": (2, 1, 1), "i": (2, 1, 1), "m": (2, 1, 1), "s": (ROUND,) * 3},
            frames={"o": 1, "c": 2, "i": 1, "m": 2, "s": 2},
        ),
        # Domain O crosses so many conditions that two frames a clip are 180 faces a person; in domain M a
        # person is seen live in two clips only, and with eight people to learn from nothing was learnt.
        SynthesisPreset(
            "cpu",
            size=64,
            people={
                "o": (8, 4, 6),
                "c": (8, 3, 9),
                "i": (6, 4, 6),
                "m": (20, 6, 14),
                "s": (40 * ROUND, 8 * ROUND, 12 * ROUND),
            },
            frames={"o": 2, "c": 8, "i": 8, "m": 8, "s": 8},
        ),
        # The published numbers of people; dev of C and M is cut out of their training people.
        SynthesisPreset(
            "paper",
            size=256,
            people={
                "o": (20, 15, 20),
                "c": (15, 5, 30),
                "i": (15, 15, 20),
                "m": (10, 5, 20),
                "s": (48 * ROUND, 12 * ROUND, 24 * ROUND),
            },
            frames=dict.fromkeys("ocims", 8),
        ),
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


def check_size(size: int) -> None:
    """Raise unless faces of this many pixels a side can be rendered and learned from.

    Raises:
        BadSetting: they cannot.
    """
    if not 16 <= size <= 512 or size % MAP_STRIDE:
        raise BadSetting(f"size is {size} pixels; choose 16 to 512, a multiple of {MAP_STRIDE}.")
