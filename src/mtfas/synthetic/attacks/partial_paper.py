"""Placeholder."""

from mtfas.synthetic.attacks.paper_glasses import stage_paper_glasses
from mtfas.synthetic.attacks.species import Attack

PARTIAL_PAPER = Attack("partial_paper", stage_paper_glasses)
