"""Santander's raw format: the header, values and size of the published file, used by `cleaning` and the simulator.

Comes in: the shipped description of that bank.
Goes out: tables of columns and categories. No room that a bank without this format uses imports it.
May import: bank, errors.
"""
