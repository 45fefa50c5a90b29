"""Ingest: raw months brought into one file, and a clear word where a file is not what it should be.

Comes in: Kaggle, a URL, a path.
Goes out: raw months with their header checked.
May import: shared types, storage.
"""
