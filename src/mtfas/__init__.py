"""mtfas: face presentation-attack detectors whose supervision is learned.

Importing the package costs nothing; every command and module imports what it needs.
"""

__version__ = "0.1.0"
