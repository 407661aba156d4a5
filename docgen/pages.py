"""Every generated page: its path, and what it should hold."""

import json
from pathlib import Path

from docgen import (
    api_pages,
    batch_costs,
    cost_page,
    errors_page,
    llms_page,
    numbers_page,
)
from docgen.markers import replace_marked

README = Path("README.md")
ROOT = Path(__file__).resolve().parents[1]


def generate_pages() -> dict[Path, str]:
    """By path in the checkout. Reads the pages that are generated only in part; writes nothing."""
    figures = json.loads((ROOT / "benchmarks" / "figures.json").read_text())
    readme = (ROOT / README).read_text()
    batches = (ROOT / "docs" / "batches.md").read_text()
    return {
        Path("docs/batches.md"): replace_marked(batches, "costs", batch_costs.table()),
        Path("docs/errors.md"): errors_page.page(),
        Path("docs/cost-and-scale.md"): cost_page.page(),
        **api_pages.pages(),
        Path("llms.txt"): llms_page.page((ROOT / "docs" / "index.md").read_text()),
        Path("docs/numbers.md"): numbers_page.page(figures),
        README: replace_marked(readme, "numbers", numbers_page.quoted(figures)),
    }
