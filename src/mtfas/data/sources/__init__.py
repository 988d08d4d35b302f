"""Raw data sets, one layout a file; each becomes a list of faces with what is known about them."""

from mtfas.data.sources.csv import read_csv
from mtfas.data.sources.folder import read_folder
from mtfas.data.sources.raw import RawItem, RawSet, Source, Tally

SOURCES: dict[str, Source] = {"folder": read_folder, "csv": read_csv}

__all__ = ["SOURCES", "RawItem", "RawSet", "Source", "Tally"]
