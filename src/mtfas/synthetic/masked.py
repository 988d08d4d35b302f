"""A head under a mask: besides shape and material it may have a clear coat and a printed sheet."""

from dataclasses import dataclass, fields
from typing import Any

from mtfas.synthetic.coat import Coat
from mtfas.synthetic.decal import Decal
from mtfas.synthetic.head import Head
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.skin import Material
from mtfas.synthetic.surface import Surface


@dataclass(frozen=True)
class Masked(Head):
    """A head that is, or wears, something made.

    Attributes:
        coat: a layer that mirrors, None for none.
        decal: a sheet whose picture replaces the colour, None for none.
    """

    coat: Coat | None = None
    decal: Decal | None = None


def masked(
    head: Head,
    surface: Surface,
    material: Material,
    region: Floats,
    coat: Coat | None = None,
    decal: Decal | None = None,
) -> Masked:
    """Return a head with another shape and material and an attack's region, [T, T]; the rest stays."""
    own: dict[str, Any] = {field.name: getattr(head, field.name) for field in fields(Head)}
    own.update(surface=surface, material=material, region=region)
    return Masked(**own, coat=coat, decal=decal)
