"""Renders the model: a template's path is its output's path, so that no list of templates is needed.

`*.j2` is rendered, everything else is copied as it is. `[module]` in a name draws one file per tag.
"""

import shutil
from pathlib import Path

import jinja2

from generator.errors import BuildError
from generator.model.model import Model
from generator.names.pytext import code, docstring, literal, markdown, toml
from generator.rendering.markup import fingerprint, html, inert_json, type_of

PACKAGE = "xo_mcp/"
PROJECT = "pyproject.toml.j2"
PER_MODULE = "[module]"
SUFFIX = ".j2"
PAGES = Path(__file__).with_name("pages")
IGNORED = ("__pycache__", "*.pyc", ".mypy_cache", ".ruff_cache", "*.egg-info")


class Renderer:
    """A tree in the making, in an empty folder.

    Args:
        model: What to draw.
        templates: What to draw it with.
        out: Where.
    """

    def __init__(self, model: Model, templates: Path, out: Path) -> None:
        self._model = model
        self._out = out
        self._templates = templates
        self._environment = _environment(templates)

    def render_package(self) -> None:
        """Copy all that is not a template, and draw what the package needs to run.

        Raises:
            BuildError: A template asks for something the model has not.
        """
        ignored = shutil.ignore_patterns(*IGNORED, f"*{SUFFIX}")
        shutil.copytree(self._templates, self._out, dirs_exist_ok=True, ignore=ignored)
        for name in self._names():
            if self._is_package(name):
                self._draw(name)

    def render_pages(self) -> None:
        """Render the files beside the package: pages for readers, metadata.

        Raises:
            BuildError: A template asks for something the model has not.
        """
        for name in self._names():
            if not self._is_package(name):
                self._draw(name)

    def _is_package(self, name: str) -> bool:
        return name.startswith(PACKAGE) or name == PROJECT

    def _names(self) -> list[str]:
        return sorted(path.relative_to(self._templates).as_posix() for path in self._templates.rglob(f"*{SUFFIX}"))

    def _draw(self, name: str) -> None:
        template = self._environment.get_template(name)
        target = name.removesuffix(SUFFIX)
        try:
            if PER_MODULE in target:
                for module in self._model.modules:
                    path = self._out / target.replace(PER_MODULE, module.name)
                    _write(path, template.render(model=self._model, module=module))
            else:
                _write(self._out / target, template.render(model=self._model))
        except jinja2.UndefinedError as error:
            raise BuildError(f"the template asks for what the model has not: {error}", place=name) from error


def render_page(model: Model) -> str:
    """The reference page: every operation, searchable, in one HTML file; it is no part of what ships."""
    return _environment(PAGES).get_template("tools.html.j2").render(model=model)


def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        bytecode_cache=jinja2.FileSystemBytecodeCache(),  # in the user's own temporary folder, by the source's checksum
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
        "inert_json": inert_json,
        "literal": literal,
        "markdown": markdown,
        "toml": toml,
        "type_of": type_of,
    }
    return environment


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
