"""Reads a page of metrics."""

from prometheus_client.parser import text_string_to_metric_families


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Name and values of labels -> value, as Prometheus understands the page."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *(str(value) for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }
