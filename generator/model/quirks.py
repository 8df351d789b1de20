"""Keys of overrides for what an operation does and XO's document does not say; the library has the mechanisms."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from generator.model.argumentschema import ArgumentSchema
from generator.model.strict import Strict, Text

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
Route = Annotated[str, Field(pattern=r"^/")]
JsonType = Annotated[str, Field(pattern=r"^(any|array|boolean|number|object|string)$")]


class SendUuid(Strict):
    """An argument names an object by its uuid; the `<pool>-<uuid>` that lists show as its id is refused."""

    argument: str
    read: Route = Field(description="Path of the GET of such an object.")
    listed_by: str = Field(description="The tool that shows them, for messages.")


class RefuseLinked(Strict):
    """Refuse while the object is in use by another, where XO would hang."""

    read: Route = Field(description="Path of the GET of the object.")
    links: str = Field(description="Its property with the ids of its links.")
    linked: Route = Field(description="Path of the GET of one link.")
    when: str = Field(description="The link's property that is true while it is in use.")
    user: str = Field(description="The link's property with the id of what uses the object.")
    user_read: Route = Field(description="Path of the GET of what uses it.")
    busy: dict[str, str] = Field(
        default_factory=dict,
        description="Properties of what uses it with which an unused link may lag: looked at again.",
    )
    text: Text = Field(description="Why it is refused and what to do; shows {user} and {link}.")


class RefuseWhen(Strict):
    """Refuse for a property of the object, where XO would not say why."""

    read: Route = Field(description="Path of the GET of the object.")
    when: str = Field(description="Its property that is true then.")
    text: Text = Field(description="Why it is refused and what to do; shows {properties}.")


class RefuseEscaped(Strict):
    """Refuse a text in which line breaks are a backslash and an n, and there is no real one."""

    argument: str
    text: Text = Field(description="Why it is refused and what to do.")


class Prepare(Strict):
    """What is looked at or changed before a request goes out; `api/preflight` has a mechanism for each key."""

    send_uuid: SendUuid | None = None
    refuse_linked: RefuseLinked | None = None
    refuse_when: RefuseWhen | None = None
    refuse_escaped: list[RefuseEscaped] = Field(default_factory=list)
    default_query: dict[str, str] = Field(
        default_factory=dict, description="Query parameters to send when they are missing or empty."
    )

    @property
    def data(self) -> dict[str, Any]:
        """Mechanism -> its parameters, of those that are used."""
        return self.model_dump(exclude_defaults=True)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.data:
            raise ValueError("it names no mechanism")
        return self


class Becomes(Strict):
    """What a property is once a change was made."""

    argument: str | None = Field(None, description="The value of this argument; any other than before without it.")
    value: bool | str | None = Field(None, description="This value.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.argument is None) is (self.value is None):
            raise ValueError("it is an `argument` or a `value`")
        return self


class EffectCheck(Strict):
    """What to look at before and after a change, because XO's success, or its silence, says little."""

    read: Route = Field(description="Path of the GET of the object, or of a list whose records count.")
    property: list[str] = Field(
        default_factory=list, description="Property of the object, and the keys inside of it; none for a list."
    )
    filter: str | None = Field(None, description="Which records of the list count; shows arguments, `VM:{id}`.")
    becomes: Becomes | None = Field(
        None, description="What the property is then; of a filtered list, whether there are such records."
    )
    text: Text = Field(description="What to say when nothing changed; shows {before} and {now}.")
    left: Text | None = Field(None, description="What to say when something is left; shows {before} and {now}.")

    @model_validator(mode="after")
    def _shows_what_there_is(self) -> Self:
        for name in PLACEHOLDER.findall(f"{self.text}{self.left}"):
            if name not in {"before", "now"}:
                raise ValueError(f"there is no placeholder {name!r}: {{before}} and {{now}} are")
        if self.filter and self.property:
            raise ValueError("`filter` is for a list, and `property` for an object")
        if self.becomes and not self.property and not (self.filter and isinstance(self.becomes.value, bool)):
            raise ValueError("of a list, `becomes` says with true or false whether the filter finds records then")
        return self


FileFormat = Literal[
    "raw", "vhd", "fixed-vhd", "vhdx", "qcow2", "vmdk", "vdi", "xva", "iso", "tar", "gzip", "zstd", "xz", "zip", "7z"
]


class Expects(Strict):
    """Which file an upload takes; the formats are those that `transfer/formats` distinguishes by their first bytes."""

    when: dict[str, bool | str] = Field(default_factory=dict, description="Arguments with which this holds.")
    takes: Annotated[list[FileFormat], Field(min_length=1)]
    instead: dict[FileFormat | Literal["other"], Text] = Field(description="Other format -> what to do.")


