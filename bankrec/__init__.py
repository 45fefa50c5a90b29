"""Next-product recommendations for a bank, from raw months to a published set.

The way of the data, a module a step, one direction::

    download  | simulator  → raw months (CSV, 48 columns)
    cleaning               → clean snapshots: one row per customer and month
    histories              → one row per customer: a profile and one word of holdings per month
    features, candidates   → arrays for a target month, from the months before it
    ranker, calibration    → scores that rank, probabilities that add up
    recommend              → ranked lists, batch by batch
    evaluation, metrics    → how good, against what baseline and what maximum
    publish                → a set for the service: written, verified, switched to

Everything takes and returns frames or arrays; `cli`, `tracking` and `engine` touch the outside world.
"""
