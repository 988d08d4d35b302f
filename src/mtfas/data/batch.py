"""A batch of faces as tensors: what supervisions, networks and recipes hand each other."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class FaceBatch:
    """N faces with everything a handcrafted label may need.

    Attributes:
        images: [N, 3, H, W] float32 RGB in [0, 1]; networks normalise inside.
        labels: [N] int64, live = 0, attack = 1.
        depth: [N, 1, h, w] float32 in [0, 1] at map resolution (h = H/8), 0 = background; zeros for attacks.
        region: [N, 1, h, w] float32 in [0, 1], the share of each cell that is attack; zeros for live faces,
            ones for attacks whose region is not known.
    """

    images: Tensor
    labels: Tensor
    depth: Tensor
    region: Tensor

    def __len__(self) -> int:
        """Return N."""
        return int(self.labels.shape[0])

    def __getitem__(self, rows: Tensor | slice) -> "FaceBatch":
        """Return the chosen rows as a batch."""
        return FaceBatch(self.images[rows], self.labels[rows], self.depth[rows], self.region[rows])

    @property
    def attacks(self) -> Tensor:
        """[N] bool, True for attacks."""
        return self.labels == 1

    def to(self, device: str) -> "FaceBatch":
        """Return the batch on another device."""
        return FaceBatch(*(t.to(device) for t in (self.images, self.labels, self.depth, self.region)))

    def map_shape(self) -> tuple[int, int]:
        """Return (h, w) of the maps for these faces."""
        return int(self.depth.shape[-2]), int(self.depth.shape[-1])
