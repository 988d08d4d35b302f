"""The command line: one short function a command, heavy imports inside, so that --help is instant.

Anything a user can mend ends as one sentence on stderr and exit code 2; `--debug` adds the traceback.
"""

import errno
import sys
import traceback

import typer

from mtfas.cli import (
    analysing,
    bench,
    calibrating,
    costing,
    data,
    deploying,
    learning,
    preparing,
    reporting,
    reproducing,
    serving,
    teaching,
)
from mtfas.errors import MtfasError

app = typer.Typer(
    name="mtfas",
    help="Train face presentation-attack detectors whose supervision is learned; measure them honestly.\n\n"
    "Start with 'mtfas demo', which needs no data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    rich_markup_mode="markdown",
)

app.command(rich_help_panel="Start here")(reporting.demo)
app.command(rich_help_panel="Data")(data.synthesize)
app.command(rich_help_panel="Data")(preparing.prepare)
app.command(rich_help_panel="Data")(preparing.join)
app.command(rich_help_panel="Data")(data.audit)
app.command(rich_help_panel="Data")(data.protocols)
app.command(rich_help_panel="Learning")(teaching.teach)
app.command(rich_help_panel="Learning")(learning.train)
app.command(rich_help_panel="Learning")(learning.detectors)
app.command(rich_help_panel="Evaluation")(reporting.evaluate)
app.command(rich_help_panel="Evaluation")(analysing.analyse_teacher)
app.command(rich_help_panel="Evaluation")(reproducing.reproduce)
app.command(rich_help_panel="Deployment")(deploying.export)
app.command(rich_help_panel="Deployment")(deploying.predict)
app.command(rich_help_panel="Deployment")(calibrating.calibrate)
app.command(rich_help_panel="Deployment")(serving.serve)
app.command(rich_help_panel="Speed")(costing.costs)
app.add_typer(bench.bench, name="bench", rich_help_panel="Speed")


def _version(wanted: bool) -> None:
    if wanted:
        from mtfas import __version__

        print(f"mtfas {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
    debug: bool = typer.Option(
        False, "--debug", help="Show the traceback of an error; allowed anywhere in a command."
    ),
) -> None:
    pass


_INTERRUPTED = 130
"""What typer answers after Ctrl-C."""


def main() -> None:
    """Run the command line and exit: 0 when done, 2 with one sentence when something can be mended."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code = app(arguments, standalone_mode=False)
    except (KeyboardInterrupt, Exception) as error:
        if debug:
            traceback.print_exc()
        sys.exit(_say(error))
    if code == _INTERRUPTED:
        sys.exit(_say(KeyboardInterrupt()))
    sys.exit(code if isinstance(code, int) else 0)


def _say(error: BaseException) -> int:
    """Print what went wrong as one sentence and return the exit code."""
    show = getattr(error, "show", None)  # a usage error of the command line parser prints itself
    if show is not None:
        show()
        return 2
    print(f"mtfas: {_sentence(error)}", file=sys.stderr)
    return 2


def _sentence(error: BaseException) -> str:
    if isinstance(error, MtfasError):
        return str(error)
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return (
            "stopped; nothing half-written is left; give the same command again to go on with what was done."
        )
    if isinstance(error, OSError):
        return _os_sentence(error)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in {
        "torch",
        "safetensors",
    }:
        return f"this command needs {error.name}; install it with: pip install 'mtfas[train]'."
    kind = type(error).__name__
    return f"unexpected {kind}: {error}; please report it with the output of the same command with --debug."


def _os_sentence(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{where}; free some space and give the same command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to read or write{where}; choose another folder or change its permissions."
    return f"{error.strerror or error}{where}."
