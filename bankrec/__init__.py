"""Next-product recommendations for a bank, from raw months to a published set.

The data goes in one direction; each step is a package, here called a room::

    ingest | simulator   → raw months (CSV, 48 columns)
    cleaning             → clean snapshots: one row per customer and month
                         → histories: one row per customer, a profile and one word of holdings per month
    model, rules         → ranked products with their probabilities, from the months before the target month
    explain              → reasons: true statements for the first places
    publishing           → a set for the service: written, verified, put in use
    evaluation           → quality, beside a baseline and the maximum

Each room is a package whose docstring says what comes in, what goes out and what it may import; the picture is in
docs/architecture.md. The commands are files of `jobs`. Files, clocks and MLflow are touched in `jobs`, `storage` and
`ingest`.
"""
