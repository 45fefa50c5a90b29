"""Explain: why a product has its rank.

Comes in: histories, ranked products, a recommender.
Goes out: codes of the reasons for the first places, and their texts.
May import: shared types, storage, rules, model.
"""
