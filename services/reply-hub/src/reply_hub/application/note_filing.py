"""Note where an answer went: news of its filing, in whatever order they come, each once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chassis.mongo import VersionConflict, utc
from chassis.tenancy import EVERY_TENANT
from contracts.dossier_router import v1
from reply_hub.application.announcements import Announcer
from reply_hub.application.ports import Replies
from reply_hub.domain.reply import News, Reply, Stage

_ATTEMPTS: Final = 5


class UnknownReply(LookupError):
    """News of an answer that isn't here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFiling:
    """Adds news to an answer's course; the case system's acknowledgement becomes a filed-receipt."""

    replies: Replies
    announcer: Announcer

    async def __call__(self, reply_id: str, news: News) -> None:
        """Note it. The same news again change nothing.

        Raises:
            UnknownReply: see there.
            IllegalTransition: the answer was never accepted.
            VersionConflict: others kept changing the answer meanwhile.
        """
        for attempt in range(_ATTEMPTS):
            reply = await self.replies.find(reply_id, scope=EVERY_TENANT)
            if reply is None:
                raise UnknownReply(reply_id)
            heard = reply.heard(news)
            if heard is reply:
                return
            try:
                await self.replies.save(heard, events=self._told(reply, heard, news))
            except VersionConflict:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def _told(self, before: Reply, heard: Reply, news: News) -> list[Any]:
        first = news.stage is Stage.ACKNOWLEDGED and before.latest(Stage.ACKNOWLEDGED) is None
        return [self.announcer.filed(heard, news)] if first else []


def news_of(event: v1.FilingEvent, *, event_id: str, at: datetime) -> News | None:
    """What an event says of an answer, or None where it says nothing to its course."""
    detail: dict[str, Any] = {}
    match event:
        case v1.FilingParked():
            stage, at = Stage.PARKED, event.parked_at
            detail = {"reasons": [_reason(reason) for reason in event.reasons]}
        case v1.FilingFiled():
            stage, at = Stage.FILED, event.filed_at
            detail = {
                "filedIn": _place(event.filed_in),
                "sequence": event.sequence,
                "filedBy": event.filed_by,
                "reason": _reason(event.reason),
            }
        case v1.FilingDelivered():
            stage, at = Stage.DELIVERED, event.delivered_at
            detail = {"subscriptionId": event.subscription_id, "attempts": event.attempts}
        case v1.FilingRefused():
            stage, at = Stage.REFUSED, event.refused_at
            detail = {"code": event.code, "detail": event.detail}
        case v1.FilingAcknowledged():
            stage, at = Stage.ACKNOWLEDGED, event.acknowledged_at
            detail = {"filedIn": _place(event.filed_in), "caseDocumentNumber": event.case_document_number}
        case _:
            return None
    return News(event_id=event_id, stage=stage, at=utc(at), filing_id=event.filing_id, detail=detail)


def _place(filed_in: v1.FiledIn) -> Mapping[str, Any]:
    return filed_in.model_dump(by_alias=True, mode="json")


def _reason(reason: v1.Reason) -> Mapping[str, str]:
    return {"code": reason.code, "detail": reason.detail}
