import colorsys

import torch

from mtfas.models.colour import rgb_to_hsv, with_hsv


def test_hsv_is_that_of_the_standard_library() -> None:
    images = torch.rand(2, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    images[0, :, 0, 0] = 0.0  # black, grey, white and pure colours are the corners
    images[0, :, 0, 1] = 0.5
    images[0, :, 0, 2] = 1.0
    images[1, :, 0, 0:3] = torch.eye(3, dtype=torch.float64)
    found = rgb_to_hsv(images)
    wanted = [[colorsys.rgb_to_hsv(*pixel) for pixel in image.flatten(1).T.tolist()] for image in images]
    torch.testing.assert_close(found.flatten(2).mT, torch.tensor(wanted, dtype=torch.float64))


def test_six_channels_are_rgb_then_hsv() -> None:
    images = torch.rand(1, 3, 8, 8)
    both = with_hsv(images)
    assert torch.equal(both[:, :3], images)
    assert torch.equal(both[:, 3:], rgb_to_hsv(images))
