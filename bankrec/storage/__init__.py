"""Storage: files, engines and tracking outside of this process.

Comes in: paths, tables, models.
Goes out: files written atomically, an engine (DuckDB or Spark), MLflow runs, checkpoints of a run.
May import: the shared types. MLflow, DuckDB and Spark are imported here and nowhere else.
"""
