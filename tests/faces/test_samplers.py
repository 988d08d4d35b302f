import math
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtfas.errors import BadSetting
from mtfas.faces.samplers import SAMPLERS, Sampler, find_sampler

TOTALS = st.integers(0, 500)
COUNTS = st.integers(1, 60)
SEEDS = st.integers(0, 2**32)
CLIPS = st.text(max_size=12)


@given(TOTALS, COUNTS, SEEDS, CLIPS, st.sampled_from(["uniform", "random"]))
def test_a_number_of_frames_is_taken(total: int, count: int, seed: int, clip: str, kind: str) -> None:
    frames = find_sampler(f"{kind}:{count}", seed).choose(total, clip)
    assert frames == sorted(set(frames))
    assert all(0 <= frame < total for frame in frames)
    assert len(frames) == min(count, total)


@given(TOTALS, SEEDS, CLIPS)
def test_first_and_all(total: int, seed: int, clip: str) -> None:
    assert find_sampler("first", seed).choose(total, clip) == ([0] if total else [])
    assert find_sampler("all", seed).choose(total, clip) == [*range(total)]


@given(TOTALS, COUNTS)
def test_uniform_takes_the_middle_of_equal_parts(total: int, count: int) -> None:
    frames = find_sampler(f"uniform:{count}").choose(total, "clip")
    if total >= count:
        assert frames == [math.floor((part + 0.5) * total / count) for part in range(count)]
    else:
        assert frames == [*range(total)]


def test_uniform_by_hand() -> None:
    assert find_sampler("uniform:4").choose(100, "clip") == [12, 37, 62, 87]
    assert find_sampler("uniform:1").choose(9, "clip") == [4]
    assert find_sampler("uniform:8").choose(5, "clip") == [0, 1, 2, 3, 4]


@given(st.lists(st.tuples(CLIPS, TOTALS), max_size=8), SEEDS, st.randoms())
def test_random_does_not_depend_on_the_order_of_clips(
    clips: list[tuple[str, int]], seed: int, order: Random
) -> None:
    sampler = find_sampler("random:5", seed)
    before = {clip: sampler.choose(*reversed(clip)) for clip in clips}
    order.shuffle(clips)
    assert {clip: find_sampler("random:5", seed).choose(*reversed(clip)) for clip in clips} == before


def test_random_differs_between_clips_and_seeds() -> None:
    choices = {
        (seed, clip): tuple(find_sampler("random:6", seed).choose(300, clip))
        for seed in range(4)
        for clip in ("a.avi", "b.avi", "c.avi")
    }
    assert len(set(choices.values())) == len(choices)


def test_random_takes_every_frame_about_equally_often() -> None:
    sampler = find_sampler("random:5")
    times = [0] * 20
    for clip in range(2000):
        for frame in sampler.choose(20, f"{clip}.avi"):
            times[frame] += 1
    # Binomial(2000, 1/4): mean 500, standard deviation 19.4; five of them either way.
    assert min(times) > 403
    assert max(times) < 597


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "unifrom:8",
            r"unknown sampler 'unifrom'; did you mean 'uniform:N'\? Known: all, first, random:N, unif",
        ),
        ("", "unknown sampler ''"),
        ("uniform", "sampler 'uniform' needs a whole number of frames; write e.g. 'uniform:8'"),
        ("uniform:", "sampler 'uniform:' needs a whole number"),
        ("uniform:x", "sampler 'uniform:x' needs a whole number"),
        ("uniform:-3", "sampler 'uniform:-3' needs a whole number"),
        ("uniform:2.5", "needs a whole number"),
        ("uniform:٣", "needs a whole number"),
        ("random", "sampler 'random' needs a whole number of frames; write e.g. 'random:8'"),
        ("uniform:0", "sampler 'uniform:0' would take no frame; give 1 or more, e.g. 'uniform:8'"),
        ("random:000", "would take no frame"),
        ("first:3", "sampler 'first:3' takes no number; write 'first'"),
        ("all:", "sampler 'all:' takes no number; write 'all'"),
    ],
)
def test_bad_names_get_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        find_sampler(name)


def test_a_negative_seed_gets_one_sentence() -> None:
    with pytest.raises(BadSetting, match=re.escape("the seed of sampler 'random:2' is -1; give 0 or more.")):
        Sampler("random:2", -1)


def test_every_sampler_is_in_the_table() -> None:
    assert {*SAMPLERS} == {"uniform", "random", "first", "all"}
