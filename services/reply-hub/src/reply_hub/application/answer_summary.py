"""The summary of an answer, which a person signs: what it says for people, and the same for machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reply_hub.application.documents import rfc3339
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.request import ReplyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSummary:
    """What stands in a summary. `at` is when the draft was saved that it is made of: its only clock.

    Attributes:
        schema: the form's JSON Schema, whose titles are the labels.
        content_digest: of data and files.
    """

    request: ReplyRequest
    schema: Mapping[str, Any]
    data: Mapping[str, Any] = field(repr=False)
    files: Sequence[ReplyFile]
    content_digest: str
    at: datetime

    @property
    def record(self) -> str:
        """The answer for machines, as it is attached: JSON."""
        request = self.request
        about = {
            "kind": "summary",
            "replyRequestId": request.id,
            "messageId": request.message_id,
            "organization": request.tenant,
            "dossier": {
                "bron": request.dossier.bron,
                "dossierNummer": request.dossier.dossier_nummer,
                "fase": request.dossier.fase,
                "procedurestap": request.dossier.procedurestap,
            },
            "form": {"formId": request.form.form_id, "version": request.form.version},
            "data": self.data,
            "files": [
                {"slot": file.slot, "fileName": file.file_name, "size": file.size, "sha256": file.sha256}
                for file in self.files
            ],
            "contentDigest": self.content_digest,
            "madeAt": rfc3339(self.at),
        }
        return json.dumps(about, ensure_ascii=False, indent=2)
