"""Metrics and logs of the running service.

Comes in: answers, durations of requests, the set in use.
Goes out: metrics for Prometheus, JSON lines on standard error, the audit log.
May import: sets, `recommendations`.
"""
