"""What came of a raw set in all: failures, oddities, and which subjects have usable faces of which class."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from mtfas.data.cutting import ODDITIES, Outcome, reason_kind
from mtfas.data.sources import RawItem
from mtfas.errors import BadData
from mtfas.types import Label


@dataclass
class Ledger:
    """The books of one preparation; `enter` is called once for every item, in order.

    Attributes:
        usable: the labels of each subject's usable faces.
        failed: (image, reason) of every image or frame without a face.
    """

    usable: dict[str, set[int]] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)
    _reasons: dict[int, list[str]] = field(default_factory=lambda: {int(label): [] for label in Label})
    _faces: Counter[int] = field(default_factory=Counter)
    _odd: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in ODDITIES})

    def enter(self, item: RawItem, outcome: Outcome) -> None:
        """Note what became of an item."""
        held = self.usable.setdefault(item.subject, set())
        for cut in outcome.cuts:
            if cut.reason is None:
                held.add(item.label)
                self._faces[item.label] += 1
            else:
                name = f"{item.name}, frame {cut.frame}" if item.is_clip and cut.box is None else item.name
                self.failed.append((name, cut.reason))
                self._reasons[item.label].append(cut.reason)
        for kind in outcome.odd:
            self._odd[kind].append(item.name)

    def refuse_unusable(self) -> None:
        """Refuse a set in which no image of a class gave a face.

        Raises:
            BadData: so it is; the commonest reasons are counted.
        """
        for label in Label:
            reasons = self._reasons[int(label)]
            if not self._faces[int(label)]:
                often = Counter(reason_kind(reason) for reason in reasons).most_common(3)
                listing = ", ".join(f"{kind} × {times}" for kind, times in often)
                raise BadData(
                    f"none of the {len(reasons)} {label.name.lower()} images gave a face ({listing}; "
                    f"e.g. {reasons[0]}); check the images, or give face boxes."
                )

    def notes(self) -> list[str]:
        """Return what is odd, in sentences with a count and an example."""
        return [
            f"{len(names)} file(s) {ODDITIES[kind]}, e.g. {names[0]}."
            for kind, names in self._odd.items()
            if names
        ]


def keep_books(items: Iterable[RawItem], outcomes: Iterable[Outcome]) -> Ledger:
    """Return the books of items and what became of each."""
    ledger = Ledger()
    for item, outcome in zip(items, outcomes, strict=True):
        ledger.enter(item, outcome)
    return ledger
