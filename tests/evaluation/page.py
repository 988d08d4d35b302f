"""A report as a reader gets it."""

import re
from html.parser import HTMLParser
from pathlib import Path


class Page(HTMLParser):
    """A parsed page: its text, its pictures, every address it names, and its tags."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.words: list[str] = []
        self.pictures: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in {"img", "meta", "link", "br"}:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"src", "href", "srcset", "data", "action", "poster"}:
                self.addresses.append(value or "")
        if tag == "img":
            self.pictures.append(dict(attrs)["src"])
            assert dict(attrs)["alt"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def check_alone(self) -> None:
        """Nothing is fetched and nothing runs; every tag is closed."""
        assert not self.open
        assert all(address.startswith("data:") for address in self.addresses)
        assert "script" not in self.tags
        assert not re.search(r"https?:|@import|url\((?!data:)", self.source)
