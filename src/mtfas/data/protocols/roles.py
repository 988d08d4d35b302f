"""Whose part a data set plays: a published set's, by itself or as its stand-in in the built-in benchmark."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Role:
    """The part of one published data set.

    Attributes:
        letter: what cross-domain protocols call it.
        published: its published name.
        datasets: the values of the manifest's column `dataset` that play it.
        published_dev: whether it was published with a dev part. Without one, the dev people are taken out of
            its training part by whoever prepares it.
    """

    letter: str
    published: str
    datasets: tuple[str, ...]
    published_dev: bool = False

    @property
    def words(self) -> str:
        """Who plays it, for a message."""
        return f"{self.published} (dataset {' or '.join(self.datasets)})"


ROLES: dict[str, Role] = {
    "oulu": Role("o", "OULU-NPU", ("oulu-npu", "built-in-o"), published_dev=True),
    "casia": Role("c", "CASIA-MFSD", ("casia-mfsd", "built-in-c")),
    "replay": Role("i", "Replay-Attack", ("replay-attack", "built-in-i"), published_dev=True),
    "msu": Role("m", "MSU-MFSD", ("msu-mfsd", "built-in-m")),
    "siw-m": Role("s", "SiW-M", ("siw-m", "built-in-s")),
}
"""From a family of protocols to the data sets it speaks of."""


def playing(rows: pl.DataFrame, family: str) -> pl.DataFrame:
    """Return the rows of the data sets that play a family's role; none may."""
    return rows.filter(pl.col("dataset").is_in(ROLES[family].datasets))


def has_roles(rows: pl.DataFrame) -> bool:
    """Whether any data set among the rows plays a role; a user's own photographs play none."""
    known = {name for role in ROLES.values() for name in role.datasets}
    return not known.isdisjoint(rows["dataset"].unique())


def playing_or_all(rows: pl.DataFrame, family: str) -> pl.DataFrame:
    """Return the rows of a role, or all rows of a set in which nobody plays any role."""
    return playing(rows, family) if has_roles(rows) else rows
