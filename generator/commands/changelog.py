"""The draft of a release's section in CHANGELOG.md: written once, replaced while nobody has rewritten it."""

UNRELEASED = "## Unreleased"
EMPTY = f"# Changelog\n\n{UNRELEASED}\n"


def with_draft(text: str, draft: str, last: str) -> str | None:
    """A changelog with a draft below its unreleased heading.

    Args:
        text: The changelog as it is.
        draft: What an upgrade drafts: a `###` heading and its lines.
        last: What the upgrade to this release before that one drafted; empty when there was none.

    Returns:
        The changelog, or nothing when the draft must not be put in: a person rewrote the last one, or took it out.
    """
    lines, entry = text.splitlines(), draft.rstrip().splitlines()
    if entry[0] in lines:
        start = lines.index(entry[0])
        end = next((at for at in range(start + 1, len(lines)) if lines[at].startswith(("## ", "### "))), len(lines))
        if "\n".join(lines[start:end]).rstrip() not in (last.rstrip(), draft.rstrip()):
            return None
        del lines[start:end]
    elif last:
        return None
    if UNRELEASED not in lines:
        first = next((at for at, line in enumerate(lines) if line.startswith("## ")), len(lines))
        lines[first:first] = [UNRELEASED, ""]
    at = lines.index(UNRELEASED) + 1
    lines[at:at] = ["", *entry]
    return "\n".join(lines).rstrip() + "\n"
