"""A bundle's network in ONNX Runtime, proved on its probes before it judges anybody."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mtfas.deploy.bundle import MODELS, Bundle
from mtfas.errors import BadFile, BadSetting
from mtfas.types import ByteImage

TOLERANCE = {"float32": 1e-4, "int8": 1e-2}
"""Largest difference of a probe's score to the exported one; processors round 8-bit sums differently."""

Scores = npt.NDArray[np.float32]


class Session:
    """Crops in, scores and maps out."""

    def __init__(self, graph: bytes, threads: int = 1) -> None:
        """Load a graph.

        Args:
            graph: a model.onnx.
            threads: of ONNX Runtime; 1 is best where requests come side by side.

        Raises:
            BadSetting: ONNX Runtime is not installed, or threads is below 1.
            BadFile: this ONNX Runtime cannot load the graph.
        """
        if threads < 1:
            raise BadSetting(f"threads is {threads}; give 1 or more.")
        runtime = _runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3  # errors only: it warns of constants that it leaves unfolded
        try:
            self._session = runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's exceptions have no common class
            raise BadFile(
                f"ONNX Runtime {runtime.__version__} cannot load the network ({error}); update onnxruntime."
            ) from error

    def run(self, crops: ByteImage) -> tuple[Scores, Scores]:
        """Return the scores [N] and attack-high maps [N, h, w] of crops [N, size, size, 3]."""
        score, maps = self._session.run(["score", "map"], {"images": np.ascontiguousarray(crops)})
        return score, maps


def open_session(bundle: Bundle, precision: str = "float32", threads: int = 1) -> Session:
    """Return a bundle's network, once its probes get the scores that torch gave them.

    Raises:
        BadFile: a file is damaged, or a probe gets another score.
        BadSetting: the bundle has no such precision, or ONNX Runtime is not installed.
    """
    session = Session(bundle.model(precision), threads)
    images, wanted = bundle.probes(precision)
    largest = float(np.max(np.abs(session.run(images)[0] - wanted)))
    if not largest <= TOLERANCE[precision]:  # nan is no agreement either
        raise BadFile(
            f"{bundle.folder / MODELS[precision]} gives other scores here than where it was exported (by up "
            f"to {largest:.1e} on its probes); update onnxruntime, or export the run again."
        )
    return session


def _runtime() -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise BadSetting(
            "judging faces needs onnxruntime; install it with: pip install 'mtfas[serve]'."
        ) from error
    return onnxruntime
