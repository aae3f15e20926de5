"""What goes wrong, as the caller is told it (RFC 9457 problem details). Messages never repeat the caller's input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

POSTS = "language.posts"
"""Stands for a rule where no pack's does: who may do what at all (published language, section 3)."""


class Problem(Exception):
    """A request that is not carried out. `code` is stable for machines, `detail` is for people."""

    status = 400
    code = "bad-request"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field

    def body(self) -> dict[str, Any]:
        problem: dict[str, Any] = {
            "type": f"urn:zhixing:problem:{self.code}",
            "title": self.code.replace("-", " "),
            "status": self.status,
            "detail": self.detail,
        }
        if self.field is not None:
            problem["errors"] = [{"field": self.field, "reason": self.detail}]
        return problem


class Invalid(Problem):
    """A field is of the wrong kind or value."""

    status = 422
    code = "invalid"


class Unauthenticated(Problem):
    """No token, or one that is not valid."""

    status = 401
    code = "unauthenticated"


class Forbidden(Problem):
    """The caller belongs to another court or holds none of the posts the command is for."""

    status = 403
    code = "forbidden"


class NotFound(Problem):
    """The thing named does not exist in this service."""

    status = 404
    code = "not-found"


class WrongState(Problem):
    """The thing named is not in a state in which this can be done."""

    status = 409
    code = "wrong-state"


class KeyReused(Problem):
    """An idempotency key came again with another body."""

    status = 422
    code = "idempotency-key-reused"


class TooLarge(Problem):
    """A body, event or stream past its limit."""

    status = 413
    code = "too-large"


class Unavailable(Problem):
    """The service cannot answer now; the same request may be sent again, with the same key."""

    status = 503
    code = "unavailable"
    retry_after_s = 1


class Refused(Problem):
    """The rules say no: recorded as ActRefused (拒绝办理) before the caller is told.

    `rule` is the rule of the pack, `lacking` names everything that lacks, `wanted_by` the post the act is kept for;
    `grounds` say of each rule, and item of a checklist, its clause and what it demands.
    """

    status = 409
    code = "refused"

    def __init__(
        self,
        detail: str,
        *,
        act: str,
        rule: str,
        lacking: Sequence[str] = (),
        wanted_by: str = "",
        subject: str = "",
        grounds: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.act, self.rule, self.lacking, self.wanted_by, self.subject = act, rule, tuple(lacking), wanted_by, subject
        self.grounds = grounds

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Refused:
        """The refusal as it was told before."""
        told = {name: body[name] for name in ("act", "rule", "lacking", "wanted_by")}
        kind = NotForPost if body["status"] == NotForPost.status else cls
        return kind(body["detail"], **told, grounds=body.get("grounds", ()))

    def body(self) -> dict[str, Any]:
        return super().body() | {
            "act": self.act,
            "rule": self.rule,
            "lacking": list(self.lacking),
            "wanted_by": self.wanted_by,
            "grounds": list(self.grounds),
        }


class NotForPost(Refused, Forbidden):
    """The act is for another post, team or member than the caller's; recorded like every refusal."""

    status = Forbidden.status
    code = Forbidden.code

    def __init__(
        self,
        detail: str,
        *,
        act: str,
        wanted_by: str,
        rule: str = POSTS,
        lacking: Sequence[str] = ("post",),
        subject: str = "",
        grounds: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(
            detail, act=act, rule=rule, lacking=lacking, wanted_by=wanted_by, subject=subject, grounds=grounds
        )


class NotYet(Exception):
    """A reaction lacks something that another service has not sent yet: tried again with the subject's next event."""
