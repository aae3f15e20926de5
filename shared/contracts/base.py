"""What every contract event is made of: the base class and the types of its fields (published language 1.2, 1.7).

The bounds are part of the language. They are stated as patterns and limits, which pydantic checks without calling
Python, because every command builds these models.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema as core

from contracts.emitted import EMITTED

INT64_MAX = 2**63 - 1
MOST_ITEMS = 200

ID = "[A-Za-z0-9][A-Za-z0-9._-]*"
CODE = "[a-z][a-z0-9_]*"
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
REF_TYPES = "case|asset|lot|matter|document|payment|payout|enquiry|measure|check|fault|approval"

T = TypeVar("T")
SubjectKind = Literal["case", "money", "matter", "duty", "member", "court"]
Post = Literal[
    "filing_officer", "service_officer", "enquiry_officer", "field_officer", "delegation_officer", "auction_officer",
    "funds_officer", "quality_officer", "file_officer", "general_officer", "director", "deputy_director", "judge",
    "enforcement_officer", "clerk", "team_lead", "deputy_chief", "chief", "leader", "president", "finance_officer",
    "finance_head", "trial_management", "discipline",
    "handler",  # the role of who holds the case now (承办人), not a post
]  # fmt: skip


@dataclass(frozen=True)
class _Written:
    """A moment written as text: only the one form of the language is read, never a number or another zone."""

    pattern: str
    format: str
    example: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        kind = core.datetime_schema if source is datetime else core.date_schema
        options: dict[str, Any] = {"tz_constraint": 0} if source is datetime else {}
        text = core.chain_schema([core.str_schema(pattern=self.pattern), kind(**options)])
        either = core.union_schema(
            [kind(strict=True, **options), text],
            mode="left_to_right",
            custom_error_type=self.format,
            custom_error_message=f"Input should be {self.example}",
        )
        return core.json_or_python_schema(json_schema=text, python_schema=either)

    def __get_pydantic_json_schema__(self, _: core.CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": self.format, "pattern": self.pattern}


Instant = Annotated[datetime, _Written(INSTANT, "date-time", "an instant in UTC like 2026-03-05T01:30:00Z")]  # UTC
Day = Annotated[date, _Written(DAY, "date", "a day like 2026-03-05")]  # of the court, Asia/Shanghai

Fen = Annotated[int, Field(strict=True, ge=0, le=INT64_MAX)]  # hundredths of a yuan (分)
SignedFen = Annotated[int, Field(strict=True, ge=-INT64_MAX - 1, le=INT64_MAX)]
Int64 = SignedFen
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Nth = Annotated[int, Field(strict=True, ge=1, le=10_000)]  # an attempt, a round, a step: from 1
Flag = Annotated[bool, Field(strict=True)]


def text(pattern: str, most: int) -> Any:
    """A string that matches `pattern` from end to end, of at most `most` characters."""
    return Field(pattern=f"^({pattern})$", max_length=most)


Id = Annotated[str, text(ID, 128)]
Code = Annotated[str, text(CODE, 64)]
CaseId = Annotated[str, text(f"{CODE}-[A-Za-z0-9._-]+", 128)]  # `{court}-{id}`
Ref = Annotated[str, text(f"({REF_TYPES}):{ID}", 140)]
Area = Annotated[str, text(r"[\p{L}\p{N}_-]*", 64)]  # township of domicile, "" = not known
Version = Annotated[str, text("[A-Za-z0-9][A-Za-z0-9.+-]*", 64)]
Sha256 = Annotated[str, text("[0-9a-f]{64}", 64)]
CaseNumber = Annotated[
    str, text(r"（[0-9]{4}）\p{Script=Han}+[0-9]*\p{Script=Han}+[0-9]+号", 40)
]  # 案号, 法〔2015〕137号
Occurrence = Annotated[str, text(r"[^\p{Cc}]*", 512)]  # of a clock, as text (pack language 4.3.3)
Period = Annotated[str, text("[0-9]{4}(-([0-9]{2}(-[0-9]{2}|#[12])?|W[0-9]{2}|Q[1-4]|H[12]))?", 10)]  # of a duty (1.6)
Many = Annotated[tuple[T, ...], Field(max_length=MOST_ITEMS)]


class Part(BaseModel):
    """A structured field of an event."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


@dataclass(frozen=True)
class SubjectBy:
    """The subject kind follows from a field: the one listed for its value, else the default."""

    field: str
    kinds: dict[str, SubjectKind]
    default: SubjectKind = "case"


class Contract(Part):
    """The data of one event of the language. A type never changes its meaning: a new meaning is a new version.

    The event's name is the class's name. An underscore before it marks a shape that several events share.
    """

    type: ClassVar[str]  # `zhixing.<Name>.v1`
    service: ClassVar[str]  # who publishes it, or `family`: any service that owns the thing
    draft: ClassVar[bool]  # no service emits it yet: it may still change
    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("case",)
    subject_by: ClassVar[SubjectBy | None] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.type = f"zhixing.{cls.__name__}.v1"
        cls.draft = cls.__name__ not in EMITTED

    def allowed_subjects(self) -> tuple[SubjectKind, ...]:
        """The kinds of subject this very event may stand on (1.2, 2.1): one, save where any is right."""
        by = self.subject_by
        return self.subject_kinds if by is None else (by.kinds.get(getattr(self, by.field), by.default),)

    def to_data(self) -> dict[str, Any]:
        """The `data` of the envelope: JSON values, absent fields left out."""
        return self.model_dump(mode="json", exclude_none=True)
