"""A detector as an ONNX file, compared with torch before it gets its name.

The file takes "images" [N, 3, size, size], RGB in [0, 1], any N ≥ 1, and gives "map" [N, 1, h, w] and,
where the detector has a binary branch, "logit" [N]. Scaling and HSV are inside the graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mtfas.deploy.graph import BATCHES, TRACED, difference, drawn_faces, in_evaluation, need_onnx, trace
from mtfas.errors import BadRun, BadSetting
from mtfas.runtime.files import write_bytes

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mtfas.models import Detector

PARITY = 1e-5
"""Largest difference allowed between ONNX Runtime and torch in any number of a map, and in any logit."""


@dataclass(frozen=True)
class ExportCheck:
    """What an export was compared by.

    Attributes:
        largest: the largest absolute difference between ONNX Runtime and torch, of all outputs.
        outputs: the names of the graph's outputs.
    """

    largest: float
    outputs: tuple[str, ...]


def export_onnx(
    net: "Detector",
    path: Path,
    size: int,
    tolerance: float = PARITY,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> ExportCheck:
    """Write a detector as an ONNX file that answers as torch does in evaluation mode.

    Both answer for seeded faces, one and three at once; the file is written only when they agree. The net's
    mode is put back.

    Args:
        net: the detector, with running statistics, on the CPU.
        path: of the file; an older one is replaced only by one that agrees.
        size: side of the faces in pixels, a multiple of 8; the file takes no other.
        tolerance: largest absolute difference allowed.
        notes: what else the file should say, as ONNX metadata.

    Raises:
        BadRun: ONNX Runtime and torch differ by more than the tolerance; nothing is written.
        BadSetting: onnx, onnxscript or onnxruntime is not installed, or the size is no multiple of 8.
        OSError: the file cannot be written.
    """
    check_size(size)
    need_onnx()
    with in_evaluation(net):
        graph, names = _graph(net, size, notes)
        largest = _largest_difference(net, graph, names, size)
    refuse_difference(largest, tolerance, path)
    write_bytes(path, graph)
    return ExportCheck(largest, names)


def check_size(size: int) -> None:
    """Check the side of exported faces.

    Raises:
        BadSetting: it is no multiple of 8.
    """
    from mtfas.models.detector import STRIDE

    if size < STRIDE or size % STRIDE:
        raise BadSetting(
            f"the size of exported faces is a multiple of {STRIDE}, but came as {size}; try 256."
        )


def refuse_difference(largest: float, tolerance: float, path: Path) -> None:
    """Refuse a graph that does not answer as torch does.

    Raises:
        BadRun: it differs by more than the tolerance.
    """
    if not largest <= tolerance:  # nan is no agreement either
        raise BadRun(
            f"the exported network differs from torch by up to {largest:.1e}, more than {tolerance:.0e}, "
            f"so {path} was not written; train the detector longer (maps far above 1 are rounded more) "
            "or use it with torch."
        )


def _graph(
    net: "Detector", size: int, notes: Mapping[str, str] = MappingProxyType({})
) -> tuple[bytes, tuple[str, ...]]:
    """Return the serialised graph and the names of its outputs."""
    import torch

    named, faces = _named(net), _faces(TRACED, size)
    with torch.no_grad():
        names = ("map", "logit")[: len(named(faces))]
    return trace(named, faces, names, notes), names


def _named(net: "Detector") -> "nn.Module":
    """Return the detector, its output as a tuple: what an exporter understands."""
    import torch

    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, images: "Tensor") -> "tuple[Tensor, ...]":
            output = self.net(images)
            return (output.map,) if output.logit is None else (output.map, output.logit)

    return Named().eval()


def _largest_difference(net: "Detector", graph: bytes, names: tuple[str, ...], size: int) -> float:
    gaps = difference(_named(net), graph, names, [_faces(count, size) for count in BATCHES])
    return max(gaps.values(), key=lambda gap: (gap != gap, gap))  # nan counts as the largest


def _faces(count: int, size: int) -> "Tensor":
    """Return seeded faces [count, 3, size, size], float32."""
    import torch

    return torch.from_numpy(drawn_faces(count, size)).permute(0, 3, 1, 2).float().contiguous()
