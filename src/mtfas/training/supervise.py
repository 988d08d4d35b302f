"""From a supervision's name to the supervision: which teacher, which rule, and whether it may be used here."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtfas.data.dataset import FaceSet
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadRun, BadSetting, unknown_name
from mtfas.models import build_teacher
from mtfas.supervision import SUPERVISIONS
from mtfas.supervision.labels import BinaryMap, Depth, RegionMask, Supervision
from mtfas.supervision.rules import LABEL_RULES
from mtfas.supervision.teacher import MetaTeacher
from mtfas.training.hand_on import settle
from mtfas.training.runs import load_network, read_run
from mtfas.training.settings import TrainSettings
