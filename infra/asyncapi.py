"""Writes docs/asyncapi.yaml, which tells tools and people what the topics hold: `python -m infra.asyncapi [--check]`.

Made from the contracts, from what the services publish, and from the topics as the relays make and fill them.
"""

import argparse
import sys
from collections.abc import Iterable
from typing import Any

import yaml

from contracts.base import CODE, ID, Contract
from contracts.catalogue import EVENTS
from infra.host import SERVICES
from infra.schemas import FOLDER
from kernel.application import KERNEL_PUBLISHED
from kernel.feed import LANES, is_reference
from kernel.feed import SERVICES as LOGS
from kernel.kafka.carrier import PREFIX
from kernel.kafka.cluster import topic_settings
from kernel.kafka.wire import CONTENT_TYPE, LINK, Link, Topics

FILE = FOLDER.parent / "asyncapi.yaml"
TOPICS = Topics(PREFIX)
CLOUD_EVENT = "cloudEvent"
PROGRESS = "Progress"
BINDING = {"bindingVersion": "0.5.0"}

ABOUT = {
    "title": "Zhixing (执行): events of a court's enforcement bureau",
    "version": "1.0.0",
    "description": "Every event that the six services publish, as it lies in Kafka. A record is one structured "
    "CloudEvent 1.0 in JSON. Records may repeat: remember ids. Events of one log about one subject keep their order. "
    f"Where an installation has a prefix of its own, its topics begin with that instead of `{PREFIX}`. "
    "How to read them and how to send commands: integrators.md.",
    "license": {"name": "Apache-2.0"},
}
SERVER = {
    "host": "{brokers}",
    "protocol": "kafka",
    "variables": {"brokers": {"default": "localhost:9092", "description": "HOST:PORT as given to `--kafka`"}},
}
CHANNELS = {
    TOPICS.cases: "Everything of cases, payments, matters and duties. What one court has about one subject lies in one "
    "partition, in order.",
    TOPICS.reference: "Policies, calendars, postings: few events, in one partition, read whole by every consumer.",
    TOPICS.progress: "How far each log has come: for the services themselves. Compacted; the key is the log's name.",
}


def publications() -> list[tuple[str, type[Contract]]]:
    """(service, what leaves it); what the kernel publishes leaves every service."""
    return [
        (service.name, EVENTS[publication.type])
        for service in SERVICES.values()
        for publication in {**KERNEL_PUBLISHED, **service.published}.values()
    ]


def document() -> dict[str, Any]:
    """The document, with references to the JSON Schemas beside it."""
    leaving = publications()
    published = [event for event in EVENTS.values() if event in {event for _, event in leaving}]
    return {
        "asyncapi": "3.1.0",
        "id": "urn:zhixing:events",
        "info": ABOUT,
        "defaultContentType": _media_type(),
        "servers": {"kafka": SERVER},
        "channels": {_short(topic): _channel(topic, published) for topic in CHANNELS},
        "operations": dict(_operations(leaving)),
        "components": {
            "messages": {**{event.__name__: _message(event) for event in published}, PROGRESS: _progress()},
            "messageTraits": {CLOUD_EVENT: {"contentType": CONTENT_TYPE[1].decode(), "headers": _headers()}},
        },
    }


def _channel(topic: str, published: Iterable[type[Contract]]) -> dict[str, Any]:
    partitions, settings = topic_settings(TOPICS)[topic]
    messages = [PROGRESS] if topic == TOPICS.progress else [e.__name__ for e in published if topic in _topics(e)]
    return {
        "address": topic,
        "description": CHANNELS[topic],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"partitions": partitions, "topicConfiguration": _configuration(settings), **BINDING}},
    }


def _configuration(settings: dict[str, str]) -> dict[str, Any]:
    """The topic's settings as the binding writes them: numbers as numbers, the policy as a list."""
    return {name: [value] if name == "cleanup.policy" else int(value) for name, value in settings.items()}


def _operations(leaving: Iterable[tuple[str, type[Contract]]]) -> Iterable[tuple[str, dict[str, Any]]]:
    """What each service sends on each topic."""
    for service in SERVICES:
        for topic in CHANNELS:
            names = [event.__name__ for name, event in leaving if name == service and topic in _topics(event)]
            names += [PROGRESS] if topic == TOPICS.progress else []
            if names:
                yield f"{service}-{_short(topic)}", _operation(service, _short(topic), names)


def _operation(service: str, channel: str, messages: Iterable[str]) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": f"{service} publishes on {channel}",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _topics(event: type[Contract]) -> set[str]:
    """Where the event goes, by the kinds of subject it can stand on."""
    return {TOPICS.reference if is_reference(f"{kind}/") else TOPICS.cases for kind in event.subject_kinds}


def _message(event: type[Contract]) -> dict[str, Any]:
    subject = f"({'|'.join(event.subject_kinds)})/{ID}"
    its_own = {
        "type": {"const": event.type},
        "subject": {"pattern": f"^{subject}$"},
        "data": {"$ref": f"{FOLDER.name}/{event.__name__}.v1.json"},
    }
    return {
        "name": event.type,
        "title": event.__name__,
        **({"summary": " ".join(event.__doc__.split("\n\n")[0].split())} if event.__doc__ else {}),
        "traits": [{"$ref": f"#/components/messageTraits/{CLOUD_EVENT}"}],
        "payload": {"allOf": [{"$ref": f"{FOLDER.name}/Envelope.v1.json"}, {"properties": its_own}]},
        "correlationId": {"location": "$message.payload#/correlationid"},
        "bindings": {"kafka": {"key": _text(f"{CODE}/{subject}", "court/kind/id: court and subject"), **BINDING}},
    }


def _headers() -> dict[str, Any]:
    link = " ".join([f"({'|'.join(LOGS)})", *["[0-9]+"] * len(Link._fields[1:])])
    told = f"{' '.join(Link._fields)}: where the record stands in its log, and the position before it in its lane"
    return {
        "type": "object",
        "properties": {CONTENT_TYPE[0]: {"const": CONTENT_TYPE[1].decode()}, LINK: _text(link, told)},
        "required": [CONTENT_TYPE[0], LINK],
    }


def _progress() -> dict[str, Any]:
    lasts = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": LANES, "maxItems": LANES}
    parts = [{"enum": list(LOGS)}, {"type": "integer", "minimum": 0}, lasts]
    return {
        "name": PROGRESS,
        "summary": "[log, head, lasts]: everything up to head has left the log; the last position of each lane",
        "contentType": "application/json",
        "payload": {"type": "array", "items": parts, "minItems": len(parts), "maxItems": len(parts)},
        "bindings": {"kafka": {"key": {"enum": list(LOGS)}, **BINDING}},
    }


def _text(pattern: str, description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$", "description": description}


def _short(topic: str) -> str:
    return topic.removeprefix(f"{PREFIX}.")


def _media_type() -> str:
    return CONTENT_TYPE[1].decode().partition(";")[0]


def text() -> str:
    """The document as it is committed."""
    return yaml.dump(document(), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)


class _Plain(yaml.SafeDumper):
    """Says again what it has said, instead of pointing there."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def main(arguments: list[str]) -> int:
    """Exit code 1 where the file differs (`--check`)."""
    parser = argparse.ArgumentParser(prog="python -m infra.asyncapi", description="The events in Kafka as AsyncAPI 3")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where the file is out of date")
    if parser.parse_args(arguments).check:
        return 1 if FILE.read_text(encoding="utf-8") != text() else 0
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
