"""Makes the modules of tests/making importable: the published data sets as names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "making"))
