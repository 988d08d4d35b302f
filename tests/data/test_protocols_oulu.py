"""OULU-NPU's fourteen protocols on full and on incomplete copies, clip by clip by the published table."""

from collections.abc import Callable

import pytest
from published_sets import Clip, oulu, prepared

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import list_protocols, select
from mtfas.errors import BadData

TABLE = """
1  train  12   123456   12345  01-20  240  960
1  dev    12   123456   12345  21-35  180  720
1  test   3    123456   12345  36-55  120  480
2  train  123  123456   124    01-20  360  720
2  dev    123  123456   124    21-35  270  540
2  test   123  123456   135    36-55  360  720
3  train  123  all-but  12345  01-20  300  1200
3  dev    123  all-but  12345  21-35  225  900
3  test   123  only     12345  36-55  60   240
4  train  12   all-but  124    01-20  200  400
4  dev    12   all-but  124    21-35  150  300
4  test   3    only     135    36-55  20   40
"""
"""Protocol, part, sessions, phones, files, users, live, attacks; "all-but" and "only" speak of phone k."""

PROTOCOLS = ["1", "2", *(f"{number}.{k}" for number in (3, 4) for k in range(1, 7))]
FOLDERS = {"train": "Train_files", "dev": "Dev_files", "test": "Test_files"}


def published(protocol: str) -> dict[str, tuple[set[str], int, int]]:
    """For each part the clips' names, and how many of them are live and attacks."""
    number, _, k = protocol.partition(".")
    parts = {}
    for line in TABLE.split("\n")[1:-1]:
        of, part, sessions, phones, files, users, live, attacks = line.split()
        if of != number:
            continue
        phones = {"all-but": "123456".replace(k, "") if k else "", "only": k}.get(phones, phones)
        first, last = map(int, users.split("-"))
        names = {
            f"oulu-npu:{FOLDERS[part]}/{phone}_{session}_{user:02d}_{file}"
            for phone in phones
            for session in sessions
            for user in range(first, last + 1)
            for file in files
        }
        parts[part] = (names, int(live), int(attacks))
    return parts


def names_of(data: PreparedSet, protocol: str) -> dict[str, set[str]]:
    chosen = select(data, f"oulu:{protocol}")
    parts = {"train": chosen.train, "dev": chosen.dev, "test": chosen.test}
    return {part: set(rows["presentation"]) for part, rows in parts.items()}


@pytest.fixture(scope="module")
def whole() -> PreparedSet:
    return prepared(oulu())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_clip_is_where_the_table_puts_it(whole: PreparedSet, protocol: str) -> None:
    found = names_of(whole, protocol)
    for part, (names, live, attacks) in published(protocol).items():
        assert found[part] == names
        assert (len([name for name in names if name.endswith("_1")]), len(names)) == (live, live + attacks)


def test_trap_05_protocols_are_session_pai_phone(whole: PreparedSet) -> None:
    """Not camera, session, spoof type, the order in which the paper's text names them."""

    def unseen(protocol: str, column: str) -> set[str]:
        chosen = select(whole, f"oulu:{protocol}")
        return set(chosen.test[column]) - set(chosen.train[column])

    for protocol, held in {
        "1": (set(), {"session-3"}, set()),
        "2": (set(), set(), {"printer-2", "display-2"}),
        "3.4": ({"phone-4"}, set(), set()),
        "4.4": ({"phone-4"}, {"session-3"}, {"printer-2", "display-2"}),
    }.items():
        assert tuple(unseen(protocol, column) for column in ("camera", "session", "medium")) == held


@pytest.mark.parametrize("protocol", ["2", *(f"4.{k}" for k in range(1, 7))])
def test_trap_09_oulu_dev_has_attack_types_2_and_4_only(whole: PreparedSet, protocol: str) -> None:
    parts = names_of(whole, protocol)
    files = {part: {name.rpartition("_")[2] for name in names} for part, names in parts.items()}
    assert files == {"train": set("124"), "dev": set("124"), "test": set("135")}


def without(lost: Callable[[Clip], bool]) -> PreparedSet:
    return prepared(clip for clip in oulu((1, 2, 21, 36, 37)) if not lost(clip))


def offered(data: PreparedSet) -> list[str]:
    names = [listed.protocol.name for listed in list_protocols(data)]
    return [name.removeprefix("oulu:") for name in names if name != "grandtest"]


@pytest.mark.parametrize(
    ("column", "value", "missing"),
    [
        ("camera", "phone-2", {"3.2", "4.2"}),
        ("camera", "phone-6", {"3.6", "4.6"}),
        ("session", "session-3", {"1", *(f"4.{k}" for k in range(1, 7))}),
        ("session", "session-2", set()),
        ("medium", "printer-1", set()),
        ("medium", "display-2", set()),
    ],
)
def test_an_incomplete_copy_holds_out_what_was_published(column: str, value: str, missing: set[str]) -> None:
    """The k-th phone is the k-th of the six, not of those found; what cannot be tested is not offered."""
    data = without(lambda clip: clip[column] == value)
    assert offered(data) == [name for name in PROTOCOLS if name not in missing]
    held = set(data.rows["presentation"])
    for protocol in offered(data):
        found = names_of(data, protocol)
        for part, (names, _, _) in published(protocol).items():
            assert found[part] == names & held
    for protocol in missing:
        with pytest.raises(BadData, match=f"'oulu:{protocol}' of set has no usable .* face in test"):
            select(data, f"oulu:{protocol}")


def test_an_incomplete_copy_of_another_set_is_told_by_its_own_values() -> None:
    clips = [{**clip, "dataset": "mine"} for clip in oulu((1, 21, 36)) if clip["camera"] != "phone-2"]
    chosen = select(prepared(clips), "oulu:3.2")
    assert set(chosen.test["camera"]) == {"phone-3"}
    assert "unseen camera 2 of 5" in chosen.protocol.description
