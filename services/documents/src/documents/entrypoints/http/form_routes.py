"""Forms: registered once, referred to by letters."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from chassis.clock import Clock
from chassis.http.guard import TenantDep, guarded_router, needs
from chassis.http.models import Input
from chassis.problems import INVALID_INPUT, NOT_FOUND, Fault, Problem
from chassis.tenancy import TenantScope
from documents.application.forms import INLINE, Forms
from documents.application.ports import FormRepository
from documents.application.records import StoredForm
from documents.entrypoints.http.letter_body import Code, Label, Language
from documents.entrypoints.http.views import FormShown

FormId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$", description="Your name for the form.")]
Version = Annotated[int, Path(ge=1, le=2**31, description="Counts its versions.")]


class NewForm(Input):
    """A version of a form."""

    labels: dict[Language, Label] = Field(description="Names by language; nl is always there.")
    json_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the answer, 64 KiB at most.")
    business_data_keys: dict[Code, Annotated[str, Field(max_length=500)]] = Field(
        default_factory=dict, description="eBox business data key to JSON Pointer of the field under it."
    )


def form_routes(forms: Forms, repository: FormRepository, clock: Clock) -> APIRouter:
    """The routes of forms."""
    router = guarded_router(tags=["forms"])

    @router.put("/forms/{form_id}/versions/{version}", openapi_extra=needs("msg_msg_v1_P"))
    async def register(
        form_id: FormId, version: Version, body: NewForm, tenant: TenantDep, response: Response
    ) -> FormShown:
        """Register a version: 201, or 200 where it is there already so. A version never changes."""
        if "nl" not in body.labels:
            fault = Fault("/labels/nl", "MISSING", "the Dutch label (nl) is always there")
            raise Problem(INVALID_INPUT, "the form has no Dutch label", faults=[fault])
        if form_id.startswith(INLINE):
            fault = Fault("/form_id", "RESERVED", f"{INLINE} names forms that came with letters", location="path")
            raise Problem(INVALID_INPUT, "this name is reserved", faults=[fault])
        form = StoredForm(
            form_id=form_id,
            version=version,
            tenant=tenant,
            labels={str(language): label for language, label in body.labels.items()},
            json_schema=body.json_schema,
            business_data_keys=body.business_data_keys,
            created_at=clock.now(),
        )
        response.status_code = 201 if await forms.register(form) else 200
        return FormShown.of(form)

    @router.get("/forms/{form_id}/versions/{version}", openapi_extra=needs("msg_msg_v1_G", "rply_reply_v1_G"))
    async def one(form_id: FormId, version: Version, tenant: TenantDep) -> FormShown:
        """A version, as it was registered or came with a letter."""
        form = await repository.get(form_id, version, scope=TenantScope(tenant))
        if form is None:
            raise Problem(NOT_FOUND, "there is no such version of a form of yours")
        return FormShown.of(form)

    return router
