"""The app that plays ACM/IDM."""

from fastapi import FastAPI

from dev.simulators.identity_provider import login_routes, sim_routes, token_routes
from dev.simulators.identity_provider.provider import IdentityProviderSettings, Provider
from dev.simulators.identity_provider.refusals import answer_as_oauth


def create_app(settings: IdentityProviderSettings) -> FastAPI:
    """Build a provider; generates the client keys that are missing. The issuer's paths are under /op."""
    app = FastAPI(title="Identity provider simulator", version="1")
    app.state.provider = Provider.of(settings)
    answer_as_oauth(app)
    for router in (token_routes.router, login_routes.router, sim_routes.router):
        app.include_router(router)
    return app
