"""HTTP: from a request to an answer or a problem.

Comes in: requests, a running `Service`.
Goes out: routes, the layer before them, JSON answers, problems, the documentation, and a page to try the service.
May import: all of the service but `server`.
"""
