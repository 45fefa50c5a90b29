"""Plots: frames to figures in one style; `bankrec.charts` names those that notebooks call.

Comes in: frames of any room.
Goes out: `Chart`: a figure that says in words what it shows.
May import: nothing of the package but `results.Interval`.
"""
