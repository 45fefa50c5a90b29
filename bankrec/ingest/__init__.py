"""Ingest: raw months brought into one file, and checks of input files with clear errors.

Comes in: Kaggle, a URL, a path.
Goes out: raw months with their header checked.
May import: shared types, storage.
"""
