"""What must be known beside the numbers of a calibration: who was recorded, how few they are, ties."""

from mtfas.deploy.calibration import FEW_PERSONS, Calibration
from mtfas.deploy.order_statistic import expected_rate

USELESS = 0.5
"""APCER from which on a detector does not detect."""


def cautions(found: Calibration) -> list[str]:
    """Return a sentence for each thing that makes the numbers weaker than they look."""
    laid = found.laid
    sentences = [_persons(found)] if found.persons != len(found.bona_fide.answered.scores) else []
    expected = expected_rate(laid.n, laid.errors)
    if expected > found.wanted.rate:
        sentences.append(
            f"{laid.n} presentations allow {laid.errors} errors; on new ones a mean of {expected:.2%} is "
            f"expected, more than the {found.wanted.rate:.2%} wanted; --guarantee keeps the rate."
        )
    if laid.made < laid.errors:
        sentences.append(f"scores are tied at the threshold, so {laid.made} err where {laid.errors} may.")
    if found.wanted.kind == "bpcer" and not found.attacks.kinds:
        sentences.append("what this threshold lets pass is not known; give --attacks to see it.")
    return sentences + _passing(found)


def _passing(found: Calibration) -> list[str]:
    """Say what a lower BPCER is paid with: no threshold mends a detector that takes attacks for faces."""
    passed = {name: one.rate.value for name, one in found.after.apcer.items() if one.rate.n}
    worst = max(passed, key=lambda name: passed[name], default=None)
    if worst is None or passed[worst] <= found.before.apcer[worst].rate.value:
        return []
    paid = f"{passed[worst]:.0%} of '{worst}' pass, {found.before.apcer[worst].rate.value:.0%} did before"
    if passed[worst] < USELESS:
        return [f"{paid}."]
    return [f"{paid}; the detector does not tell them apart here, train it with faces of this camera."]


def _persons(found: Calibration) -> str:
    n, persons = len(found.bona_fide.answered.scores), found.persons
    if persons is None:
        return (
            "who was recorded is not known (no subfolder a person), and the interval takes presentations as "
            "independent; it is too narrow if few persons made them."
        )
    few = f"; {persons} persons say little of others, record more" if persons < FEW_PERSONS else ""
    people = "1 person" if persons == 1 else f"{persons} persons"
    return (
        f"{n} presentations come from {people}, and the interval takes them as independent; it is too "
        f"narrow where persons differ{few}."
    )
