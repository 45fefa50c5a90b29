"""Evaluation: the quality of ranked products, also by group of customers, beside a baseline and the maximum.

Comes in: any ranked products and what was acquired.
Goes out: metrics with intervals, tables, model card, champion.
May import: every room but jobs.
"""
