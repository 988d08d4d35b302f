"""What a teacher must be compared with: teachers that never learned anything.

Eq. 13 and 14 write the true class into every label, so any teacher under them teaches something; only the
difference to these controls is the teacher's merit: a network with random weights, and maps that do not look
at what the face shows. A third control, a teacher after pretraining alone, is a `MetaTeacher` with those
weights.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mtfas.data.batch import FaceBatch
from mtfas.models import build_teacher
from mtfas.models.detector import Detector
from mtfas.models.layers import estimate_statistics
from mtfas.runtime.seeds import stream
from mtfas.supervision.labels import only_attacks
from mtfas.supervision.rules import LabelRule
from mtfas.types import Direction

KNOTS = 3
"""Standard normals a side of a random map: as smooth as a teacher's maps, whose cells see much of a face."""


def random_teacher(name: str, seed: int, batches: Iterable[Tensor]) -> Detector:
    """Return a teacher's network with fresh weights and the running statistics of some training images.

    Args:
        name: a backbone, one of `models.TEACHERS`.
        seed: of the weights.
        batches: training images [N, 3, H, W] in [0, 1].

    Raises:
        BadSetting: the backbone is unknown.
        BadData: there are no images.
    """
    network = build_teacher(name, seed)
    estimate_statistics(network, batches)
    return network.eval()


@dataclass(frozen=True)
class RandomMaps:
    """A smooth random map for every attack, its own and always the same; live faces get zero-maps.

    Such labels have the class and as much contrast as a teacher's under the same rule, but nothing in them
    says where in the face, or how clearly, an attack shows.

    Attributes:
        rule: how the random logits become a label; `quantile` is fitted on `random_logits` of the attacks.
        seed: ≥ 0; another seed gives every face another map.
    """

    rule: LabelRule
    seed: int

    @property
    def direction(self) -> Direction:
        """Attacks have the high maps."""
        return Direction.ATTACK_HIGH

    def target(self, batch: FaceBatch) -> Tensor:
        """Return the labels, [N, 1, h, w] float32, in [0, 1], or in [0, 2] for the rule `raw`."""
        logits = random_logits(batch.images, batch.map_shape(), self.seed)
        return only_attacks(self.rule(logits), batch.labels)


def random_logits(images: Tensor, map_shape: tuple[int, int], seed: int) -> Tensor:
    """Return a smooth random field for every face, [N, 1, h, w] float32, on the images' device.

    3×3 standard normals from corner to corner, bicubic in between. The numbers depend on the seed and on the
    face's own pixels alone, as 8-bit values: a face has the same field in any company and on any device.

    Args:
        images: [N, 3, H, W] in [0, 1].
        map_shape: (h, w).
        seed: ≥ 0.
    """
    fields = torch.empty(len(images), 1, *map_shape)
    for field, image in zip(fields, images, strict=True):
        pixels = (image * 255.0).round().to(torch.uint8).cpu().numpy()
        rng = stream(seed, "random-map", zlib.crc32(pixels.tobytes()))
        knots = torch.from_numpy(rng.standard_normal((1, 1, KNOTS, KNOTS))).float()
        field[:] = functional.interpolate(knots, map_shape, mode="bicubic", align_corners=True)[0]
    return fields.to(images.device)
