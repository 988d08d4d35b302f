"""What the documents say is so: commands exist, files and names are where notation.md puts them."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from mtfas.cli import app

REPOSITORY = Path(__file__).resolve().parent.parent
NOTATION = (REPOSITORY / "docs" / "notation.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def commands_of(document: str) -> list[list[str]]:
    """Every line of a document's code blocks that starts with "mtfas", as words, comments dropped."""
    blocks = re.findall(
        r"```[a-z]*\n(.*?)```", (REPOSITORY / document).read_text(encoding="utf-8"), re.DOTALL
    )
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("mtfas ")]


DOCUMENTS = ["README.md", *sorted(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md"))]


@pytest.mark.parametrize("words", [words for name in DOCUMENTS for words in commands_of(name)], ids=" ".join)
def test_documented_commands_can_be_given(words: list[str]) -> None:
    _, name, *arguments = words
    assert name in COMMANDS
    COMMANDS[name].make_context(name, arguments)  # raises on an unknown option or a missing argument


def notation() -> list[tuple[str, str]]:
    rows = re.findall(r"^\|.*\| (`[^|]+`) \| `([^`|]+)` \|$", NOTATION, re.MULTILINE)
    return [(name, place) for names, place in rows for name in re.findall(r"`([^`]+)`", names)]


@pytest.mark.parametrize(("name", "place"), notation(), ids=str)
def test_every_symbol_is_where_the_notation_says(name: str, place: str) -> None:
    path, _, function = place.partition(":")
    text = (REPOSITORY / "src" / "mtfas" / path).read_text(encoding="utf-8")
    for word in (name.rpartition(".")[2], function):
        assert re.search(rf"\b{re.escape(word)}\b", text), f"{word} is not in {path}"


def test_the_notation_is_read_at_all() -> None:
    assert len(notation()) > 25


def test_links_between_documents_lead_somewhere() -> None:
    for document in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links to {target}"
