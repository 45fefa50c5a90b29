"""The recommendation service: `POST /recommendations` from a published set.

`python recommendation_service.py` starts it on PORT (4601); `recommendation_service:app` is the ASGI app for
any other server. Settings come from the environment, see `serving/settings.py`. To scale, start more containers,
not more workers.
"""

from __future__ import annotations

from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator

from serving.api import problems, routes, why_not
from serving.api.docs_page import DESCRIPTION, add_documentation
from serving.api.guard import Guard
from serving.api.page import add_page, print_how_to_try
from serving.server import own_server
from serving.service import Service
from serving.settings import Settings, from_environment

VERSION = "1.0.0"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; reads the environment when no settings are given."""
    service = Service(settings or from_environment(), VERSION)
    app = FastAPI(
        title="Bank recommendations",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=service.lifespan,
        openapi_url=None,  # added below, after the other routes, because routes are matched in order
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to an address that a proxy may not know, and without TLS
    )
    app.state.service = service
    problems.install(app)
    app.add_middleware(Guard, settings=service.settings, monitoring=service.monitoring, request_log=service.request_log)
    # Added directly, because FastAPI matches the routes of an included router twice for each request.
    app.router.routes.extend(routes.router.routes)
    app.router.routes.extend(why_not.router.routes)
    if service.settings.demo or service.settings.console:
        add_page(app)
    add_documentation(app)
    Instrumentator(registry=service.registry).expose(app, include_in_schema=False)
    return app


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    service: Service = app.state.service
    own_server.serve(app, service.settings, when_listening=lambda: print_how_to_try(service))


app = create_app()

if __name__ == "__main__":
    main()
