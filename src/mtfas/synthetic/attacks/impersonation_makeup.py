"""Placeholder."""

from mtfas.synthetic.attacks.silicone_mask import stage_silicone
from mtfas.synthetic.attacks.species import Attack

IMPERSONATION_MAKEUP = Attack("impersonation_makeup", stage_silicone)
