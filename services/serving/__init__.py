"""The parts of the service, as packages ("rooms"); `recommendation_service.py` beside it joins them.

Comes in: the folder of published sets, the environment, HTTP requests.
Goes out: answers, problems, metrics, log lines. `settings` holds the options of a bank, `watcher` keeps the newest
set in use, `service` holds the parts that requests share.
May import: its rooms, in the order `sets`, `observability`, `server`, `api`; `recommendations`; nothing of `bankrec`.
"""
