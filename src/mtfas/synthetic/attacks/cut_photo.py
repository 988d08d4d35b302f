"""Placeholder."""

from mtfas.synthetic.attacks.prints import stage_print
from mtfas.synthetic.attacks.species import Attack

CUT_PHOTO = Attack("cut_photo", stage_print)
