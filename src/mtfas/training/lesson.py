"""The fixed surroundings of a teach run: networks, faces, and how batches are divided."""

import copy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from mtfas.bilevel.higher_level import recommend_way
from mtfas.bilevel.lower_level import Company, Params
from mtfas.data.augment import augment
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet
from mtfas.data.sampling import Levels, pair, share_rows
from mtfas.models.detector import Detector
from mtfas.models.layers import synchronise
from mtfas.runtime import processes
from mtfas.runtime.seeds import stream
from mtfas.supervision.teacher import teaching_map
from mtfas.training.memory import parts_within
from mtfas.training.settings import TeachSettings, augmentations
from mtfas.training.teach_state import TeachState, networks

PROBE_PER_CLASS = 32


@dataclass(frozen=True)
class Batches:
    """The faces of one bi-level iteration that this process works on, in parts.

    Attributes:
        lower: parts of Φ_t.
        higher: parts of Φ_v.
    """

    lower: list[FaceBatch]
    higher: list[FaceBatch]


class Lesson:
    """Settings, networks and faces of one teach run. Holds no state of the run.

    Attributes:
        company: the processes that share each batch.
        parts: into how many parts this process divides its training faces.
        way: how the hypergradient is found, and `why`.
    """

    def __init__(self, settings: TeachSettings, faces: FaceSet, levels: Levels) -> None:
        self.settings = settings
        self.faces = faces
        self.levels = levels
        self.teacher, self.surrogate = networks(settings)
        if settings.sync_batch_norm:
            synchronise(self.teacher)
            synchronise(self.surrogate)
        self.names = augmentations(settings.augment)
        self.way, self.why = _way(settings)
        self.parts = parts_within(settings, self.way, self.teacher, self.surrogate, faces.size)
        self.company = Company(settings.processes, processes.sum_over_processes)
        probe = levels.lower.draw(PROBE_PER_CLASS, stream(settings.seed, "probe"))
        self.probe = faces.batch(probe).to(settings.device)
        self.told: set[str] = set()

    def changed(self, **given: Any) -> "Lesson":
        """Return the same lesson, networks and faces shared, under some other settings."""
        other = copy.copy(self)
        other.settings = replace(self.settings, **given)
        return other

    def logits(self, omega: Params, images: Tensor) -> Tensor:
        """g_ω(x), [N, 1, h, w]."""
        return self._call(self.teacher, omega, images)

    def maps(self, theta: Params, images: Tensor) -> Tensor:
        """f_θ(x), [N, 1, h, w]."""
        return self._call(self.surrogate, theta, images)

    def precise_maps(self, theta: Params, images: Tensor) -> Tensor:
        """f_θ(x) in float32, whatever the precision of the run: rounding must not hide a perturbation."""
        maps: Tensor = functional_call(self.surrogate, theta, (images,)).map
        return maps

    @property
    def rounded(self) -> bool:
        """Whether the networks' passes run in bfloat16."""
        return self.settings.precision == "bfloat16"

    def _call(self, net: Detector, params: Params, images: Tensor) -> Tensor:
        with torch.autocast(self.settings.device, torch.bfloat16, enabled=self.rounded):
            said: Tensor = functional_call(net, params, (images,)).map
        return said.float() if self.rounded else said

    def batch(self, index: Tensor, *purpose: str | int) -> FaceBatch:
        """Return an augmented batch; what is random in it depends on the seed and the purpose only."""
        rng = stream(self.settings.seed, "augment", *purpose)
        return augment(self.faces.batch(index, self.settings.device), None, self.names, rng)[0]

    def faces_of(self, step: int) -> list[FaceBatch] | Batches:
        """Return the faces of a step of the run: of pretraining first, of both levels then."""
        iteration = step - self.settings.pretrain_iterations
        return self.pretraining_batch(step) if iteration < 0 else self.batches(iteration)

    def batches(self, iteration: int) -> Batches:
        """Return this process's faces of Φ_t and Φ_v (lines 4 and 5); all processes draw the same."""
        settings = self.settings
        inner, outer = pair(self.levels, settings.m, settings.n, stream(settings.seed, "bilevel", iteration))
        lower, higher = self.batch(inner, "lower", iteration), self.batch(outer, "higher", iteration)
        return Batches(self.divide(lower), self.divide(higher))

    def pretraining_batch(self, step: int) -> list[FaceBatch]:
        """Return this process's faces of a step of pretraining."""
        index = self.levels.lower.draw(self.settings.m, stream(self.settings.seed, "pretrain", step))
        return self.divide(self.batch(index, "pretrain", step))

    def divide(self, batch: FaceBatch) -> list[FaceBatch]:
        """Return this process's faces of a balanced batch, in parts no larger than those of Φ_t."""
        count, size = self.company.size, len(batch) // 2
        largest = -(-self.settings.m // (count * self.parts))
        parts = -(-size // (count * largest))
        if count == 1 and parts == 1:
            return [batch]
        return [batch[rows] for rows in share_rows(size, processes.rank(), count, parts)]

    def fixed_networks(self, state: TeachState) -> dict[str, tuple[Detector, Params]]:
        """Return the networks whose statistics stay fixed in the bi-level phase, and their weights."""
        roles = {"teacher": (self.teacher, state.omega), "surrogate": (self.surrogate, state.theta)}
        fixed = {"batch": (), "fixed-teacher": ("teacher",), "fixed": ("teacher", "surrogate")}
        return {role: roles[role] for role in fixed[self.settings.batch_norm]}

    def remember(self, state: TeachState) -> None:
        """Give the networks the statistics that a resumed run fixed earlier."""
        for role, (net, _) in self.fixed_networks(state).items():
            for name, buffer in net.named_buffers():
                buffer.copy_(state.statistics[f"{role}/{name}"])
            net.eval()

    def probe_maps(self, omega: Params) -> Tensor:
        """2σ(g) on the probe's attack faces."""
        with torch.no_grad():
            return teaching_map(self.logits(omega, self.probe.images), self.probe.labels)[self.probe.attacks]


def _way(settings: TeachSettings) -> tuple[str, str]:
    if settings.hypergradient != "auto":
        return settings.hypergradient, "asked for"
    pretrained = settings.pretrain_iterations > 0
    advice = recommend_way(settings.loss, settings.alpha, settings.inner_steps, pretrained)
    return advice.way, advice.reason
