"""A logistic regression on one group of cues: fitted on some faces, one score a presentation for others."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mtfas.errors import BadSetting
from mtfas.types import FloatArray


def require_scikit_learn() -> None:
    """Check that scikit-learn is installed, before any long work.

    Raises:
        BadSetting: it is not.
    """
    _parts()


def fit_and_score(cues: FloatArray, attack: npt.NDArray[np.bool_], others: FloatArray) -> FloatArray:
    """Return the log-odds of being an attack of other faces, [m].

    Both classes weigh the same; cues are standardised by the fitted faces, and a missing one counts as their
    average, so that it tells nothing.

    Args:
        cues: [n, k] of the faces to fit on; NaN is missing.
        attack: [n], both values occur.
        others: [m, k].

    Raises:
        BadSetting: scikit-learn is not installed.
    """
    scaler, model = _parts()
    scaler.fit(cues)
    model.fit(_filled(scaler.transform(cues)), attack)
    return np.asarray(model.decision_function(_filled(scaler.transform(others))))


def _filled(scaled: FloatArray) -> FloatArray:
    return np.nan_to_num(scaled, nan=0.0)


def _parts() -> tuple[Any, Any]:
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise BadSetting(
            "--shortcuts needs scikit-learn, which is not installed; run: pip install 'mtfas[audit]'."
        ) from error
    return StandardScaler(), LogisticRegression(class_weight="balanced", solver="newton-cholesky")
