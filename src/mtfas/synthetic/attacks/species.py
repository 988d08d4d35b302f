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
        stage: the scene of one shot of a sitter, with the instrument that `shot.medium` names.
    """

    species: str
    stage: Callable[[Sitter, Shot], Scene]
