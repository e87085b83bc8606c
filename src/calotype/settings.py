"""Every setting, its default and its unit. The only reader of the environment.

Sources, strongest first: arguments, `CALOTYPE_*` variables, `calotype.toml` in the working directory.
"""

from __future__ import annotations

import os
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CDN_PATH, IMAGEKIT_PATH, IMG_PROCESSING_PATH = "/cdn", "/ik", "/img-processing"
"""What URLs of these have after `base_url`, where no setting gives them a URL of their own."""

MIB = 1024 * 1024
HTTP_URL = r"^(https?://[^/?#\s]+(/[^?#\s]*)?)?$"
"""With its scheme, or empty: without one, links would lead nowhere and no delivery path would match."""


VENDORS_ORIGINS = (
    "https://storage.img-processing.com/*",
    "https://*.s3.*.amazonaws.com/*",
    "https://*.s3.amazonaws.com/*",
    "https://s3.amazonaws.com/*",
    "https://*.blob.core.windows.net/*",
    "https://*.r2.dev/*",
    "https://www.dropbox.com/*",
    "https://storage.googleapis.com/*",
    "https://drive.google.com/*",
    "https://1drv.ms/*",
)
"""Where IMG Processing itself fetches images from (its documentation, "Allowed origins")."""

UNLIMITED = "unlimited"
"""Spells a limit that is none; leaving a limit out keeps the plan's own."""


def _limit(word: object) -> object:
    return None if word == UNLIMITED else word


Limit = Annotated[Annotated[int, Field(ge=0, le=2**62)] | None, BeforeValidator(_limit)]
Days = Annotated[Annotated[int, Field(ge=1, le=36_500)] | None, BeforeValidator(_limit)]
PlanName = Annotated[str, Field(pattern="^[a-z0-9](-?[a-z0-9]){0,31}$")]