class MadePart(Strict):
    """What belongs to what was made: its disks, its NICs."""

    list_: Annotated[Route, Field(alias="list", description="Path of the list of them, or of links to them.")]
    by: str = Field(description="Property with the id of what was made.")
    unless: str | None = Field(None, description="Property of a link that is passed over when it is true.")
    of: str | None = Field(None, description="Property of a link with the id of what it leads to.")
    read: Route | None = Field(None, description="Path of the list of what links lead to.")
    named: str = Field(description="Property beside which its name is wanted (`names_beside`).")
    show: list[str] = Field(description="Properties to report, names included.")
    argument: str | None = Field(None, description="Argument that asks for them.")
    match: dict[str, str] = Field(default_factory=dict, description="Key of what is asked for -> property it shows in.")


class Made(Strict):
    """What to report of an object that an operation creates."""

    read: Route = Field(description="Path of the GET of it.")
    show: dict[str, str] = Field(description="What we call it -> its property, with dots for parts.")
    compare: dict[str, str] = Field(default_factory=dict, description="Argument -> what of `show` it asks for.")
    parts: dict[str, MadePart] = Field(default_factory=dict)


class Afterwards(Strict):
    """An argument that XO does not take here, sent once the object is made."""

    operation: str = Field(pattern=r"^(PUT|PATCH) /", description="Of the object that was made, as `{id}`.")
    sends: str = Field(description="Its path parameter (a request for each value) or property of its body.")
    reads: Route = Field(description="Path of the GET of the object.")
    schema_: ArgumentSchema = Field(alias="schema")


class LeftOut(Strict):
    """Records that a list keeps silent about, because of what they belong to."""

    owners: Route = Field(description="Path of the list of what records belong to.")
    when: dict[str, bool | str] = Field(description="Its properties with which the list has none of its records.")
    argument: str = Field(description="The list's parameter, in query or path, that names owners; none named: all.")
    text: Text = Field(description="What to say; shows {names}.")


class Selects(Strict):
    """A property of records that is a pattern of objects, which may fit none."""

    property: str
    among: Route = Field(description="Path of the list of the objects.")
    except_tags: list[str] = Field(default_factory=list, description="Objects with such a tag are left out by XO.")
    text: Text = Field(description="What to say when it fits none; shows {names} and {count}, of the objects.")


Values = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
"""The only texts that a property has."""


def _not_empty(fields: dict[str, JsonType | Values]) -> dict[str, JsonType | Values]:
    if "href" in fields:
        raise ValueError("href is in no answer")
    return fields


class Quirks(Strict):
    """What is decided about an operation, and not about a tool."""

    prepare: Prepare | None = Field(None, description="Checks and changes of a request before it goes out.")
    effect_check: EffectCheck | None = Field(
        None, description="What to look at before and after, where XO's success says little."
    )
    expects: list[Expects] = Field(
        default_factory=list, description="Formats of an upload; the first case that fits its arguments holds."
    )
    made: Made | None = Field(None, description="What to report of what it creates.")
    afterwards: dict[str, Afterwards] = Field(
        default_factory=dict, description="Arguments of ours that are sent once it is made; needs `made`."
    )
    left_out: LeftOut | None = Field(None, description="What a list keeps silent about.")
    selects: Selects | None = Field(None, description="Patterns in records that may select nothing.")
    admins_only: bool = Field(
        default=False, description="XO lets administrators only, whatever privileges somebody else has."
    )
    shows_in: dict[str, str] = Field(
        default_factory=dict, description="Argument of a change -> where the GET shows it, with dots for parts."
    )
    listed_in: Route | None = Field(
        None, description="Path of the list of what it makes, under the same parameters, where that has no GET."
    )
    hint_after: Text | None = Field(None, description="What a caller must know about a call that succeeded.")
    answers_secret: bool = Field(
        default=False, description="It makes a secret and answers it: what the caller asked for is not masked."
    )
    secret_ids: bool = Field(default=False, description="The id of its records is a secret, and is shown shortened.")
    undocumented_fields: Annotated[dict[str, JsonType | Values], AfterValidator(_not_empty)] = Field(
        default_factory=dict,
        description="Properties its records have that XO's document does not name: types, or values of a text.",
    )

    @property
    def rendered(self) -> dict[str, Any]:
        """What the library is given; fields are in the field tables."""
        found: dict[str, Any] = {"prepare": self.prepare.data} if self.prepare else {}
        for name in ("effect_check", "left_out", "selects"):
            decided: Strict | None = getattr(self, name)
            found |= {name: decided.model_dump(exclude_defaults=name != "selects")} if decided else {}
        if self.made:
            found["made"] = self.made.model_dump(by_alias=True, exclude_none=True)
        if self.afterwards:
            found["afterwards"] = {
                name: rule.model_dump(by_alias=True, exclude={"schema_"}) for name, rule in self.afterwards.items()
            }
        if self.expects:
            found["expects"] = [case.model_dump(exclude_defaults=True) for case in self.expects]
        found |= {"shows_in": self.shows_in} if self.shows_in else {}
        found |= {"listed_in": self.listed_in} if self.listed_in else {}
        found |= {"hint_after": self.hint_after} if self.hint_after else {}
        return found | {name: True for name in ("admins_only", "answers_secret", "secret_ids") if getattr(self, name)}
