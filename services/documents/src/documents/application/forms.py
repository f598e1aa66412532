"""Forms: registered under a name and a version, or sent along with a letter and named by their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from chassis.problems import Fault, Problem
from chassis.tenancy import TenantScope
from contracts.documents.v1 import Form
from contracts.identifiers import contains_insz
from documents.application.ports import FormChecker, FormRepository
from documents.application.problems import FORM_VERSION_TAKEN, INVALID_FORM
from documents.application.records import StoredForm

INLINE: Final = "inline-"
_DIGEST_CHARACTERS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """Registers forms and finds them. `public_url` is where they can be read."""

    repository: FormRepository
    checker: FormChecker
    public_url: str

    async def register(self, form: StoredForm) -> bool:
        """Register a version; the same again changes nothing. Says whether it is new.

        Raises:
            Problem: INVALID_FORM, or FORM_VERSION_TAKEN where the version has another content.
        """
        self._refuse_broken(form.json_schema, form.business_data_keys, base="")
        known = await self.repository.get(form.form_id, form.version, scope=TenantScope(form.tenant))
        stored = known or await self.repository.add(form)
        if _content(stored) != _content(form):
            raise Problem(FORM_VERSION_TAKEN, "this version is registered with another content, and stays")
        return known is None

    async def inline(
        self, schema: Mapping[str, Any], keys: Mapping[str, str], *, scope: TenantScope, now: datetime
    ) -> Form:
        """A form that came with a letter: equal content is the same form.

        Raises:
            Problem: INVALID_FORM.
        """
        self._refuse_broken(schema, keys, base="/replyRequest/form")
        content = orjson.dumps([schema, keys], option=orjson.OPT_SORT_KEYS)
        form_id = f"{INLINE}{hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS]}"
        known = await self.repository.get(form_id, 1, scope=scope)
        if known is None:
            form = StoredForm(
                form_id=form_id,
                version=1,
                tenant=scope.tenant,
                labels={},
                json_schema=schema,
                business_data_keys=keys,
                created_at=now,
            )
            known = await self.repository.add(form)
        return self._frozen(known)

    async def registered(self, form_id: str, version: int, *, scope: TenantScope) -> Form | None:
        """A version that was registered before."""
        known = await self.repository.get(form_id, version, scope=scope)
        return None if known is None else self._frozen(known)

    def _frozen(self, form: StoredForm) -> Form:
        return Form(
            form_id=form.form_id,
            version=form.version,
            url=f"{self.public_url}/api/v1/forms/{form.form_id}/versions/{form.version}",
            json_schema=dict(form.json_schema),
            business_data_keys=dict(form.business_data_keys),
        )

    def _refuse_broken(self, schema: Mapping[str, Any], keys: Mapping[str, str], *, base: str) -> None:
        faults = [
            Fault(f"{base}/jsonSchema{fault.pointer}", fault.code, fault.detail)
            for fault in self.checker.check(schema)
        ]
        if any(contains_insz(text) for text in (*keys, *keys.values())):
            faults.append(Fault(f"{base}/businessDataKeys", "HOLDS_NATIONAL_NUMBER", "keys travel in events"))
        if faults:
            raise Problem(INVALID_FORM, "the form can't be used", faults=faults)


def _content(form: StoredForm) -> tuple[bytes, ...]:
    parts = (form.labels, form.json_schema, form.business_data_keys)
    return tuple(orjson.dumps(part, option=orjson.OPT_SORT_KEYS) for part in parts)
