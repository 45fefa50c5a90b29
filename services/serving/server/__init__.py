"""The process around the application.

Comes in: an application and settings.
Goes out: a server that listens, limits its connections and stops in time; a warning if other workers run beside it.
May import: settings, observability.
"""
