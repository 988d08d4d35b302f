"""A detector as an ONNX file, compared with torch before it gets its name.

The file takes "images" [N, 3, size, size], RGB in [0, 1], any N ≥ 1, and gives "map" [N, 1, h, w] and,
where the detector has a binary branch, "logit" [N]. Scaling and HSV are inside the graph.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mtfas.errors import BadRun, BadSetting
from mtfas.runtime.files import write_bytes
from mtfas.runtime.seeds import stream

if TYPE_CHECKING:
    from torch import Tensor

    from mtfas.models import Detector

PARITY = 1e-5
"""Largest difference allowed between ONNX Runtime and torch in any number of a map, and in any logit."""

BATCHES = (1, 3)
"""Numbers of faces that are compared; the graph is traced with another, so a number frozen into it shows."""

TRACED = 2


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
    from mtfas.models.detector import STRIDE

    if size < STRIDE or size % STRIDE:
        raise BadSetting(
            f"the size of exported faces is a multiple of {STRIDE}, but came as {size}; try 256."
        )
    _need_onnx()
    modes = {module: module.training for module in net.modules()}
    net.eval()
    try:
        graph, names = _graph(net, size, notes)
        largest = _largest_difference(net, graph, names, size)
    finally:
        for module, training in modes.items():
            module.training = training
    if not largest <= tolerance:  # nan is no agreement either
        raise BadRun(
            f"the exported network differs from torch by up to {largest:.1e}, more than {tolerance:.0e}, "
            f"so {path} was not written; train the detector longer (maps far above 1 are rounded more) "
            "or use it with torch."
        )
    write_bytes(path, graph)
    return ExportCheck(largest, names)


def _need_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"the ONNX export needs {error.name}; install it with: pip install 'mtfas[export]'."
        ) from error


def _graph(
    net: "Detector", size: int, notes: Mapping[str, str] = MappingProxyType({})
) -> tuple[bytes, tuple[str, ...]]:
    """Return the serialised graph and the names of its outputs."""
    import torch

    class Named(torch.nn.Module):
        """The detector, its output as a tuple: what an exporter understands."""

        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, images: "Tensor") -> "tuple[Tensor, ...]":
            return _outputs(self.net, images)

    faces = torch.from_numpy(_faces(TRACED, size))
    with torch.no_grad(), _quiet():
        names = ("map", "logit")[: len(_outputs(net, faces))]
        program = torch.onnx.export(
            Named().eval(),
            (faces,),
            input_names=["images"],
            output_names=list(names),
            dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
            dynamo=True,
            # The exporter's own simplifications move FAS-SGTD's maps by 2e-3.
            optimize=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for key, value in notes.items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString(), names


def _outputs(net: "Detector", images: "Tensor") -> "tuple[Tensor, ...]":
    output = net(images)
    return (output.map,) if output.logit is None else (output.map, output.logit)


def _largest_difference(net: "Detector", graph: bytes, names: tuple[str, ...], size: int) -> float:
    import numpy as np
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: it warns of constants that it leaves unfolded
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    gaps = []
    for count in BATCHES:
        faces = _faces(count, size)
        with torch.no_grad():
            expected = [output.numpy() for output in _outputs(net, torch.from_numpy(faces))]
        answers = session.run(list(names), {"images": faces})
        for answer, wanted in zip(answers, expected, strict=True):
            if answer.shape != wanted.shape:
                return float("inf")
            gaps.append(float(np.abs(answer - wanted).max()))
    return float(np.max(gaps))  # the maximum of Python would lose a nan


def _faces(count: int, size: int) -> Any:
    """Return seeded faces [count, 3, size, size], float32: soft patches of colour under fine noise."""
    import cv2
    import numpy as np

    random = stream(0, "export", count)
    patches = [cv2.resize(random.random((4, 4, 3)), (size, size)) for _ in range(count)]
    faces = np.stack(patches) + random.normal(0.0, 0.02, (count, size, size, 3))
    return np.ascontiguousarray(faces.clip(0.0, 1.0).transpose(0, 3, 1, 2), dtype=np.float32)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the exporter says about itself from the user; its errors still come."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            # torch calls a class of its own that it is about to remove.
            warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)`", FutureWarning)
            yield
    finally:
        log.setLevel(level)
