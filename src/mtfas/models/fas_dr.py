"""FAS-DR, the paper's default detector (Fig. 6), and its wider and narrower siblings."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.detector import Detector, DetectorOutput, check_head
from mtfas.models.layers import ConvReluBn, conv
from mtfas.models.pooling import MaxPool


class FasDr(Detector):
    """Three blocks of three convolutions; their pooled outputs, side by side, are regressed to one map.

    Args:
        width: N, the filters of the first convolution; 16 in the paper, 32 and 64 in Sec. 4.4.6. The blocks
            have 2N, 3N, 2N filters, the top 2N, N, 1 (the last is never widened).
        middle: how often a block's convolution of 3N filters stands in a row; 2 in the deep FAS-DR, the
            teacher of Distill and FitNets (Sec. 4.3).
        head: `relu` as in the paper, or `linear` where the network is a teacher.

    References:
        Qin et al., "Learning meta model for zero- and few-shot face anti-spoofing", AAAI 2020 (the network);
        the paper, Sec. 4.2.1 and Fig. 6.
    """

    def __init__(self, width: int = 16, head: str = "relu", middle: int = 1) -> None:
        super().__init__()
        check_head(head)
        low, high = 2 * width, 3 * width
        self.stem = ConvReluBn(3, width)
        self.pool = MaxPool()
        self.blocks = nn.ModuleList(
            nn.Sequential(
                ConvReluBn(inputs, low),
                ConvReluBn(low, high),
                *(ConvReluBn(high, high) for _ in range(middle - 1)),
                ConvReluBn(high, low),
            )
            for inputs in (width, low, low)
        )
        self.top = nn.Sequential(ConvReluBn(3 * low, low), ConvReluBn(low, width), conv(width, 1))
        self.rectified = head == "relu"

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides; the hint is the second block's pooled output.

        Its shape is [N, 2N, H/4, W/4], N the width: what FitNets compares (Sec. 4.3).
        """
        features, levels = self.stem(images), []
        for block in self.blocks:
            features = self.pool(block(features))
            levels.append(features)
        first, second, third = levels
        joined = torch.cat([functional.avg_pool2d(first, 4), functional.avg_pool2d(second, 2), third], dim=1)
        maps = self.top(joined)
        maps = functional.relu(maps) if self.rectified else maps
        return DetectorOutput(maps, None, joined, {"hint": second})
