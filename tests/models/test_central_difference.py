"""The central difference convolution against its printed equation, pixel by pixel."""

import pytest
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from mtfas.models.central_difference import CentralDifferenceConv
from mtfas.models.size import count_macs, count_parameters


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def layer(theta: float, inputs: int = 3, outputs: int = 2) -> CentralDifferenceConv:
    built = CentralDifferenceConv(inputs, outputs, theta).double()
    built.weight.data = random(outputs, inputs, 3, 3, seed=1)
    return built


def pixel(images: Tensor, n: int, c: int, row: int, column: int) -> float:
    """A pixel of the image, 0 outside it."""
    height, width = images.shape[-2:]
    inside = 0 <= row < height and 0 <= column < width
    return float(images[n, c, row, column]) if inside else 0.0


def by_the_equation(images: Tensor, weight: Tensor, theta: float) -> Tensor:
    n, inputs, height, width = images.shape
    result = torch.zeros(n, weight.shape[0], height, width, dtype=torch.float64)
    for face, out, row, column in torch.cartesian_prod(*map(torch.arange, result.shape)).tolist():
        total = 0.0
        for c in range(inputs):
            taps = [(i, j, float(weight[out, c, i, j])) for i in range(3) for j in range(3)]
            total += sum(w * pixel(images, face, c, row + i - 1, column + j - 1) for i, j, w in taps)
            total -= theta * pixel(images, face, c, row, column) * sum(w for _, _, w in taps)
        result[face, out, row, column] = total
    return result


def with_two_convolutions(images: Tensor, weight: Tensor, theta: float) -> Tensor:
    flat = weight.sum((2, 3), keepdim=True)
    return functional.conv2d(images, weight, padding=1) - theta * functional.conv2d(images, flat)


@pytest.mark.parametrize("theta", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize(("height", "width"), [(5, 4), (1, 1), (2, 3)])
def test_every_pixel_follows_the_equation_borders_too(theta: float, height: int, width: int) -> None:
    images, conv = random(2, 3, height, width), layer(theta)
    expected = by_the_equation(images, conv.weight.detach(), theta)
    torch.testing.assert_close(conv(images).detach(), expected, rtol=1e-12, atol=1e-12)


def test_without_theta_it_is_a_plain_convolution() -> None:
    images, conv = random(2, 3, 6, 5), layer(0.0)
    assert torch.equal(conv(images), functional.conv2d(images, conv.weight, padding=1))


def test_with_theta_one_the_inside_of_a_flat_image_gives_nothing() -> None:
    response = layer(1.0)(torch.full((1, 3, 6, 6), 0.8, dtype=torch.float64))
    torch.testing.assert_close(response[..., 1:-1, 1:-1], torch.zeros(1, 2, 4, 4, dtype=torch.float64))
    assert response[..., 0, :].abs().min() > 0, "at the border the outside counts as black"


def test_gradients_equal_those_of_two_convolutions() -> None:
    images, conv = random(2, 3, 5, 6).requires_grad_(), layer(0.7)
    slope = random(2, 2, 5, 6, seed=2)
    ours = torch.autograd.grad(conv(images), (images, conv.weight), slope)
    theirs = torch.autograd.grad(
        with_two_convolutions(images, conv.weight, 0.7), (images, conv.weight), slope
    )
    for got, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-12)


def test_it_is_differentiable_twice() -> None:
    images, conv = random(1, 1, 3, 3), layer(0.7, inputs=1, outputs=1)

    def squared(weight: Tensor) -> Tensor:
        response: Tensor = functional_call(conv, {"weight": weight}, (images,))
        return response.square()

    weight = random(1, 1, 3, 3, seed=3).requires_grad_()
    assert torch.autograd.gradgradcheck(squared, weight)
    assert torch.autograd.gradcheck(squared, weight, check_forward_ad=True)


def test_it_is_a_function_of_its_parameters() -> None:
    images, conv = random(1, 3, 4, 4), layer(0.7)
    doubled = functional_call(conv, {"weight": 2 * conv.weight}, (images,))
    torch.testing.assert_close(doubled, 2 * conv(images))


def test_it_counts_as_one_convolution_without_bias() -> None:
    conv = CentralDifferenceConv(3, 4)
    assert count_parameters(conv) == 9 * 3 * 4
    assert count_macs(conv, 8) == 9 * 3 * 4 * 64
    assert list(conv.state_dict()) == ["weight"]
