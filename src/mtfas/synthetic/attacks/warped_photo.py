"""Placeholder."""

from mtfas.synthetic.attacks.prints import stage_print
from mtfas.synthetic.attacks.species import Attack

WARPED_PHOTO = Attack("warped_photo", stage_print)
