"""The one family of errors.

Every message is one sentence (or one per problem) that says what was expected, what came, where, and what to
do next. The command line prints it and exits with code 2; a service answers 4xx with the same sentence.
"""

import difflib
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager


class MtfasError(Exception):
    """Anything a user can mend: a file, a folder, a flag."""


class BadFile(MtfasError):
    """A file cannot be read as what it should be (image, CSV, manifest, score file)."""


class BadData(MtfasError):
    """The files are readable but the data set, protocol or scores make no sense (leak, one class only)."""


class BadRun(MtfasError):
    """A run folder is from another version, of other settings, or incomplete."""


class BadSetting(MtfasError):
    """A flag or setting is unknown, out of range or contradicts another."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> BadSetting:
    """Return the error for a misspelt name, with the nearest known one first.

    Example:
        >>> str(unknown_name("detector", "fasdr", ["fas-dr", "fas-dr-light"]))
        "unknown detector 'fasdr'; did you mean 'fas-dr'? Known: fas-dr, fas-dr-light."
    """
    names = sorted(known)
    nearest = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    hint = f" did you mean '{nearest[0]}'?" if nearest else ""
    listing = ", ".join(names) if names else "none"
    return BadSetting(f"unknown {kind} '{name}';{hint} Known: {listing}.")


def chosen_names(text: str, kind: str, known: Collection[str]) -> list[str]:
    """Return the names in "binary map;meta-teacher, eq13", each among the known ones.

    Raises:
        BadSetting: a name is not known, or none is given.

    Example:
        >>> chosen_names("depth; meta-teacher, eq13;", "row", ["depth", "meta-teacher, eq13"])
        ['depth', 'meta-teacher, eq13']
    """
    names = [name.strip() for name in text.split(";") if name.strip()]
    for name in names:
        if name not in known:
            raise unknown_name(kind, name, known)
    if not names:
        raise BadSetting(f"no {kind} is named; give names with ';' between them, or leave the choice out.")
    return names


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Let an error of this family end the process as its sentence on stderr, with exit code 2.

    For scripts that use the library; a decorator of their `main`.
    """
    try:
        yield
    except MtfasError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
