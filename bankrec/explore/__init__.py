"""Explore: tables of what is in raw and clean months, for the first notebook.

Comes in: raw or clean months.
Goes out: frames.
May import: shared types, storage.
"""
