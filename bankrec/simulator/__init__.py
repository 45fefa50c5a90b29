"""Simulator: a bank in the raw format whose true chances are known.

Comes in: a number of customers and a seed.
Goes out: raw months, and the truth of the month after the last.
May import: shared types, storage. Its knowledge of the real bank reaches no other room.
"""
