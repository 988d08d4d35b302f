"""How the program starts: commands that train ask the C library first to use memory again."""

import os
import platform
import sys

LEARNING = {"teach", "train", "demo", "bench", "reproduce"}
"""The commands whose tensors are large and many."""

TUNABLE, WANTED = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0"
"""Without the per-thread cache of small blocks the gaps beside aligned tensors join with their neighbours,
and a tensor's place fits the next one of its size: half of the peak memory of a bi-level step
(docs/decisions/0011-bilevel-cost.md). glibc reads it when a process begins, so the process begins again."""


def run() -> None:
    """Run the command line, in a process with the setting above where it helps."""
    if len(sys.argv) > 1 and sys.argv[1] in LEARNING and _can_help():
        given = os.environ.get(TUNABLE)
        os.environ[TUNABLE] = f"{given}:{WANTED}" if given else WANTED
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    from mtfas.cli import main

    main()


def _can_help() -> bool:
    return platform.libc_ver()[0] == "glibc" and "tcache_count" not in os.environ.get(TUNABLE, "")
