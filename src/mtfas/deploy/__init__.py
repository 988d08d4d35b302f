"""Detectors outside of training: exported to formats that run without torch.

Only `export` reaches torch, and only when it is called.
"""
