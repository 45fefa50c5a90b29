"""What can be seen of the service while it runs.

Comes in: what was answered, how long requests took, the set in use.
Goes out: metrics as Prometheus asks for them, JSON lines on standard error, the audit log.
May import: sets, `recommendations`.
"""
