"""`python launch.py serve BUNDLE …`: the command line as it is, with serve in it in any case."""

from mtfas.cli import app, main
from mtfas.cli.serving import serve

if not any(command.callback is serve for command in app.registered_commands):
    app.command()(serve)

if __name__ == "__main__":
    main()
