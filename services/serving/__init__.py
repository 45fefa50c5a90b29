"""What the service is made of, in rooms; `recommendation_service.py` beside it puts them together.

Comes in: the folder of published sets, the environment, HTTP requests.
Goes out: answers, problems, metrics, log lines. `settings` is what a bank may set, `watcher` keeps the newest set
in use, `service` holds the parts that requests share.
May import: its rooms, in the order `sets`, `observability`, `server`, `api`; `recommendations`; nothing of `bankrec`.
"""
