"""A domain of the built-in benchmark: one collection with its own cameras, places, instruments and people."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mtfas.synthetic.camera import Camera
from mtfas.synthetic.place import Place
from mtfas.synthetic.shot import LIVE_MEDIUM
from mtfas.types import BONA_FIDE, Split


@dataclass(frozen=True)
class Presentation:
    """What one subject does once: species, instrument, camera, place and number of the take."""

    species: str
    medium: str
    camera: Camera
    place: Place
    take: int = 1


@dataclass(frozen=True)
class Subject:
    """One person of a domain: a name unique in the benchmark, a split, and all their presentations."""

    name: str
    split: Split
    presentations: tuple[Presentation, ...]


Plan = Callable[[int, Split], tuple[Presentation, ...]]
"""What the n-th subject of a split does."""


@dataclass(frozen=True)
class Domain:
    """One domain.

    Attributes:
        letter: "o", "c", "i", "m" or "s".
        stands_for: the published data set whose structure it follows; it holds none of its data.
        cameras: its cameras.
        places: its sessions.
        media: for each attack species its instruments.
        plan: what a subject does.
    """

    letter: str
    stands_for: str
    cameras: tuple[Camera, ...]
    places: tuple[Place, ...]
    media: Mapping[str, tuple[str, ...]]
    plan: Plan

    @property
    def dataset(self) -> str:
        """The manifest's `dataset`."""
        return f"built-in-{self.letter}"

    def people(self, numbers: dict[Split, int]) -> Iterator[Subject]:
        """Yield its subjects, each in one split only.

        Args:
            numbers: how many subjects each split has.
        """
        count = 0
        for split, number in numbers.items():
            for n in range(number):
                yield Subject(f"{self.letter}-{count:03d}", split, self.plan(n, split))
                count += 1


def live(camera: Camera, place: Place, take: int = 1) -> Presentation:
    """Return a live presentation."""
    return Presentation(BONA_FIDE, LIVE_MEDIUM, camera, place, take)
