"""`python -m mtfas` is `mtfas`."""

from mtfas.cli import main

if __name__ == "__main__":
    main()
