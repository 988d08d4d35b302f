"""SiW-M's two releases: each answers by itself, and a mixture of them answers to no SiW-M protocol."""

import pytest
from published_sets import casia, prepared, siw_m

from mtfas.data.protocols import list_protocols, select
from mtfas.errors import BadData

STEMS = {"Paper": 6, "Mask_Paper": 7, "Partial_Eye": 5, "Partial_Mouth": 6}


def offered(*clips: dict[str, object]) -> list[str]:
    names = [listed.protocol.name for listed in list_protocols(prepared(clips))]
    return [name for name in names if name.startswith("siw-m")]


def test_trap_12_v1_has_one_species_of_partial_paper_and_v2_two() -> None:
    first, second = siw_m(STEMS, (6, 3)), siw_m(STEMS, (6, 3), "v2")
    assert offered(*first) == ["siw-m:paper_mask", "siw-m:partial_paper", "siw-m:print"]
    assert offered(*second) == [
        "siw-m:paper_mask",
        "siw-m:partial_eye",
        "siw-m:partial_mouth",
        "siw-m:print",
    ]


@pytest.mark.parametrize("name", ["siw-m:print", "siw-m:partial_eye", "siw-m:nothing"])
def test_two_releases_do_not_mix(name: str) -> None:
    mixed = [*siw_m(STEMS, (6, 3)), *siw_m({"Replay": 5}, (0, 0), "v2"), *casia((1, 10), (1,))]
    assert offered(*mixed) == []
    assert "casia" in {listed.protocol.name for listed in list_protocols(prepared(mixed))}
    words = "set holds SiW-M v1 and v2, which are not comparable; prepare and join one of them"
    with pytest.raises(BadData, match=words):
        select(prepared(mixed), name)
    assert select(prepared(mixed), "casia").train.height


def test_a_stand_in_is_no_release() -> None:
    both = [*siw_m(STEMS, (6, 3)), *siw_m({"Replay": 5}, (0, 0), "2", "built-in-s")]
    assert "siw-m:replay" in offered(*both)
