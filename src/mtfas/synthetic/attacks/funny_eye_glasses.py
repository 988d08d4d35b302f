"""Placeholder."""

from mtfas.synthetic.attacks.paper_glasses import stage_paper_glasses
from mtfas.synthetic.attacks.species import Attack

FUNNY_EYE_GLASSES = Attack("funny_eye_glasses", stage_paper_glasses)
