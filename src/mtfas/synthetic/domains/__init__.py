"""The five domains of the built-in benchmark, one file each, built like five published data sets."""

from mtfas.synthetic.domains.casia import CASIA
from mtfas.synthetic.domains.domain import Domain, Presentation, Subject
from mtfas.synthetic.domains.msu import MSU
from mtfas.synthetic.domains.oulu import OULU
from mtfas.synthetic.domains.replay import REPLAY
from mtfas.synthetic.domains.siwm import SIW_M

DOMAINS: dict[str, Domain] = {domain.letter: domain for domain in (OULU, CASIA, REPLAY, MSU, SIW_M)}

__all__ = ["DOMAINS", "Domain", "Presentation", "Subject"]
