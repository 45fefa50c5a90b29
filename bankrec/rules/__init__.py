"""Rules: which products may be offered to whom, and what each rule costs.

Comes in: histories, ranked products, the bank's own rules and its suppression list.
Goes out: the barred products, and lists without them.
May import: shared types.
"""
