"""Model: from histories to scores.

Comes in: histories up to a month, through `History.until`.
Goes out: a recommender, and ranked products with their probabilities.
May import: shared types, storage, rules. Never a later month, never an outcome of the target month.
"""
