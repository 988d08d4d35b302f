"""Placeholder."""

from mtfas.synthetic.attacks.silicone_mask import stage_silicone
from mtfas.synthetic.attacks.species import Attack

MANNEQUIN = Attack("mannequin", stage_silicone)
