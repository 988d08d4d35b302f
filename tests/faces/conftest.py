"""Makes the modules of tests/making importable: drawn faces and raw data sets of noise."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "making"))
