"""OpenTelemetry traces as OTLP JSON, one request or one a line as the Collector's file exporter writes them.

    read ── spans (service, parent, kind) ── Gatherer

A span whose parent is another service's is a call that was seen, and soft. A consumer of messages is no callee: what
its parent does goes on without it, and it is the consumer that is degraded without messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile, iter_json_lines, read_json, sniff
from importers.registry import ReadOptions

__all__ = ["OtlpImporter", "importer"]

_CONSUMER: Final = frozenset([5, "SPAN_KIND_CONSUMER"])


class _Span(NamedTuple):
    row: int
    service: str
    trace: str
    id: str
    parent: str
    consumer: bool


class OtlpImporter:
    """Reads traces; all files together are one batch, for a trace may lie in several."""

    name = "otlp"
    description = "OpenTelemetry traces (OTLP JSON): services, who was seen to call or to message whom"
    example = "cmdb import --format otlp traces.json --source otel"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: spans of resources."""
        sample = first_words(source)
        return 0.95 if sample.lstrip().startswith("{") and '"resourceSpans"' in sample else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file without spans of resources."""
        gathered = Gatherer(options, source="opentelemetry")
        read = [(source, list(_requests(source))) for source in sources]
        found = {id(source): list(_spans(requests)) for source, requests in read}
        by_id = {(span.trace, span.id): span for spans in found.values() for span in spans if span.service}
        for done, (source, _) in enumerate(read, 1):
            gathered.begin(source)
            for span in found[id(source)]:
                _take(gathered, span, by_id.get((span.trace, span.parent)))
            gathered.progress(done, len(sources))
        gathered.note("a call that was seen counts as soft: without the callee the caller is degraded, not down")
        gathered.note("traces hold what was called while they were taken: a call that is not in them may still be made")
        return [gathered.batch()]


def _requests(source: SourceFile) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = iter_json_lines(source) if sniff(source) == "jsonl" else iter([(1, read_json(source))])
    for row, request in rows:
        if not isinstance(request, dict) or not isinstance(request.get("resourceSpans"), list):
            raise source.problem("there are no resourceSpans in it: export traces as OTLP JSON", row)
        yield row, request


def _spans(requests: list[tuple[int, dict[str, Any]]]) -> Iterator[_Span]:
    for row, request in requests:
        for resource in _mappings(request["resourceSpans"]):
            service = _service(resource.get("resource"))
            scopes = resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans")
            for scope in _mappings(scopes):
                for span in _mappings(scope.get("spans")):
                    trace, id_, parent = (str(span.get(key) or "") for key in ("traceId", "spanId", "parentSpanId"))
                    yield _Span(row, service, trace, id_, parent, span.get("kind") in _CONSUMER)


def _service(resource: Any) -> str:
    """Return a resource's service.name, with its namespace where it has one; "" where nobody gave it one."""
    told: dict[str, str] = {}
    for attribute in _mappings(resource.get("attributes") if isinstance(resource, dict) else None):
        value = attribute.get("value")
        text = value.get("stringValue") if isinstance(value, dict) else None
        if isinstance(text, str):
            told[str(attribute.get("key"))] = text.strip()
    name, namespace = told.get("service.name", ""), told.get("service.namespace", "")
    return f"{namespace}/{name}" if name and namespace else name


def _take(gathered: Gatherer, span: _Span, parent: _Span | None) -> None:
    if not span.service:
        gathered.skip("spans without service.name")
        return
    if not gathered.has(span.service):
        gathered.item(span.row, span.service, "Application", span.service.rpartition("/")[2])
    if parent is None:
        if span.parent:
            gathered.skip("spans whose parent is in no file")
    elif parent.service != span.service:
        gathered.link(span.row, parent.service, "sends_data_to" if span.consumer else "calls", span.service)


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


importer = OtlpImporter()
