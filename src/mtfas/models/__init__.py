"""The networks by name: detectors, and backbones of teachers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from mtfas.errors import BadSetting, unknown_name
from mtfas.models.bcn import Bcn
from mtfas.models.cdcn import Cdcn, CdcnPlus
from mtfas.models.deep_pix_bis import DeepPixBis
from mtfas.models.depthnet import DepthNet
from mtfas.models.detector import Detector, DetectorOutput
from mtfas.models.dtn import Dtn
from mtfas.models.fas_dr import FasDr
from mtfas.models.fas_dr_bc import FasDrBc, FasDrLightBc
from mtfas.models.fas_dr_light import FasDrLight
from mtfas.models.maddg import Maddg
from mtfas.models.resnet8 import ResNet8
from mtfas.models.rf_meta_fas import RfMetaFas
from mtfas.models.sgtd import FasSgtd
from mtfas.models.size import count_macs, count_parameters
from mtfas.models.yang_cnn import YangCnn
from mtfas.runtime.seeds import stream

__all__ = [
    "DETECTORS",
    "SURROGATES",
    "TEACHERS",
    "Detector",
    "DetectorOutput",
    "DetectorSpec",
    "build_detector",
    "build_teacher",
    "count_macs",
    "count_parameters",
    "describe_detectors",
]


@dataclass(frozen=True)
class DetectorSpec:
    """A detector that can be asked for by name.

    Attributes:
        build: makes the network.
        native_supervision: the label its authors trained it with, a name of `supervision.SUPERVISIONS`.
        source: where the network is described.
        heads: whether `build` takes the head's name.
        sees: what the network makes of a face before its first layer.
        teachable: whether it can be the surrogate of the bi-level phase: its map alone is taught there, so
            every parameter must reach the map, and nothing in it may be random.
    """

    build: Callable[..., Detector]
    native_supervision: str
    source: str
    heads: bool = False
    sees: str = "RGB"
    teachable: bool = False


_OWN = partial(DetectorSpec, heads=True, teachable=True)
_SIX = partial(DetectorSpec, sees="RGB + HSV")

DETECTORS: dict[str, DetectorSpec] = {
    "fas-dr": _OWN(partial(FasDr, width=16), "depth", "paper Fig. 6; Qin et al., AAAI 2020"),
    "fas-dr-bc": DetectorSpec(
        FasDrBc, "depth", "paper Sec. 4.2.3, Fig. 6; its branch is partly inferred", heads=True
    ),
    "fas-dr-8": _OWN(partial(FasDr, width=8), "depth", "FAS-DR at half its width, for small computers"),
    "fas-dr-32": _OWN(partial(FasDr, width=32), "depth", "paper Sec. 4.4.6"),
    "fas-dr-64": _OWN(partial(FasDr, width=64), "depth", "paper Sec. 4.4.6"),
    "fas-dr-deep": _OWN(partial(FasDr, middle=2), "binary-map", "paper Sec. 4.3, teacher of Distill"),
    "fas-dr-light": _OWN(FasDrLight, "binary-map", "paper Fig. 4, read from its cost in Table 4"),
    "fas-dr-light-bc": DetectorSpec(
        FasDrLightBc, "binary-map", "FAS-DR-Light with FAS-DR-BC's branch, for small computers", heads=True
    ),
    "fas-dr-light-deep": _OWN(
        partial(FasDrLight, middle=2), "binary-map", "paper Sec. 4.3's rule on FAS-DR-Light"
    ),
    "resnet8": _OWN(ResNet8, "binary-map", "paper Sec. 4.4.5, Fig. 8"),
    "cdcn": DetectorSpec(Cdcn, "depth", "Yu et al., CVPR 2020", teachable=True),
    "cdcn++": DetectorSpec(CdcnPlus, "depth", "Yu et al., CVPR 2020, the searched network", teachable=True),
    "depthnet": _SIX(DepthNet, "depth", "Liu et al., CVPR 2018, depth only; layers of Jourabloo et al."),
    "fas-sgtd": DetectorSpec(FasSgtd, "depth", "Wang et al., CVPR 2020, first stage", teachable=True),
    "dtn": DetectorSpec(Dtn, "region-mask", "Liu et al., CVPR 2019"),
    "dtn-hsv": _SIX(partial(Dtn, hsv=True), "region-mask", "Liu et al., CVPR 2019, RGB and HSV"),
    "deep-pix-bis": DetectorSpec(DeepPixBis, "binary-map", "George & Marcel, ICB 2019"),
    "bcn": DetectorSpec(Bcn, "depth", "Yu et al., ECCV 2020, without reflection; mostly inferred"),
    "yang-cnn": DetectorSpec(YangCnn, "binary-map", "Yang, Lei, Li, 2014; its map is ours"),
    "rf-meta-fas": _SIX(RfMetaFas, "depth", "Shao et al., AAAI 2020; three source domains"),
    "maddg": _SIX(Maddg, "depth", "Shao et al., CVPR 2019; three source domains"),
}

SURROGATES = tuple(name for name, spec in DETECTORS.items() if spec.teachable)
"""Detectors that a meta-teacher can be trained with."""

TEACHERS: dict[str, Callable[..., Detector]] = {
    "fas-dr-light": FasDrLight,
    "fas-dr": FasDr,
    "resnet8": ResNet8,
    "fas-dr-deep": partial(FasDr, middle=2),
    "fas-dr-light-deep": partial(FasDrLight, middle=2),
}
"""Backbones of teachers; the deep ones are for teachers of distillation (Sec. 4.3).

Their head is always linear: with a final ReLU, 2σ(g) could not fall below 1.
"""


def build_detector(name: str, seed: int, head: str | None = None) -> Detector:
    """Return a detector with weights drawn from the seed; the global random state is left alone.

    Args:
        name: one of `DETECTORS`.
        seed: ≥ 0; the same seed gives the same weights.
        head: `relu` (default) or `linear`, for the paper's own networks; the others have one head only.

    Raises:
        BadSetting: the name is unknown, or the network has no choice of heads.
    """
    if name not in DETECTORS:
        raise unknown_name("detector", name, DETECTORS)
    spec = DETECTORS[name]
    if head is not None and not spec.heads:
        raise BadSetting(f"the detector '{name}' has a head of its own; leave the head out.")
    build = partial(spec.build, head=head or "relu") if spec.heads else spec.build
    return _seeded(build, seed, "detector", name)


def build_teacher(name: str, seed: int) -> Detector:
    """Return a teacher's network, its head linear, with weights drawn from the seed.

    A teacher and a detector of the same name and seed start from different weights.

    Raises:
        BadSetting: the name is unknown.
    """
    if name not in TEACHERS:
        raise unknown_name("teacher", name, TEACHERS)
    return _seeded(partial(TEACHERS[name], head="linear"), seed, "teacher", name)


def describe_detectors() -> list[dict[str, Any]]:
    """Return a row for every detector: name, size, input, score, native_supervision and source."""
    rows: list[dict[str, Any]] = []
    for name, spec in DETECTORS.items():
        net = build_detector(name, seed=0)
        size = {"parameters": count_parameters(net), "macs_256": count_macs(net, 256)}
        origin = {"native_supervision": spec.native_supervision, "source": spec.source}
        rows.append({"name": name, **size, "input": spec.sees, "score": net.scored_by, **origin})
    return rows


def _seeded(build: Callable[[], Detector], seed: int, *purpose: str) -> Detector:
    drawn = int(stream(seed, "weights", *purpose).integers(2**63))
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed, which would reseed accelerators too.
        torch.default_generator.manual_seed(drawn)
        return build()
