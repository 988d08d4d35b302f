"""What is rendered: for every subject of every domain its clips, in the manifest's order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mtfas.synthetic.domains import DOMAINS, Subject
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.presets import SynthesisPreset
from mtfas.synthetic.shot import Clip

FACES_A_WORKER = 500
"""Below this many faces for each worker, starting one costs more than it saves."""


@dataclass(frozen=True)
class SubjectJob:
    """All faces of one subject.

    Attributes:
        seed: the benchmark's seed.
        letter: the domain.
        subject: who, and what they do.
        size: side of a crop in pixels.
        frames: frames of each clip.
    """

    seed: int
    letter: str
    subject: Subject
    size: int
    frames: int

    @property
    def faces(self) -> int:
        """How many faces the job gives."""
        return len(self.subject.presentations) * self.frames

    def clips(self) -> Iterator[Clip]:
        """Yield the subject's clips."""
        for one in self.subject.presentations:
            yield Clip(
                seed=self.seed,
                who=self.subject.name,
                place=one.place,
                camera=one.camera,
                species=one.species,
                medium=one.medium,
                framing=Framing(self.size),
                take=one.take,
            )


def plan_jobs(
    preset: SynthesisPreset, seed: int, letters: Sequence[str] = tuple(DOMAINS), frames: int | None = None
) -> list[SubjectJob]:
    """Return one job a subject, domain by domain.

    Args:
        preset: sizes.
        seed: the benchmark's seed.
        letters: which domains.
        frames: frames of every clip; None for the preset's.
    """
    return [
        SubjectJob(seed, letter, subject, preset.size, frames or preset.frames[letter])
        for letter in letters
        for subject in DOMAINS[letter].people(preset.subjects(letter))
    ]
