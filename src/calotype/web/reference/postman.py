"""The Postman collection (format 2.1) of the OpenAPI document: a folder for each group, a request for each body."""

from __future__ import annotations

from urllib.parse import urlsplit

from calotype.web.reference.calls import Call, Field, Payload, credential, grouped
from calotype.web.reference.declaring import FORM, Document

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection(document: Document) -> Document:
    """Write *document* as a collection; `{{base_url}}` and `{{key}}` are its variables."""
    return {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": SCHEMA,
        },
        "auth": _auth(document),
        "variable": [
            {"key": "base_url", "value": document["servers"][0]["url"], "type": "string"},
            {"key": "key", "value": "", "type": "string"},
        ],
        "item": [
            {"name": name, "item": [item for call in group for item in _items(call)]}
            for name, group in grouped(document).items()
        ],
    }


def _auth(document: Document) -> Document:
    header, prefix = credential(document)
    if prefix:
        return {"type": "bearer", "bearer": [_value("token", "{{key}}")]}
    return {
        "type": "apikey",
        "apikey": [_value("key", header), _value("value", "{{key}}"), _value("in", "header")],
    }


def _value(key: str, value: str) -> Document:
    return {"key": key, "value": value, "type": "string"}


def _items(call: Call) -> list[Document]:
    return [_item(call, payload) for payload in call.payloads or (None,)]


def _item(call: Call, payload: Payload | None) -> Document:
    several = len(call.payloads) > 1 and payload is not None
    form = payload is not None and payload.media_type == FORM
    suffix = (" (form)" if form else " (JSON)") if several else ""
    return {
        "name": f"{call.summary}{suffix}",
        "request": {
            "method": call.verb,
            "description": call.about,
            **({"auth": {"type": "noauth"}} if call.key == "none" else {}),
            "header": _headers(call, payload),
            "url": _url(call),
            **({"body": _form(payload) if form else _json(payload)} if payload else {}),
        },
    }


def _headers(call: Call, payload: Payload | None) -> list[Document]:
    typed = (
        [{"key": "Content-Type", "value": payload.media_type}]
        if payload and payload.media_type != FORM
        else []
    )
    named = [
        {"key": each.name, "value": "", "description": each.about, "disabled": True}
        for each in call.fields
        if each.where == "header"
    ]
    return [*typed, *named]


def _url(call: Call) -> Document:
    segments = [_segment(each) for each in urlsplit(call.path).path.strip("/").split("/")]
    query = [_query(each) for each in call.fields if each.where == "query"]
    return {
        "raw": "{{base_url}}/" + "/".join(segments),
        "host": ["{{base_url}}"],
        "path": segments,
        **({"query": query} if query else {}),
        **({"variable": variables} if (variables := _variables(call)) else {}),
    }


def _segment(part: str) -> str:
    return f":{part[1:-1]}" if part.startswith("{") else part


def _variables(call: Call) -> list[Document]:
    return [
        {"key": each.name, "value": "", "description": each.about}
        for each in call.fields
        if each.where == "path"
    ]


def _query(each: Field) -> Document:
    name = f"{each.name}[name]" if each.named else each.name
    value = "" if each.example is None else str(each.example)
    return {"key": name, "value": value, "description": each.about, "disabled": not each.required}


def _form(payload: Payload) -> Document:
    files = [{"key": each.name, "type": "file", "src": None} for each in payload.fields if each.file]
    texts = [{"key": name, "type": "text", "value": value} for name, value in payload.example.items()]
    return {"mode": "formdata", "formdata": [*files, *texts]}


def _json(payload: Payload) -> Document:
    return {"mode": "raw", "raw": payload.text, "options": {"raw": {"language": "json"}}}
