"""CASIA-MFSD's scenarios and folds: what each holds, and on whose rows it is offered."""

import pytest
from published_sets import Clip, casia, prepared

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import list_protocols, select
from mtfas.errors import BadSetting

FOLDS = {
    "1": "10 14 16 20",
    "2": "8 13 18 19",
    "3": "1 6 11 17",
    "4": "4 5 7 15",
    "5": "2 3 9 12",
}


@pytest.fixture(scope="module")
def whole() -> PreparedSet:
    return prepared(casia())


def parts_of(data: PreparedSet, name: str) -> dict[str, set[str]]:
    chosen = select(data, name)
    parts = {"train": chosen.train, "dev": chosen.dev, "test": chosen.test}
    return {part: set(rows["presentation"]) for part, rows in parts.items()}


def offered(clips: list[Clip]) -> list[str]:
    names = [listed.protocol.name for listed in list_protocols(prepared(clips))]
    return [name for name in names if name.startswith("casia")]


@pytest.mark.parametrize("fold", FOLDS)
def test_a_fold_takes_its_clients_out_of_train(whole: PreparedSet, fold: str) -> None:
    found, dev = parts_of(whole, f"casia:fold-{fold}"), FOLDS[fold].split()
    clients = {
        part: {name.removeprefix("casia-mfsd:").rpartition("/")[0] for name in names}
        for part, names in found.items()
    }
    train = [str(n) for n in range(1, 21) if str(n) not in dev]
    assert clients["dev"] == {f"train_release/{client}" for client in dev}
    assert clients["train"] == {f"train_release/{client}" for client in train}
    assert clients["test"] == {f"test_release/{client}" for client in range(1, 31)}
    assert sum(map(len, found.values())) == 600


def test_every_client_is_dev_once_and_the_first_fold_is_the_split(whole: PreparedSet) -> None:
    dev = [client for fold in FOLDS.values() for client in fold.split()]
    assert sorted(map(int, dev)) == list(range(1, 21))
    assert parts_of(whole, "casia:fold-1") == parts_of(whole, "casia")


def test_scenarios_hold_one_quality_or_one_species_with_all_live(whole: PreparedSet) -> None:
    overall = parts_of(whole, "casia")
    files = {
        "640x480": "1 3 5 7",
        "480x640": "2 4 6 8",
        "720x1280": "HR_1 HR_2 HR_3 HR_4",
        "warped_photo": "1 2 HR_1 3 4 HR_2",
        "cut_photo": "1 2 HR_1 5 6 HR_3",
        "replay": "1 2 HR_1 7 8 HR_4",
    }
    for scenario, wanted in files.items():
        for part, names in parts_of(whole, f"casia:{scenario}").items():
            assert names == {name for name in overall[part] if name.rpartition("/")[2] in wanted.split()}


def test_only_what_the_rows_allow_is_offered() -> None:
    clips = list(casia((1, 10), (1,)))
    own = ["casia", "casia:640x480", "casia:480x640", "casia:720x1280"]
    species = ["casia:warped_photo", "casia:cut_photo", "casia:replay"]
    assert offered(clips) == [*own, *species, "casia:fold-1", "casia:fold-3"]  # clients 10 and 1
    low = [clip for clip in clips if clip["camera"] != "720x1280" and clip["species"] != "cut_photo"]
    names = [name for name in (*own, *species) if name not in ("casia:720x1280", "casia:cut_photo")]
    assert offered(low) == [*names, "casia:fold-1", "casia:fold-3"]
    stand_in = [{**clip, "camera": f"webcam {clip['camera']}"} for clip in casia((1, 10), (1,), "built-in-c")]
    assert offered(stand_in) == ["casia", *species]
    with pytest.raises(BadSetting, match="unknown protocol 'casia:fold-1'"):
        select(prepared(stand_in), "casia:fold-1")


def test_a_stand_in_beside_the_published_set_is_in_no_fold() -> None:
    both = prepared([*casia((1, 10), (1,)), *casia((1, 10), (1,), "built-in-c")])
    chosen = select(both, "casia:fold-1")
    for rows in (chosen.train, chosen.dev, chosen.test):
        assert set(rows["dataset"]) == {"casia-mfsd"}
    assert set(select(both, "casia").train["dataset"]) == {"casia-mfsd", "built-in-c"}
