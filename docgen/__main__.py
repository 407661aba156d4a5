"""python -m docgen: write the generated pages. A test holds that they are up to date."""

from docgen.pages import ROOT, generate_pages


def main() -> None:
    for path, text in generate_pages().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text() != text:
            target.write_text(text)


if __name__ == "__main__":
    main()
