"""From score files to reports: thresholds kept honest, figures with intervals, one self-contained page."""
