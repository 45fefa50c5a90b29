"""The bank: its description, read from `bank.toml`: products, states, profile columns, languages, roles.

Comes in: a TOML file; Santander's is shipped.
Goes out: a frozen `Bank`, passed to every module that needs it.
May import: errors.
"""
