"""A small real problem: FAS-DR-Light twice, batch statistics, structured faces."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtfas.bilevel.hypergradient import Hypergradient, hypergradient
from mtfas.bilevel.lower_level import Params, lower_loss
from mtfas.models import Detector, build_detector, build_teacher
from mtfas.models.detector import map_function, parameters_of


def flat(params: Params) -> Tensor:
    """All parameters as one vector of plain numbers."""
    return torch.cat([value.detach().flatten() for value in params.values()])


def relative_error(found: Params, wanted: Params) -> float:
    return float((flat(found) - flat(wanted)).norm() / flat(wanted).norm())


def cosine(found: Params, wanted: Params) -> float:
    return float(torch.cosine_similarity(flat(found).double(), flat(wanted).double(), dim=0))


def draw_faces(count: int, side: int, seed: int) -> tuple[Tensor, Tensor]:
    """Ovals with blobs; every second one, an attack, carries a fine grating. [N, 3, side, side] and [N]."""
    rng = np.random.default_rng(seed)
    u, v = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    images = np.empty((count, 3, side, side))
    labels = np.arange(count) % 2
    for row in range(count):
        oval = 1 / (1 + np.exp(20 * ((u / 0.7) ** 2 + (v / 0.9) ** 2 - 1)))
        back, skin = rng.uniform(0.2, 0.8, (2, 3, 1, 1))
        image = back * (1 - oval) + skin * oval
        for _ in range(6):
            x, y, size = *rng.uniform(-0.6, 0.6, 2), rng.uniform(0.05, 0.3)
            blob = np.exp(-((u - x) ** 2 + (v - y) ** 2) / size**2)
            image = image + rng.uniform(-0.3, 0.3, (3, 1, 1)) * blob
        if labels[row]:
            turn = rng.uniform(0, np.pi)
            wave = np.sin(rng.uniform(15, 30) * (u * np.cos(turn) + v * np.sin(turn)))
            image = image * 0.9 + rng.uniform(0.03, 0.1) * wave
        images[row] = image + rng.normal(0, 0.02, image.shape)
    return torch.from_numpy(images.clip(0, 1)), torch.from_numpy(labels)


def class_maps(labels: Tensor, maps: Tensor) -> Tensor:
    return labels[:, None, None, None].to(maps.dtype).expand_as(maps)


@dataclass(frozen=True)
class Problem:
    """The two networks with their faces; everything a hypergradient needs."""

    student: Detector
    teacher: Detector
    images: Tensor
    labels: Tensor
    outer_images: Tensor
    outer_maps: Tensor
    loss: str = "mse"
    alpha: float = 1e-3
    steps: int = 2

    def maps(self, theta: Params) -> Tensor:
        return map_function(self.student, self.images)(theta)

    def logits(self, omega: Params) -> Tensor:
        return map_function(self.teacher, self.images)(omega)

    def teaching(self, omega: Params) -> Tensor:
        """P_ω: 2σ(g) for attacks, zero for live faces."""
        attacks = (self.labels == 1)[:, None, None, None]
        return torch.where(attacks, 2 * self.logits(omega).sigmoid(), 0.0)

    def outer(self, theta: Params) -> Tensor:
        return lower_loss(map_function(self.student, self.outer_images)(theta), self.outer_maps, self.loss)

    @property
    def theta(self) -> Params:
        return parameters_of(self.student)

    @property
    def omega(self) -> Params:
        return parameters_of(self.teacher)

    def solve(self, way: str, **changed: Any) -> Hypergradient:
        settings: dict[str, Any] = {"alpha": self.alpha, "steps": self.steps, "loss": self.loss}
        return hypergradient(
            way, self.maps, self.theta, self.teaching, self.omega, self.outer, **(settings | changed)
        )

    def objective(self, omega: Params) -> Tensor:
        """L_v(θ*(ω)) in plain autograd, one graph from ω to the loss: nothing of the package's own ways."""
        theta = {name: value.clone().requires_grad_() for name, value in self.theta.items()}
        for _ in range(self.steps):
            loss = lower_loss(self.maps(theta), self.teaching(omega), self.loss)
            slopes = torch.autograd.grad(loss, list(theta.values()), create_graph=True)
            theta = {
                name: value - self.alpha * slope
                for (name, value), slope in zip(theta.items(), slopes, strict=True)
            }
        return self.outer(theta)


def make_problem(dtype: torch.dtype = torch.float64, side: int = 16, **changed: Any) -> Problem:
    images, labels = draw_faces(8, side, seed=1)
    outer_images, _ = draw_faces(6, side, seed=2)
    rng = torch.Generator().manual_seed(3)
    wanted = torch.rand(6, 1, side // 8, side // 8, generator=rng, dtype=torch.float64) * 2
    problem = Problem(
        build_detector("fas-dr-light", seed=1).to(dtype).train(),
        build_teacher("fas-dr-light", seed=1).to(dtype).train(),
        images.to(dtype),
        labels,
        outer_images.to(dtype),
        wanted.to(dtype),
    )
    return replace(problem, **changed)
