"""`/docs`: the OpenAPI document as a page for people. Plain HTML: no script, nothing from outside."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; border-top: 1px solid; padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; }
tr { border-bottom: 1px solid #8886; }
"""


def reference_page(document: Mapping[str, Any]) -> str:
    """HTML of an OpenAPI document: every path with its parameters and answers, every schema."""
    info = document["info"]
    schemas = document.get("components", {}).get("schemas", {})
    parts = [
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>",
        _paragraphs(info.get("description", "")),
        '<p>Machine-readable: <a href="/openapi.json">/openapi.json</a></p>',
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts.extend(_operation(method, path, operation))
    parts.append("<h2>Schemas</h2>")
    for name, schema in sorted(schemas.items()):
        parts.extend(_schema(name, schema))
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(info['title'])}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
    yield _paragraphs(operation.get("description", ""))
    parameters = operation.get("parameters", [])
    if parameters:
        yield _table(
            ("Parameter", "In", "Type", "Meaning"),
            [
                (
                    _code(each["name"] + (" (required)" if each.get("required") else "")),
                    escape(each["in"]),
                    _type(each["schema"]),
                    escape(each.get("description") or each["schema"].get("description") or ""),
                )
                for each in parameters
            ],
        )
    rows = []
    for status, answer in operation["responses"].items():
        contents = [f"{_code(media)} {_type(it.get('schema', {}))}" for media, it in _content(answer)]
        rows.append((_code(status), "<br>".join(contents), escape(answer["description"])))
    yield _table(("Status", "Answer", "Meaning"), rows)


def _content(answer: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(answer.get("content", {}).items())


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>'
    yield _paragraphs(schema.get("description", ""))
    if "enum" in schema:
        yield f"<p>{', '.join(_code(value) for value in schema['enum'])}</p>"
    properties = schema.get("properties", {})
    if properties:
        rows = [(_code(key), _type(value)) for key, value in properties.items()]
        yield _table(("Property", "Type"), rows)


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two, linked where it has a name."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(_code(value) for value in schema["enum"])
    kind = escape(str(schema.get("type", "any")))
    if kind == "array":
        return f"list of {_type(schema.get('items') or {})}"
    return f"{kind} ({escape(schema['format'])})" if "format" in schema else kind


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table; `head` is text, the cells of `rows` are HTML."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def _code(value: object) -> str:
    return f"<code>{escape(str(value))}</code>"
