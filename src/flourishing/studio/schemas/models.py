"""Models in requests and responses: the catalogue, pulls, servers, and what a model is like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from flourishing.app.models import HubToken
from flourishing.studio.schemas.texts import Label, Prompt, RequestBody, ResponseBody

PullState = Literal["waiting", "asking", "checking", "pulling", "paused", "done", "failed"]
Path = Annotated[str, Field(max_length=4_000)]
Endpoint = Annotated[str, Field(min_length=1, max_length=2_000)]
Secret = Annotated[SecretStr, Field(max_length=4_000)]
"""A key; it is in no answer and in no error."""


class SpeedBody(ResponseBody):
    """How fast a model writes on this machine."""

    tokens: float = Field(description="Tokens a second.")
    seen: bool = Field(description="Whether it was seen here; otherwise it is a guess.")


class ReportBody(ResponseBody):
    """What probing a server found."""

    at: str
    nature: Literal["base", "instruct"] | None
    words: list[str]
    why: list[str]


class CatalogueModel(ResponseBody):
    """A model of this machine, or one that can be pulled to it."""

    name: str = Field(description="By which it is pulled and forgotten.")
    choose: str | None = Field(description="By which it is chosen; null while it is not here.")
    title: str
    kind: Literal["embedded", "catalogue", "pulled", "file"]
    good_at: str
    licence: str
    page: str | None = Field(description="Its page on the hub, with its licence.")
    size: int = Field(description="Bytes of its file; near, where it is not here.")
    memory: int = Field(description="Bytes that it needs to run, as an estimate.")
    fits: Literal["yes", "tight", "no"] | None
    speed: SpeedBody | None
    gated: bool = Field(description="Whether its terms must be accepted on the hub.")
    quant: str
    unfinished: int = Field(description="Bytes that came of a pull that has not ended.")
    default: bool
    problem: str | None = Field(description="Why it cannot be used as it is.")


class ServerModel(ResponseBody):
    """A model of a server that the configuration describes."""

    name: str
    choose: str
    title: str = Field(description="What the server calls it.")
    where: str = Field(description="The address of the server.")
    default: bool
    key: Literal["none", "kept", "for now", "missing"]
    is_chat: bool = Field(description="Whether it is a chat model that is made to continue.")
    cost: str | None = Field(description="What a probe costs at most; null where it has no prices.")
    report: ReportBody | None = Field(description="What the last probe of it found.")


class DescribedModel(ResponseBody):
    """A model that is worth having, and for which no file is known that can be pulled."""

    title: str
    about: str
    licence: str
    page: str
    needs: str


class CatalogueBody(ResponseBody):
    """All that is to be known about models before something is asked of anybody."""

    memory: int | None = Field(description="Bytes of memory of this machine.")
    cores: int
    folder: str = Field(description="Where models are pulled to.")
    free: int = Field(description="Bytes that are free there.")
    models: list[CatalogueModel]
    servers: list[ServerModel]
    described: list[DescribedModel]
    pulls: list[PullBody]
    may_change: bool = Field(
        description="Whether models can be pulled, added and forgotten from here."
    )
    fixed: str | None = Field(description="What goes before a default that is chosen here.")
    hub_token: HubToken = Field(
        description="Whether there is a token for the hub: kept, for now until the studio ends, or "
        "elsewhere, set outside the studio."
    )


class PullBody(ResponseBody):
    """A model that is being pulled, or was since the studio was started."""

    name: str
    state: PullState
    file: str
    done: int
    size: int = Field(description="0 before it is known.")
    a_second: float | None = Field(description="Bytes a second.")
    problem: str | None = Field(description="Why it failed, and what to do.")


class PullsBody(ResponseBody):
    """The event `pulls`: all of them, as they stand."""

    pulls: list[PullBody]


class FileBody(ResponseBody):
    """A GGUF file."""

    path: str
    size: int


class FolderBody(ResponseBody):
    """The folders and GGUF files of a folder; for an empty path, where models usually are."""

    path: str
    parent: str
    folders: list[str]
    files: list[FileBody]
    more: bool


class FileAsked(RequestBody):
    """A GGUF file of this machine that is to be listed."""

    path: Annotated[Path, Field(min_length=1)]


class ServerAsked(RequestBody):
    """A server whose models are to be listed."""

    endpoint: Endpoint
    key: Secret | None = None


class ServerBody(ResponseBody):
    """What a server says of itself."""

    base: str
    program: str | None
    models: list[ListedModel]
    is_open: bool = Field(description="Whether what is sent there can be read on the way.")


class ListedModel(ResponseBody):
    """A model as a server lists it."""

    name: str
    context: int | None
    seems_instruct: bool = Field(description="Whether its name is that of an instruct model.")


class ServerAdded(RequestBody):
    """A model of a server that is to be listed."""

    endpoint: Endpoint
    model: Label
    name: Annotated[str, Field(max_length=60)] = ""
    key: Secret | None = None


class KeyAsked(RequestBody):
    """The key of a server, anew."""

    name: Label
    key: Secret


class HubTokenAsked(RequestBody):
    """A person's token for the hub; empty removes it."""

    token: Secret


class HubTokenBody(ResponseBody):
    """How it is with the token for the hub; the token itself is in no answer."""

    state: HubToken


class AddedBody(ResponseBody):
    """What was added, and by which name it is chosen."""

    name: str
    key_kept: bool | None = Field(
        description="Whether its key is in the system's keyring; false: only until the studio ends."
    )


class FoundBody(ResponseBody):
    """The servers of models that were found on this machine."""

    servers: list[ServerBody]
    asked: list[str] = Field(description="Which programs were looked for, and at which ports.")


class DefaultAsked(RequestBody):
    """The model that is used where none is named."""

    name: Path


class DefaultBody(ResponseBody):
    """What is the default now."""

    name: str
    instruct_sign: str = Field(description="Why it seems to be an instruct model; or empty.")
    fixed: str | None


class KeptBody(ResponseBody):
    """How many of a model's offspring are kept, with the interval of 95 % of their share."""

    title: str
    seen: int
    kept: int
    dropped: int
    parents: int = Field(description="How many were bred from.")
    share: float
    low: float
    high: float


class PromptTried(RequestBody):
    """A prompt that a model is to continue, to see what it is like."""

    name: Path
    prompt: Prompt
    n: Annotated[int, Field(ge=1, le=4)] = 1
    max_tokens: Annotated[int, Field(ge=1, le=200)] = 60


class TriedBody(ResponseBody):
    """What a model made of a prompt."""

    name: str
    title: str
    texts: list[str]
    seconds: float
    tokens: float | None = Field(description="Tokens a second, while it wrote.")
    notes: list[str]
