"""Explain: why a product has its rank.

Comes in: histories, ranked products, a recommender.
Goes out: codes of true statements for the first places, and their texts.
May import: shared types, storage, rules, model.
"""
