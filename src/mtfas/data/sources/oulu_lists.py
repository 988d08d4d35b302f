"""OULU-NPU's clip names, the rule behind its 42 official protocol lists, and the check of one by the other.

A clip is named Phone_Session_User_File; the user alone decides its part. The protocols are unseen session,
unseen instruments, unseen phone, and all three at once. Protocols 3 and 4 have one sub-protocol a phone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from mtfas.data.sources.raw import natural_key
from mtfas.errors import BadData, BadFile
from mtfas.types import Split

PHONES = range(1, 7)
SESSIONS = range(1, 4)
USERS = {Split.TRAIN: range(1, 21), Split.DEV: range(21, 36), Split.TEST: range(36, 56)}
FILES = range(1, 6)
LIVE_FILE = 1
PROTOCOLS = ("1", "2", *(f"{number}.{phone}" for number in (3, 4) for phone in PHONES))

FIELDS = (("phone", PHONES, 1), ("session", SESSIONS, 1), ("user", range(1, 56), 2), ("file", FILES, 1))
"""Of a name: what a number means, its values, and with how many digits it is written."""
RULE = "Phone_Session_User_File with phone 1-6, session 1-3, user 01-55 and file 1-5"

PATTERN = re.compile(r"([0-9]+)_([0-9]+)_([0-9]+)_([0-9]+)")
LINE = re.compile(r"([+-])\s*[1-9][0-9]*\s*,\s*([0-9_]+)(?:\.avi)?", re.IGNORECASE)


@dataclass(frozen=True)
class ClipName:
    """What the four fields of a clip's name say."""

    phone: int
    session: int
    user: int
    file: int

    @property
    def split(self) -> Split:
        """The part that the user belongs to."""
        return next(split for split, users in USERS.items() if self.user in users)


@dataclass(frozen=True)
class CheckedLists:
    """The official lists of a copy; all that are there agree with the rule.

    Attributes:
        missing: lists that are not there, relative to Protocols/.
        named: clips that at least one list names.
    """

    missing: list[str]
    named: set[str]


def parse_name(stem: str, where: str) -> ClipName | None:
    """Read a clip's name; None where it is not four numbers.

    Args:
        stem: the file name without its ending.
        where: the file (and line) it comes from, for the message.

    Raises:
        BadData: a number is out of its range, or written with another number of digits.
    """
    match = PATTERN.fullmatch(stem)
    if match is None:
        return None
    for text, (field, values, digits) in zip(match.groups(), FIELDS, strict=True):
        if len(text) != digits or int(text) not in values:
            raise BadData(
                f"{where} has {field} '{text}' in the name '{stem}'; OULU-NPU's names are {RULE}: mend the "
                "name, or take the file away."
            )
    return ClipName(*map(int, match.groups()))


def members(protocol: str, part: str) -> set[str]:
    """Return the names of all clips in a part of a protocol: a full cross product.

    Args:
        protocol: a name in PROTOCOLS; "3.2" is protocol 3 with phone 2 held out.
        part: train, dev or test.
    """
    number, _, held = protocol.partition(".")
    test = part == Split.TEST
    sessions = ((3,) if test else (1, 2)) if number in "14" else SESSIONS
    files = ((1, 3, 5) if test else (1, 2, 4)) if number in "24" else FILES
    phones = [phone for phone in PHONES if not held or (phone == int(held)) == test]
    names = product(phones, sessions, USERS[Split(part)], files)
    return {f"{phone}_{session}_{user:02d}_{file}" for phone, session, user, file in names}


def list_name(protocol: str, part: str) -> str:
    """Return where a list is, relative to Protocols/.

    Example:
        >>> list_name("3.2", "train")
        'Protocol_3/Train_2.txt'
    """
    number, _, held = protocol.partition(".")
    return f"Protocol_{number}/{part.title()}{'_' if held else ''}{held}.txt"


def check_lists(folder: Path) -> CheckedLists:
    """Read the official lists that are there, and hold each against the rule.

    Raises:
        BadFile: a list is not text.
        BadData: a line makes no sense, or a list has other clips than the rule gives.
    """
    missing: list[str] = []
    named: set[str] = set()
    for protocol, part in product(PROTOCOLS, Split):
        path = folder / list_name(protocol, part)
        if not path.is_file():
            missing.append(list_name(protocol, part))
            continue
        listed = read_list(path)
        _compare(path, listed, protocol, part)
        named |= listed
    return CheckedLists(missing, named)


def read_list(path: Path) -> set[str]:
    """Return the names in a list of lines like "+1,1_1_01_1".

    Raises:
        BadFile: it is not text.
        BadData: a line makes no sense, its sign and its name disagree, or a name comes twice.
    """
    names: set[str] = set()
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        name = _entry(line, where)
        if name in names:
            raise BadData(f"{where} names {name} a second time; get the list again from the data's owners.")
        names.add(name)
    return names


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path} cannot be read as text ({error}); get the list again from the data's owners."
        ) from error
    return ((number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())


def _entry(line: str, where: str) -> str:
    match = LINE.fullmatch(line)
    name = match and parse_name(match[2], where)
    if match is None or name is None:
        raise BadData(f"{where} is '{line[:60]}'; expected a label and a name, like '+1,1_1_01_1'.")
    # The label of a test list tells print (-1) from replay (-2), elsewhere it does not: the name always does.
    live = name.file == LIVE_FILE
    if live != (match[1] == "+"):
        kind = "bona fide (+)" if live else "an attack (-)"
        raise BadData(
            f"{where} is '{line}', but file {name.file} is {kind}; get the list again from the data's owners."
        )
    return match[2]


def _compare(path: Path, listed: set[str], protocol: str, part: str) -> None:
    given = members(protocol, part)
    for odd, has, gives in ((given - listed, "lacks", "gives"), (listed - given, "has", "does not give")):
        if odd:
            more = f" and {len(odd) - 1} more" if len(odd) > 1 else ""
            raise BadData(
                f"{path} {has} {min(odd, key=natural_key)}{more}, which the rule of protocol {protocol} "
                f"{gives} for {part}; get the lists again from the data's owners."
            )
