"""Boxes and messages of the simulated registry, in memory; files are on disk."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from dev.simulators.ebox.clock import MovableClock
from dev.simulators.ebox.faults import EboxFault, not_found
from dev.simulators.ebox.settings import EboxSimulatorSettings, Person
from dev.simulators.ebox.upload import StoredFile


@dataclass(slots=True)
class Attachment:
    """A file of a message."""

    attachment_id: str
    title: str
    main_content: bool
    signed: bool
    file: StoredFile


@dataclass(slots=True)
class Box:
    """A party's box. `box_id` is opaque: it names the box in paths, where a person's number must not stand."""

    box_id: str
    type: str
    number: str
    active: bool
    ever_opened: bool
    exclusively: bool
    last_connection: datetime | None
    messages: dict[str, "Message"] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """A message in a box. `attempts` counts publications under its idempotency key, the first included."""

    message_id: str
    box: Box
    sequence: int
    receipt_date: datetime
    expiration_date: datetime
    sender_type: str
    sender_number: str
    subject: dict[str, str | None]
    attachments: list[Attachment]
    business_data: list[dict[str, Any]]
    body: dict[str, str | None] | None = None
    original_message_id: str | None = None
    reply_authorized: bool = False
    registered_mail: bool = False
    sender_application_id: str | None = None
    message_type_id: str | None = None
    idempotency_key: str | None = None
    attempts: int = 1
    read: bool = False
    visible: bool = True

    def attachment(self, attachment_id: str) -> Attachment:
        """Return one file.

        Raises:
            EboxFault: 404.
        """
        for attachment in self.attachments:
            if attachment.attachment_id == attachment_id:
                return attachment
        raise not_found()


class Registry:
    """Everything the simulator knows."""

    def __init__(self, settings: EboxSimulatorSettings, clock: MovableClock) -> None:
        self.clock = clock
        self._validity: timedelta = settings.validity
        self._everyone_active = settings.everyone_active
        self._boxes: dict[tuple[str, str], Box] = {}
        self._boxes_by_id: dict[str, Box] = {}
        self._keys: dict[tuple[str, str, str], Message] = {}
        self._sequence = 0
        self.published: list[Message] = []
        for person in settings.people:
            self._add(person)

    def _add(self, person: Person) -> Box:
        opened = self.clock.now() if person.ever_opened else None
        box = Box(
            str(uuid4()),
            person.type,
            person.number,
            person.active,
            person.ever_opened,
            person.exclusively,
            opened,
        )
        self._boxes[person.type, person.number] = box
        self._boxes_by_id[box.box_id] = box
        return box

    def known(self, box_type: str, numbers: Iterable[str]) -> list[Box]:
        """Boxes with consent among these parties."""
        boxes = [self.box_of(box_type, number) for number in numbers]
        return [box for box in boxes if box.active]

    def box_of(self, box_type: str, number: str) -> Box:
        """Return a party's box, made now if nobody asked for it before."""
        box = self._boxes.get((box_type, number))
        if box:
            return box
        is_active = self._everyone_active
        kind = Person("citizen" if box_type == "citizen" else "enterprise", number, is_active, is_active)
        return self._add(kind)

    def box(self, box_type: str, box_id: str) -> Box:
        """Return a box by its opaque id.

        Raises:
            EboxFault: 404.
        """
        box = self._boxes_by_id.get(box_id)
        if box is None or box.type != box_type:
            raise not_found()
        return box

    def message(self, box: Box, message_id: str) -> Message:
        """Return a message of a box, also under the second id a duplicate listing gives it.

        Raises:
            EboxFault: 404.
        """
        found = box.messages.get(message_id)
        if found is None:
            found = next((m for m in box.messages.values() if second_id(m.message_id) == message_id), None)
        if found is None:
            raise not_found()
        return found

    def put(self, message: Message) -> None:
        """Put a message in its box, once per sender, application and idempotency key.

        Raises:
            EboxFault: 409, naming the earlier message.
        """
        if message.idempotency_key is not None:
            key = (message.sender_number, message.sender_application_id or "", message.idempotency_key)
            earlier = self._keys.setdefault(key, message)
            if earlier is not message:
                earlier.attempts += 1
                raise _duplicate(earlier)
        message.box.messages[message.message_id] = message

    def stamp(self) -> tuple[str, int, datetime, datetime]:
        """Return an id, the next sequence number, a receiptDate and an expirationDate for a new message."""
        self._sequence += 1
        now = self.clock.now()
        return str(uuid4()), self._sequence, now, now + self._validity

    def reset_sequence(self) -> None:
        """Number from 1 again, as a registry moved to another machine does."""
        self._sequence = 0


def second_id(message_id: str) -> str:
    """The other id under which a duplicate of a message is listed."""
    return str(uuid5(NAMESPACE_URL, f"again:{message_id}"))


def _duplicate(earlier: Message) -> EboxFault:
    return EboxFault(
        409,
        "DUPLICATE_IDEMPOTENCY_KEY",
        "a message of this sender and application has this key",
        headers={"location": f"/ebox/messages/{earlier.message_id}"},
        messageId=earlier.message_id,
        expirationDate=earlier.expiration_date.isoformat(),
    )
