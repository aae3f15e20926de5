"""The envelope every event leaves in: CloudEvents 1.0 in JSON with our extensions (1.1)."""

import re
from datetime import time, timedelta, timezone
from hashlib import sha1
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.base import CODE, ID, INT64_MAX, Code, Id, Instant, Post, SubjectKind, Version, text

SLOTS = 256
NAMESPACE = UUID("6d9a1c57-3b0e-5f42-9c8d-2e4b7a61f0d3")
"""Of the event ids. Never changes: with it every id would."""

_SHANGHAI = timezone(timedelta(hours=8))
_SERVICES = "intake|triage|asset-control|auction|funds|supervision"
_SUBJECT_KINDS = "|".join(get_args(SubjectKind))
_SUBJECT_ID = re.compile(ID)


class Envelope(BaseModel):
    """One event as it leaves a service. The names of the extensions are lower case because CloudEvents wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, text("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", 36)]
    source: Annotated[str, text(f"/{CODE}/({_SERVICES})", 80)]
    type: Annotated[str, text(r"zhixing\.[A-Z][A-Za-z]+\.v[1-9][0-9]*", 80)]
    subject: Annotated[str, text(f"({_SUBJECT_KINDS})/{ID}", 136)]
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]

    court: Code
    recordedat: Instant
    position: Annotated[int, Field(strict=True, ge=0, le=INT64_MAX)]
    slot: Annotated[int, Field(strict=True, ge=0, lt=SLOTS)]
    actor: Id  # a member, `party`, `external` or `system`
    post: Post | None = None
    team: Code | None = None
    correlationid: Id
    causationid: Id
    pack: Code | None = None
    packversion: Version | None = None
    ruleid: Id | None = None
    timeprecision: Literal["instant", "day"] = "instant"
    traceparent: Annotated[str, text("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", 55)] | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.time > self.recordedat:
            raise ValueError("time lies after recordedat")
        if not self.source.startswith(f"/{self.court}/"):
            raise ValueError("source is of another court")
        if self.slot != slot(self.court, self.subject):
            raise ValueError("slot is not that of court and subject")
        if self.timeprecision == "day" and self.time.astimezone(_SHANGHAI).time() != time():
            raise ValueError("time of day precision is not 00:00 in Asia/Shanghai")
        return self

    def to_json(self) -> bytes:
        """The envelope as it goes over the wire: absent attributes left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


def slot(court: str, subject: str) -> int:
    """The slot, 0 to 255, of a subject: equal for all its events, whatever the carrier."""
    return crc32(f"{court}\n{subject}".encode()) % SLOTS


def event_id(source: str, aggregate_id: str, version: int, type: str, nth: int) -> str:
    """The id of the `nth` event of `type` (from 1) in an aggregate's version: a retry repeats it. A UUID of version 5,
    made without the objects of the uuid module: every command makes one."""
    name = f"{source}\n{aggregate_id}\n{version}\n{type}\n{nth}".encode()
    digest = bytearray(sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def subject_of(kind: SubjectKind, id: str) -> str:
    """`kind/id`. Raises ValueError where the id has characters no id may have."""
    if len(id) > 128 or not _SUBJECT_ID.fullmatch(id):
        raise ValueError(f"not an id of a {kind}")
    return f"{kind}/{id}"
