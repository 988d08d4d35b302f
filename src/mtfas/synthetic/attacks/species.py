"""What every attack species gives: its instruments, and the scene that stands before the camera."""

from collections.abc import Callable
from dataclasses import dataclass

from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


@dataclass(frozen=True)
class Attack:
    """One PAI species.

    Attributes:
        species: the manifest's `species`.
        media: its instruments, the manifest's `medium`.
        stage: the scene of one shot with one of the instruments (`shot.medium`).
    """

    species: str
    media: tuple[str, ...]
    stage: Callable[[Sitter, Shot], Scene]
