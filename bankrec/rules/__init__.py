"""Rules: which products may be offered to whom, and what each rule costs.

Comes in: histories, ranked products, the bank's own rules and its suppression list.
Goes out: what is barred, and lists without it.
May import: shared types.
"""
