"""What a meta-teacher must be compared with: a teacher that never learned anything.

Eq. 13 writes the true class into every label, so any teacher under it teaches something; only the difference
to these controls is the teacher's merit. The other control, a teacher after pretraining alone, is a
`MetaTeacher` with those weights.
"""

from collections.abc import Iterable

from torch import Tensor

from mtfas.models import build_teacher
from mtfas.models.detector import Detector
from mtfas.models.layers import estimate_statistics


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
