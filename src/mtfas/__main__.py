"""`python -m mtfas`, the same as the command `mtfas`."""

from mtfas.cli.start import run

if __name__ == "__main__":
    run()
