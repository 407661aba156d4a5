"""Generated text inside a page that is otherwise written by hand. Pure."""


def replace_marked(page: str, name: str, text: str) -> str:
    """`page` with `text` between `<!-- name: begin … -->` and `<!-- name: end -->`.

    Raises ValueError where a marker is missing.
    """
    head, begin, rest = page.partition(f"<!-- {name}: begin")
    comment, closed, body = rest.partition("-->\n")
    _, end, tail = body.partition(f"<!-- {name}: end -->")
    if not (begin and closed and end):
        raise ValueError(f"the page has no <!-- {name}: begin --> … <!-- {name}: end -->")
    return f"{head}{begin}{comment}{closed}\n{text}\n{end}{tail}"
