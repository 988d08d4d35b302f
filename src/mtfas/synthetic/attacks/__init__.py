"""The attack species of the built-in benchmark, one file each."""

from mtfas.synthetic.attacks.cosmetic_makeup import COSMETIC_MAKEUP
from mtfas.synthetic.attacks.cut_photo import CUT_PHOTO
from mtfas.synthetic.attacks.funny_eye_glasses import FUNNY_EYE_GLASSES
from mtfas.synthetic.attacks.half_mask import HALF_MASK
from mtfas.synthetic.attacks.impersonation_makeup import IMPERSONATION_MAKEUP
from mtfas.synthetic.attacks.mannequin import MANNEQUIN
from mtfas.synthetic.attacks.obfuscation_makeup import OBFUSCATION_MAKEUP
from mtfas.synthetic.attacks.paper_glasses import PAPER_GLASSES
from mtfas.synthetic.attacks.paper_mask import PAPER_MASK
from mtfas.synthetic.attacks.partial_paper import PARTIAL_PAPER
from mtfas.synthetic.attacks.prints import PRINT
from mtfas.synthetic.attacks.replay import REPLAY
from mtfas.synthetic.attacks.silicone_mask import SILICONE_MASK
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.attacks.transparent_mask import TRANSPARENT_MASK
from mtfas.synthetic.attacks.warped_photo import WARPED_PHOTO

ATTACKS: dict[str, Attack] = {
    attack.species: attack
    for attack in (
        PRINT,
        REPLAY,
        WARPED_PHOTO,
        CUT_PHOTO,
        HALF_MASK,
        SILICONE_MASK,
        TRANSPARENT_MASK,
        PAPER_MASK,
        MANNEQUIN,
        OBFUSCATION_MAKEUP,
        IMPERSONATION_MAKEUP,
        COSMETIC_MAKEUP,
        FUNNY_EYE_GLASSES,
        PAPER_GLASSES,
        PARTIAL_PAPER,
    )
}

__all__ = ["ATTACKS", "Attack"]
