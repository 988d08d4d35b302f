"""Protocols: who may be seen in training and what is held out for the test.

They are the published protocols said in a set's own columns. On the data sets they were published for (and
their stand-ins in the built-in benchmark, `ROLES`) they give the published parts; OULU-NPU's and SiW-M's also
speak of a set that plays no role, such as a user's own photographs, and then of all of it.

    grandtest         everything, by the split column
    oulu:1            unseen session (OULU-NPU protocol 1)
    oulu:2            unseen instruments (OULU-NPU protocol 2)
    oulu:3.k          unseen camera k (OULU-NPU protocol 3_k)
    oulu:4.k          all three unseen (OULU-NPU protocol 4_k)
    siw-m:<species>   unseen attack species (SiW-M leave-one-out, which tests on all its clips)
    casia, msu        CASIA-MFSD and MSU-MFSD by their own split
    casia:<which>     the same of one quality (640x480, …) or one attack species; fold-1 … fold-5: the same,
                      with the dev people of one cross-validation fold
    replay:<attacks>  Replay-Attack by its own split, all attacks (grandtest) or those of some instruments
    ocim:<abc>-<d>    unseen data set d after a, b and c, of O, C, I and M, by the strict convention;
                      with :ssdg or :split at the end by SSDG's or SSAN's
    ocim:ocim-s       unseen everything: SiW-M's other attack species after all four (ours)
"""

from mtfas.data.protocols.counts import ProtocolCounts
from mtfas.data.protocols.families import FAMILIES, NEEDS
from mtfas.data.protocols.leak import leaks
from mtfas.data.protocols.roles import ROLES
from mtfas.data.protocols.rule import Protocol
from mtfas.data.protocols.selection import Selection, list_protocols, select

__all__ = [
    "FAMILIES",
    "NEEDS",
    "ROLES",
    "Protocol",
    "ProtocolCounts",
    "Selection",
    "leaks",
    "list_protocols",
    "select",
]
