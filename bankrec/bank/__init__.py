"""The bank: its products, the columns of its files and the values of its categories.

Comes in: nothing.
Goes out: tables that every room reads.
May import: errors.
"""
