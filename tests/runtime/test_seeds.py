import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mtfas.runtime.seeds import stream


@given(st.integers(0, 2**32), st.integers(0, 10**6))
def test_a_stream_depends_on_seed_and_name_only(seed: int, step: int) -> None:
    first = stream(seed, "batch", step).random(4)
    stream(seed, "other").random(100)
    assert np.array_equal(first, stream(seed, "batch", step).random(4))
    assert not np.array_equal(first, stream(seed, "batch", step + 1).random(4))
    assert not np.array_equal(first, stream(seed + 1, "batch", step).random(4))
