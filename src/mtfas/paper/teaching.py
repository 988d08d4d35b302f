"""Choosing a way to teach without the test, and an upper bound that knows it: for benchmarks/teaching.py."""

from collections.abc import Sequence

import polars as pl

from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.data.sampling import Levels, pool_of
from mtfas.errors import BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.metrics.curves import auc
from mtfas.models import build_detector
from mtfas.paper.grid import Cell, is_done
from mtfas.training.device import use_device
from mtfas.training.grid import Job
from mtfas.training.influence_settings import InfluenceSettings
from mtfas.training.influence_steps import InfluenceLesson
from mtfas.training.influence_teacher import run_influence
from mtfas.training.runs import load_network
from mtfas.training.scoring import score_faces
from mtfas.types import Direction, Label


def unseen_without_test(prepared: PreparedSet, protocol: str) -> pl.DataFrame:
    """Return faces of a species that a protocol of SiW-M holds out, without any of a test split.

    SiW-M's leave-one-out tests on all clips of a species, so its test part holds those of the train and dev
    splits too: they are taken, beside the bona fide faces of the protocol's dev part. Who is chosen by them
    has seen nothing of a test split, and other protocols, which train on these faces, are not spoiled.

    Args:
        prepared: the data set.
        protocol: "siw-m:<species>".

    Raises:
        BadSetting: another protocol.
    """
    family, _, species = protocol.partition(":")
    if family != "siw-m":
        raise BadSetting(f"choosing by an unseen species needs a protocol siw-m:<species>, got {protocol}.")
    chosen = select(prepared, protocol)
    attacks = chosen.test.filter((pl.col("species") == species) & (pl.col("split") != "test"))
    live = chosen.dev.filter(pl.col("label") == Label.LIVE)
    return pl.concat([live, attacks]).filter(pl.col("reason").is_null())


def check_untested(prepared: PreparedSet, chosen_on: Sequence[str], final: Sequence[str]) -> None:
    """Raise unless no subject of a protocol that something is chosen on is tested in the final ones.

    Raises:
        BadSetting: one is.
    """
    tested = {subject for name in final for subject in select(prepared, name).test["subject"]}
    for name in chosen_on:
        if shared := tested & set(select(prepared, name).test["subject"]):
            raise BadSetting(
                f"{name} tests {len(shared)} subjects that the final protocols test as well, so nothing may "
                "be chosen on it; leave it out."
            )


def unseen_auc(prepared: PreparedSet, cell: Cell) -> float:
    """Return a finished run's AUC over the presentations of `unseen_without_test`."""
    rows, record = unseen_without_test(prepared, cell.protocol), read_record(cell.job.out, "train")
    net = build_detector(record["settings"]["detector"], seed=0)
    load_network(net, cell.job.out, "weights")
    faces, direction = load_faces(prepared, rows), Direction(record["direction"])
    scores = score_faces(net.eval(), faces, direction).scores
    means = rows.with_columns(pl.Series("score", scores)).group_by("presentation", "label").agg(
        pl.col("score").mean()
    )  # fmt: skip
    live, attack = (
        means.filter(pl.col("label") == label)["score"].to_numpy() for label in (Label.LIVE, Label.ATTACK)
    )
    return auc(live, attack)


def teach_oracles(prepared: PreparedSet, lessons: Sequence[Job]) -> None:
    """Teach teachers of influence regression whose surrogates are measured on the test part itself.

    With no reach a teacher cannot be influenced; it learns the classes of the test part's faces instead. The
    detectors taught are no results: they bound what labels can do.
    """
    for lesson in lessons:
        settings = lesson.settings
        if not isinstance(settings, InfluenceSettings) or is_done(lesson):
            continue
        use_device(settings.device, settings.threads)
        run_influence(prepared, lesson.out, _oracle(prepared, settings))


def _oracle(prepared: PreparedSet, settings: InfluenceSettings) -> InfluenceLesson:
    chosen = select(prepared, settings.protocol)
    test = chosen.test.filter(pl.col("reason").is_null())
    taught = chosen.train if settings.reach else pl.concat([chosen.train, test])
    levels = Levels(pool_of(chosen.train), pool_of(test), False, "the test part: an oracle")
    episodes = [levels] * settings.surrogates
    faces, beyond = load_faces(prepared, taught), load_faces(prepared, test)
    return InfluenceLesson(settings, faces, pool_of(taught), episodes, beyond)
