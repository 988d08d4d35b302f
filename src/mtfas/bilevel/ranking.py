"""A yardstick that no level can please: are attacks scored above live faces (a smooth AUC)?

Eq. 3 compares maps with maps, so a student that says less of everything may come nearer. The score that
decides is mean(map) (Sec. 4.5.3), and what matters of it is the order of faces.
"""

from torch import Tensor
from torch.nn import functional


def pairwise_ranking(maps: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of log(1 + exp(s_l − s_a)) over all pairs of an attack a and a live face l.

    s are the standardised scores, (mean(map) − mean)/standard deviation over the faces, so neither a common
    shift nor a common factor of the maps changes the loss or has a part in its gradient.

    Args:
        maps: [N, 1, h, w].
        labels: [N], live = 0, attack = 1; both present.
    """
    scores = maps.flatten(1).mean(1)
    centred = scores - scores.mean()
    standard = centred / centred.square().mean().sqrt().clamp_min(1e-12)
    gaps = standard[labels == 0][None, :] - standard[labels == 1][:, None]
    return functional.softplus(gaps).mean()
