"""The CORS headers of an answer."""

from lambdas.domain.cors import cors_headers

PAGE, OTHER = "https://a.example", "https://b.example"


def test_a_page_of_an_allowed_origin_may_read_the_answer() -> None:
    headers = cors_headers(OTHER, {PAGE, OTHER})
    assert headers["Access-Control-Allow-Origin"] == OTHER
    assert "x-request-id" in headers["Access-Control-Expose-Headers"].split(",")
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in headers


def test_any_origin_may_where_all_are_allowed() -> None:
    assert cors_headers(PAGE, {"*"})["Access-Control-Allow-Origin"] == PAGE


def test_another_origin_and_no_page_at_all_get_none_but_vary() -> None:
    for origin in ("https://a.example.evil", "http://a.example", "null", "", None):
        assert cors_headers(origin, {PAGE}) == {"Vary": "Origin"}


def test_without_allowed_origins_there_are_no_headers() -> None:
    assert cors_headers(PAGE, set()) == {}
