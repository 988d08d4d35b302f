"""Files, seeds, progress and the record of a run; free of torch."""
