"""The server's own tools, which call no operation: everything about them is decided in `local_tools`."""

from dataclasses import replace

from generator.errors import OverrideError
from generator.model.argumentdecisions import ArgumentOverride
from generator.model.arguments import Argument, annotation, argument
from generator.model.decisions import LocalTool
from generator.model.hints import Hints
from generator.model.kinds import KINDS, LOCAL
from generator.model.tool import Tool
from generator.model.validity import misfit
from generator.names.identifiers import ModuleName, PythonName
from generator.names.pytext import literal


def local_tool(name: str, tag: str, local: LocalTool) -> Tool:
    """Make a tool of a decision alone.

    Args:
        name: Of the tool.
        tag: The file it is decided in.
        local: The decision.

    Raises:
        OverrideError: Its kind needs an operation, or an argument has no schema, a default that does not fit it, or a
            name that Python can't take: it names a parameter of ours.
    """
    arguments = tuple(local_argument(name, key, entry) for key, entry in local.arguments.items())
    if local.kind not in LOCAL:
        raise OverrideError(
            f"kind {local.kind} needs an operation", place=name, hint=f"Known: {', '.join(sorted(LOCAL))}."
        )
    return Tool(
        name=PythonName(name),
        title=local.title,
        description=local.description,
        curated=True,
        module=ModuleName(tag),
        tags=(tag,),
        operation=None,
        kind=KINDS[local.kind],
        hints=Hints(local.effect, local.idempotent, denied=False, decided=True),
        arguments=arguments,
        default=local.default,
        beside_search=local.beside_search,
        synonyms=tuple(local.synonyms),
        warning=local.warning,
        asked=local,
        subjects={key: (entry.kind,) for key, entry in local.arguments.items() if entry.kind},
    )


def local_argument(tool: str, name: str, entry: ArgumentOverride) -> Argument:
    """Make an argument of a decision alone.

    Raises:
        OverrideError: It has no schema, a default that does not fit it, or a name that Python can't take.
    """
    if entry.schema_ is None:
        raise OverrideError(f"argument {name!r} of a local tool needs a schema", place=tool)
    if entry.drop is not None:
        raise OverrideError(f"argument {name!r} of a local tool is there by this decision: delete it", place=tool)
    if PythonName(name) != name:
        raise OverrideError(f"argument {name!r} of a local tool must be a Python name", place=tool)
    schema = {**entry.schema_.written(), **({"description": entry.description} if entry.description else {})}
    found = argument(name, "extra", schema, required=entry.required is True)
    if entry.default is None:
        return found
    if wrong := misfit(entry.default, schema):
        raise OverrideError(f"the default of argument {name!r} does not fit its schema: {wrong}", place=tool)
    return replace(found, annotation=annotation(schema), default=literal(entry.default))
