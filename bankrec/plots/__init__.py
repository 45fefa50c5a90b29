"""Plots: frames to figures in one style; `bankrec.charts` names those that notebooks call.

Comes in: frames of any room.
Goes out: `Chart`: a figure that says in words what it shows.
May import: `results` and `number_texts`.
"""
