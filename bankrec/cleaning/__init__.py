"""Cleaning: raw months to clean snapshots, and clean snapshots to histories.

Comes in: raw months.
Goes out: one clean row per customer and month, the report of what was changed, one history per customer.
May import: shared types, storage, ingest.
"""
