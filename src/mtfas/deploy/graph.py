"""A torch module as an ONNX graph, and how far ONNX Runtime's answers are from torch's."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mtfas.errors import BadSetting
from mtfas.runtime.seeds import stream

if TYPE_CHECKING:
    from torch import Tensor, nn

INPUT = "images"
"""The name of every graph's input."""

BATCHES = (1, 3)
"""Numbers of faces that are compared; the graph is traced with another, so a number frozen into it shows."""

TRACED = 2


def need_onnx() -> None:
    """Check that everything an export needs is installed.

    Raises:
        BadSetting: onnx, onnxscript or onnxruntime is not.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"the ONNX export needs {error.name}; install it with: pip install 'mtfas[export]'."
        ) from error


def trace(
    module: "nn.Module",
    example: "Tensor",
    outputs: Sequence[str],
    notes: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return a module as a serialised ONNX graph for any number of faces.

    Args:
        module: takes one tensor and gives a tuple of tensors, in evaluation mode.
        example: [TRACED, …] an input.
        outputs: names of the outputs.
        notes: what else the file should say, as ONNX metadata.
    """
    import torch

    with torch.no_grad(), _quiet():
        program = torch.onnx.export(
            module,
            (example,),
            input_names=[INPUT],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
            # The exporter's own simplifications move FAS-SGTD's maps by 2e-3.
            optimize=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for key, value in notes.items():
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString()
    return content


def difference(
    module: "nn.Module", graph: bytes, outputs: Sequence[str], inputs: "Sequence[Tensor]"
) -> dict[str, float]:
    """Return each output's largest absolute difference on any input; infinite where shapes differ."""
    import numpy as np
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: it warns of constants that it leaves unfolded
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    gaps: dict[str, list[float]] = {name: [] for name in outputs}
    for images in inputs:
        with torch.no_grad():
            expected = [output.numpy() for output in module(images)]
        answers = session.run(list(outputs), {INPUT: images.numpy()})
        for name, answer, wanted in zip(outputs, answers, expected, strict=True):
            same = answer.shape == wanted.shape
            gaps[name].append(float(np.abs(answer - wanted).max()) if same else float("inf"))
    return {name: float(np.max(found)) for name, found in gaps.items()}  # max of Python would lose a nan


def drawn_faces(count: int, size: int) -> Any:
    """Return seeded pictures [count, size, size, 3], float64 in [0, 1]: soft patches of colour under noise.

    They stand for faces where numbers are compared and nobody's face should be shown.
    """
    import cv2
    import numpy as np

    random = stream(0, "export", count)
    patches = [cv2.resize(random.random((4, 4, 3)), (size, size)) for _ in range(count)]
    noise = random.normal(0.0, 0.02, (count, size, size, 3))
    return (np.stack(patches) + noise).clip(0.0, 1.0)


@contextlib.contextmanager
def in_evaluation(net: "nn.Module") -> Iterator[None]:
    """Use running statistics inside the block, and put every layer's mode back after it."""
    modes = {module: module.training for module in net.modules()}
    net.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


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
