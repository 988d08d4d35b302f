"""The table of `mtfas protocols`: as long as it is, every line must still be read."""

import json
from pathlib import Path

import pytest
from published_sets import casia, msu, oulu, replay, siw_m
from raw_sets import row

from mtfas.cli.data import protocols
from mtfas.data.manifest import FaceRow, write_manifest


def test_every_protocol_has_a_line_with_its_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = [*oulu((1, 21, 36)), *casia((1, 16), (1,)), *msu({"train": ["02", "53"], "test": ["01"]})]
    clips += [
        *replay({"train": ["001"], "devel": ["003"], "test": ["009"]}),
        *siw_m({"a": 6, "b" * 30: 6}, (8, 4)),
    ]
    write_manifest(tmp_path, [_face(n, clip) for n, clip in enumerate(clips)], {})
    protocols(tmp_path, json=True)
    listed = json.loads(capsys.readouterr().out)
    protocols(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    blocks = "\n".join(lines).split("\n\n")
    # CASIA-MFSD: all, three qualities, three species, and the folds of the two clients.
    assert len(listed) == 1 + 14 + 2 + 9 + 7 + 1 + 13
    assert [len(block.splitlines()) for block in blocks] == [1, 1, 14, 2, 9, 7, 1, 13]
    texts = [line for line in lines[1:] if line]
    assert [line.split()[0] for line in texts] == [row["name"] for row in listed]
    for line, row_ in zip(texts, listed, strict=True):
        counts = [f"{row_[part]['bona_fide']}+{row_[part]['attack']}" for part in ("train", "dev", "test")]
        assert line.split()[1:4] == counts
        assert line.endswith(f"   {row_['description']}")
    assert len({line.index(row_["description"]) for line, row_ in zip(texts, listed, strict=True)}) == 1


def _face(n: int, clip: dict[str, object]) -> FaceRow:
    return row(n=n, **{**clip, "label": int(clip["species"] != "bona_fide")})
