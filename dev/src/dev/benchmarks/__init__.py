"""Measurements as ratios to a bare baseline of the same run."""