class PlanChange(BaseModel):
    """What an operator changes of a plan, or says of a new one: `docs/plans.md` tells what each means.

    What is not named keeps its value in the plan, whatever stands here as its default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, Field(min_length=1, max_length=60)] = ""
    uploads: Limit = None
    storage_bytes: Limit = None
    max_file_bytes: Limit = None
    retention_days: Days = None
    unverified_retention_days: Days = None
    offered: bool = True

    def given(self) -> dict[str, Any]:
        """List what it changes, by name; a limit that is none is None."""
        return self.model_dump(exclude_unset=True)


class Settings(BaseSettings):
    """What an operator can choose. Frozen: one set of values for the life of a process."""

    model_config = SettingsConfigDict(
        env_prefix="CALOTYPE_", toml_file="calotype.toml", frozen=True, extra="forbid"
    )

    # Where it listens and what it is called
    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on.")] = 8000
    base_url: Annotated[
        str, Field(pattern=HTTP_URL, description="URL that people reach this server by; links start with it.")
    ] = ""
    cdn_url: Annotated[str, Field(pattern=HTTP_URL, description="URL that images are delivered from.")] = ""
    trusted_proxies: Annotated[
        str,
        Field(
            description="Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed, with commas."
        ),
    ] = ""
    tls_cert: Annotated[
        Path | None, Field(description="PEM file with the certificate and its chain: it then speaks HTTPS.")
    ] = None
    tls_key: Annotated[
        Path | None, Field(description="PEM file with the private key; default: it is in tls_cert.")
    ] = None
    require_https: Annotated[
        bool, Field(description="Refuse API calls and redirect pages that do not come by HTTPS.")
    ] = False

    # Where it keeps things
    data_dir: Annotated[Path, Field(description="Folder for the database, the images and the cache.")] = Path(
        "data"
    )
    database_url: Annotated[
        str, Field(description="Database URL (sqlite or postgresql); default: SQLite in data_dir.")
    ] = ""
    blob_url: Annotated[
        str, Field(description="Where images live: file:, s3:, gs:, az: or memory: URL; default: data_dir.")
    ] = ""
    rate_limit_url: Annotated[
        str,
        Field(
            pattern=r"^(memory:|rediss?://\S+|redis\+unix://\S+)?$",
            repr=False,
            description="Where requests are counted: a redis:, rediss: or memory: URL; default: in the database.",
        ),
    ] = ""
    secret_key: Annotated[
        str, Field(repr=False, description="Signs links and encrypts secrets; default: made in data_dir.")
    ] = ""

    # Processes
    workers: Annotated[PositiveInt, Field(description="Web processes.")] = 1
    render_slots: Annotated[
        int, Field(ge=0, description="Renders at once, all web processes together; 0: the cores.")
    ] = 0
    render_timeout_s: Annotated[PositiveFloat, Field(description="Deadline of one render, in seconds.")] = (
        30.0
    )
    render_wait_s: Annotated[
        PositiveFloat, Field(description="Longest wait for a render slot, in seconds, before 503.")
    ] = 10.0
    render_queue: Annotated[
        PositiveInt, Field(description="Renders that may wait in one web process before 503.")
    ] = 256
    render_memory_bytes: Annotated[
        PositiveInt, Field(description="Address space of one worker process, in bytes.")
    ] = 4096 * MIB
    max_render_cost: Annotated[
        PositiveFloat,
        Field(description="Work of one render, in megapixels decoded meanwhile, before refusal."),
    ] = 2000.0
    render_recycle: Annotated[
        PositiveInt, Field(description="Renders after which a worker process is replaced.")
    ] = 2000

    # What may come in
    max_upload_bytes: Annotated[PositiveInt, Field(description="Largest file with a key.")] = 70 * MIB
    max_upload_bytes_anonymous: Annotated[PositiveInt, Field(description="Largest file without a key.")] = (
        20 * MIB
    )
    max_upload_bytes_mcp: Annotated[
        PositiveInt, Field(description="Largest file inside of an agent's call, with a key.")
    ] = 8 * MIB
    max_svg_bytes: Annotated[
        PositiveInt, Field(description="Largest SVG, also after inflating svgz, and largest BMP.")
    ] = 10 * MIB
    max_pixels: Annotated[
        int, Field(ge=1, le=100_000_000, description="Pixels of one frame of a source image.")
    ] = 50_000_000
    max_animation_pixels: Annotated[
        PositiveInt, Field(description="Frames times pixels of an uploaded animation.")
    ] = 50_000_000
    max_frames: Annotated[PositiveInt, Field(description="Frames of an uploaded animation.")] = 1000
    max_pixels_per_byte: Annotated[
        PositiveInt, Field(description="Pixels that one byte of a file over 10 MP may declare.")
    ] = 2000
    max_header_bytes: Annotated[PositiveInt, Field(description="Request line and headers, in bytes.")] = (
        32 * 1024
    )
    header_timeout_s: Annotated[PositiveFloat, Field(description="Time to send all headers, seconds.")] = 10.0
    min_upload_rate: Annotated[
        PositiveInt, Field(description="Slowest accepted upload, bytes per second after a grace time.")
    ] = 4096
    upload_grace_s: Annotated[
        PositiveFloat, Field(description="Seconds before the minimum upload rate counts.")
    ] = 10.0
    send_timeout_s: Annotated[
        PositiveFloat, Field(description="Seconds that a client may accept no byte of its answer.")
    ] = 60.0
    max_metadata_bytes: Annotated[PositiveInt, Field(description="Metadata of one asset, as JSON bytes.")] = (
        256 * 1024
    )

    # What may be fetched from elsewhere
    fetch_ports: Annotated[
        str,
        Field(pattern=r"^[0-9]{1,5}(,[0-9]{1,5})*$", description="Ports that URLs may name, with commas."),
    ] = "80,443"
    fetch_timeout_s: Annotated[
        float, Field(gt=0, le=30, description="Deadline of one fetch, redirects included, in seconds.")
    ] = 30.0
    fetch_head_timeout_s: Annotated[
        PositiveFloat,
        Field(
            description="Seconds until an origin's headers are there; also its longest silence afterwards."
        ),
    ] = 5.0
    min_fetch_rate: Annotated[
        PositiveInt, Field(description="Slowest accepted origin, bytes per second on average.")
    ] = 4096
    max_fetches: Annotated[PositiveInt, Field(description="Fetches at once in one web process.")] = 32
    unsafe_fetch_from_loopback_in_tests: Annotated[
        IPv4Network | None,
        Field(description="Leave it unset: a network of this machine itself that tests may fetch from."),
    ] = None

    # Anonymous uploads
    anonymous_uploads: Annotated[bool, Field(description="Accept uploads without a key.")] = True
    anonymous_ttl_days: Annotated[PositiveInt, Field(description="Days until they expire.")] = 30
    anonymous_uploads_per_hour: Annotated[PositiveInt, Field(description="Uploads per address and hour.")] = (
        20
    )
    anonymous_uploads_per_day: Annotated[PositiveInt, Field(description="Uploads per address and day.")] = 100

    # How often anyone may ask
    requests_per_minute: Annotated[
        int, Field(ge=0, description="API requests with one key, or from one address without; 0: any number.")
    ] = 1000
    workspace_requests_per_minute: Annotated[
        int, Field(ge=0, description="API requests with all keys of one workspace; 0: any number.")
    ] = 3000

    # Accounts and mail
    registration: Annotated[
        Literal["open", "closed"], Field(description="open or closed: whether anybody may make an account.")
    ] = "open"
    auto_verify: Annotated[
        bool, Field(description="Storage is permanent at once, without a mail that proves the address.")
    ] = False
    smtp_url: Annotated[
        str,
        Field(
            repr=False,
            description="Server that takes mail: smtps://user:password@host, smtp://… (STARTTLS) or smtp+plain://…; "
            "without one, mail is written into the log.",
        ),
    ] = ""
    mail_from: Annotated[
        str, Field(description="Sender of mail, such as Pictures <pictures@example.com>.")
    ] = ""

    # Plans and quotas
    plans: Annotated[
        dict[PlanName, PlanChange], Field(description="Plans to change or to add, by name; see plans.md.")
    ] = {}
    starting_plan: Annotated[
        str, Field(description="Plan of accounts, and of each app's users, when they begin.")
    ] = "free"
    upgrade_url: Annotated[
        str,
        Field(pattern=HTTP_URL, description="Page that sells larger plans, instead of this server's own."),
    ] = ""
    contact: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^\s]+|[^\s@:/]+@[^\s@:/]+)?$",
            description="E-mail address or URL of whoever runs this server: pages say whom to ask for more.",
        ),
    ] = ""

    # IMG Processing's API
    img_processing_hosts: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9.:\[\], -]*$",
            description="Host names, with commas, on which /v1 and /images are those below /img-processing.",
        ),
    ] = ""
    img_processing_url: Annotated[
        str,
        Field(
            pattern=HTTP_URL,
            description="URL that its API is reached by, without /v1; default: base_url with /img-processing.",
        ),
    ] = ""
    img_processing_storage_url: Annotated[
        str,
        Field(
            pattern=HTTP_URL,
            description="URL that its published images are below, as /images/…; default: img_processing_url.",
        ),
    ] = ""
    img_processing_error_types: Annotated[
        str,
        Field(
            pattern=r"^https?://\S+$",
            description="What the type of its errors begins with: clients compare it, and need not open it.",
        ),
    ] = "https://docs.img-processing.com/errors"
    img_processing_origins: Annotated[
        str,
        Field(
            description="Where it creates images from: patterns with commas, * being any part; https:// alone."
        ),
    ] = ",".join(VENDORS_ORIGINS)
    img_processing_cors_origins: Annotated[
        str,
        Field(
            description="Origins, with commas, whose pages may call it with a key; * is any, empty is none."
        ),
    ] = ""
    img_processing_max_upload_bytes: Annotated[
        PositiveInt, Field(description="Largest image that it is sent, or fetches.")
    ] = 20 * MIB
    img_processing_live_requests_per_minute: Annotated[
        int, Field(ge=0, description="Its requests with one live key; 0: any number.")
    ] = 100
    img_processing_test_requests_per_minute: Annotated[
        int, Field(ge=0, description="Its requests with one test key; 0: any number.")
    ] = 10
    img_processing_charge_publishing: Annotated[
        bool, Field(description="X-Image-Processing-Usage counts publishing and unpublishing too.")
    ] = False
    img_processing_modulate: Annotated[
        Literal["auto", "multipliers", "levels"],
        Field(
            description="How its `modulate` reads numbers: as multipliers (2024), as levels from -100 to 100 (2025), "
            "or auto: as multipliers where there is a hue or a lightness.",
        ),
    ] = "auto"

    # Apps
    app_registration: Annotated[
        str,
        Field(
            pattern="^(any|paid|operator)$",
            description="Who registers apps: any account, those on a paid plan, or the operator alone.",
        ),
    ] = "paid"
    max_apps_per_account: Annotated[PositiveInt, Field(description="Apps that one account may have.")] = 10

    # Models that see and paint
    vision_url: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
            description="Server that speaks OpenAI's protocol, such as https://models.example/v1; see vision.md.",
        ),
    ] = ""
    vision_key: Annotated[str, Field(repr=False, description="API key for vision_url.")] = ""
    vision_image_model: Annotated[str, Field(description="Its model that paints pictures.")] = ""
    vision_chat_model: Annotated[str, Field(description="Its model that answers about pictures.")] = ""
    vision_models: Annotated[
        dict[str, str],
        Field(description="Names that callers use for models, and what the server calls them."),
    ] = {}
    vision_image_fields: Annotated[
        tuple[Literal["response_format", "seed", "negative_prompt"], ...],
        Field(description="Which of these fields its images/generations takes; a JSON array."),
    ] = ("response_format", "seed", "negative_prompt")
    vision_timeout_s: Annotated[
        PositiveFloat, Field(description="Deadline of one call to vision_url with its retries, in seconds.")
    ] = 50.0
    vision_at_once: Annotated[PositiveInt, Field(description="Model calls at once in one web process.")] = 4
    vision_max_bytes: Annotated[PositiveInt, Field(description="Largest answer of vision_url.")] = 32 * MIB
    classify_model: Annotated[
        Path | None, Field(description="ONNX file that classifies pictures (ResNet-50, ImageNet).")
    ] = None
    background_model: Annotated[
        Path | None, Field(description="ONNX file that finds the subject of pictures (U²-Net family).")
    ] = None
    ocr: Annotated[
        Literal["", "rapidocr"],
        Field(description="rapidocr: text is read on this machine; empty: by vision_chat_model."),
    ] = ""

    # Delivery
    memory_cache_bytes: Annotated[int, Field(ge=0, description="Hot responses in memory, per process.")] = (
        128 * MIB
    )
    memory_cache_item_bytes: Annotated[
        int, Field(ge=0, description="Largest response that is kept in memory.")
    ] = 4 * MIB
    disk_cache_bytes: Annotated[int, Field(ge=0, description="Variants on local disk.")] = 4096 * MIB
    remote_variant_bytes: Annotated[
        int, Field(ge=0, description="Variants kept in a remote blob store, per asset.")
    ] = 32 * MIB
    variant_budget: Annotated[
        int,
        Field(ge=0, description="Distinct variants of one image that may be made in a day; 0: any number."),
    ] = 200
    signature_horizon_s: Annotated[
        int, Field(ge=0, description="Longest that a signed URL may still hold, seconds; 0: for ever.")
    ] = 0
    max_age_s: Annotated[
        int, Field(ge=0, description="Seconds that browsers and CDNs may keep an image.")
    ] = 31_536_000

    log_format: Annotated[str, Field(pattern="^(auto|json|text)$", description="auto, json or text.")] = (
        "auto"
    )
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$", description="Least level.")] = (
        "info"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then `calotype.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("unsafe_fetch_from_loopback_in_tests")
    @classmethod
    def _loopback(cls, network: IPv4Network | None) -> IPv4Network | None:
        """Let nothing but loopback be opened: set by accident, it still leads to no neighbour."""
        if network is not None and not network.is_loopback:
            raise ValueError("only a part of 127.0.0.0/8")
        return network

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, listed: str) -> str:
        """Take addresses and networks; never everybody, who could then claim any address."""
        for each in filter(None, map(str.strip, listed.split(","))):
            if ip_network(each).prefixlen == 0:
                raise ValueError(f"{each} trusts everybody; name your proxies")
        return listed

    @model_validator(mode="after")
    def _secured(self) -> Self:
        """Refuse what would leave no way in."""
        if self.tls_key and not self.tls_cert:
            raise ValueError("tls_key needs tls_cert")
        if self.require_https and not self.tls_cert and not self.trusted_proxies:
            raise ValueError(
                "require_https needs tls_cert, or trusted_proxies that speak HTTPS for this server"
            )
        return self

    @model_validator(mode="after")
    def _derive(self) -> Self:
        """Fill in what follows from other settings; a frozen model takes it through its dict."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        scheme = "https" if self.tls_cert else "http"
        base = self.base_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"
        data = self.data_dir.absolute()
        api = (self.img_processing_url or f"{base.rstrip('/')}{IMG_PROCESSING_PATH}").rstrip("/")
        derived = {
            "data_dir": data,
            "base_url": base.rstrip("/"),
            "img_processing_url": api,
            "img_processing_storage_url": (self.img_processing_storage_url or api).rstrip("/"),
            "cdn_url": (self.cdn_url or f"{base.rstrip('/')}{CDN_PATH}").rstrip("/"),
            "database_url": self.database_url or f"sqlite:///{data / 'calotype.db'}",
            "blob_url": self.blob_url or (data / "blobs").as_uri(),
            "render_slots": self.render_slots or os.cpu_count() or 1,
        }
        self.__dict__.update(derived)
        if self.require_https and not all(url.startswith("https:") for url in self._own_urls()):
            raise ValueError(
                "require_https needs URLs of this server that begin with https: base_url, cdn_url and the like"
            )
        return self

    def _own_urls(self) -> tuple[str, ...]:
        """List the URLs that lead to this server."""
        return self.base_url, self.cdn_url, self.img_processing_url, self.img_processing_storage_url
