"""Draws the model: a template's path is the path of what it draws, and nothing registers templates.

`*.j2` is rendered, everything else is copied as it is. `[module]` in a name draws one file per tag.
"""

import shutil
from pathlib import Path

import jinja2

from generator.errors import BuildError
from generator.markup import fingerprint, html, type_of
from generator.model import Model
from generator.pytext import code, docstring, literal, markdown, toml

PER_MODULE = "[module]"
SUFFIX = ".j2"
IGNORED = ("__pycache__", "*.pyc", ".mypy_cache", ".ruff_cache", "*.egg-info")


def render(model: Model, templates: Path, out: Path) -> None:
    """Draw the whole tree into an empty folder.

    Raises:
        BuildError: A template asks for something the model has not.
    """
    shutil.copytree(templates, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*IGNORED, f"*{SUFFIX}"))
    environment = _environment(templates)
    for path in sorted(templates.rglob(f"*{SUFFIX}")):
        name = path.relative_to(templates).as_posix()
        template = environment.get_template(name)
        target = name.removesuffix(SUFFIX)
        try:
            if PER_MODULE in target:
                for module in model.modules:
                    _write(out / target.replace(PER_MODULE, module.name), template.render(model=model, module=module))
            else:
                _write(out / target, template.render(model=model))
        except jinja2.UndefinedError as error:
            raise BuildError(f"the template asks for what the model has not: {error}", place=name) from error


def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - most of it is no HTML; each filter escapes for its own language
    )
    environment.filters |= {
        "code": code,
        "docstring": docstring,
        "fingerprint": fingerprint,
        "html": html,
        "literal": literal,
        "markdown": markdown,
        "toml": toml,
        "type_of": type_of,
    }
    return environment


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
