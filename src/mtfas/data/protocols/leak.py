"""What is on two sides at once: a person, a presentation or an image that learning and a test share."""

import polars as pl

from mtfas.data.protocols.rule import Parts

SHOWN = 3
COLUMNS = {"subject": "subject", "presentation": "presentation", "sha256": "image"}
PART = "protocol part"


def leaks(rows: pl.DataFrame, column: str, between: str = "split") -> pl.DataFrame:
    """Return the values of a column that are on more than one side: [value, splits], sorted.

    Args:
        rows: of a manifest.
        column: whose values must keep to one side; null is no value.
        between: the column that says the side.
    """
    held = rows.filter(pl.col(column).is_not_null())
    spread = held.group_by(pl.col(column).alias("value")).agg(pl.col(between).unique().sort().alias("splits"))
    return spread.filter(pl.col("splits").list.len() > 1).sort("value")


def describe_leaks(parts: Parts) -> str:
    """Return what is in more than one part of a protocol, in words with examples; "" when nothing is.

    Parts are compared, not splits: a part may take rows of any split.
    """
    rows = pl.concat([rows.with_columns(pl.lit(part).alias(PART)) for part, rows in parts.items()])
    found = []
    for column, what in COLUMNS.items():
        torn = leaks(rows, column, PART)
        if torn.height:
            examples = "; ".join(_where(rows, column, *pair) for pair in torn.head(SHOWN).iter_rows())
            found.append(f"{torn.height} {what}(s) in more than one part ({examples})")
    return ", ".join(found)


def _where(rows: pl.DataFrame, column: str, value: str, parts: list[str]) -> str:
    if column == "sha256":
        value = " = ".join(rows.filter(pl.col("sha256") == value)["source"].to_list())
    return f"'{value}' in {' and '.join(parts)}"
