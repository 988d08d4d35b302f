"""What a reader of the figures should know before believing them."""

from mtfas.evaluation.presentations import NonResponses
from mtfas.metrics.intervals import Bootstrap, clopper_pearson
from mtfas.metrics.rates import ErrorRates, Rate

FEW = 30
"""Fewer presentations of a class or species than this get a warning."""
FEW_SUBJECTS = 10


def caveats(
    rates: ErrorRates, missing: NonResponses, drawn: Bootstrap, threshold: str, area: float
) -> list[str]:
    """Return the warnings of an evaluation, one sentence each.

    Args:
        rates: on test, over presentations with a score.
        missing: the presentations without.
        drawn: the bootstrap, for its unit.
        threshold: the threshold source.
        area: the AUC.
    """
    said = []
    if area < 0.5:
        said.append(f"AUC {area:.3f} is below 0.5: do these scores point the other way (--direction)?")
    if threshold == "test-oracle":
        said.append("the threshold was taken from the test scores (test-oracle): the rates are a diagnostic.")
    if drawn.unit != "subject":
        said.append(
            "not all subjects are known: intervals take presentations as independent, perhaps too narrow."
        )
    elif drawn.units < FEW_SUBJECTS:
        said.append(f"only {drawn.units} subjects: the bootstrap intervals are rough.")
    silent = [name for name, rate in missing.species.items() if rate.errors == rate.n]
    said += [f"no presentation of species '{name}' has a score, so it has no APCER." for name in silent]
    each = {"bona fide": rates.bpcer, **{f"species '{name}'": rate for name, rate in rates.apcer.items()}}
    few = [f"{name} ({rate.n})" for name, rate in each.items() if rate.n < FEW]
    if few:
        said.append(f"fewer than {FEW} presentations: {', '.join(few)}; look at the intervals.")
    said += [_no_error(name, rate) for name, rate in each.items() if rate.n and not rate.errors]
    if missing.bona_fide.errors or missing.attack.errors:
        said.append("presentations without a score are left out of APCER and BPCER; see the non-responses.")
    if len(missing.species) == 1:
        said.append("only one PAI species: worst and pooled APCER are the same number.")
    return said


def _no_error(name: str, rate: Rate) -> str:
    """Say the one-sided exact 95 % bound after zero errors, about 3 / n (the rule of 3)."""
    bound = 100 * clopper_pearson(rate, 0.90).high
    return f"{name}: no error in {rate.n}; the true rate may still be up to {bound:.2g} % (95 %, rule of 3)."
