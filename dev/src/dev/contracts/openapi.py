"""The OpenAPI document of each service."""

from typing import Any

from dev.contracts.services import SERVICES, application


def openapi_documents() -> dict[str, dict[str, Any]]:
    """By the name of the service's folder."""
    return {service.name: application(service).openapi() for service in SERVICES}
