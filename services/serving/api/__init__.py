"""HTTP: from a request to an answer or a problem.

Comes in: requests, a running `Service`.
Goes out: routes, the layer before them, answers as JSON, problems, the documentation and the page to try it.
May import: all of the service but `server`.
"""
