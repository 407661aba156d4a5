"""How many calls to AWS each route costs: what a request costs does not depend on the machine."""

from lambdas.domain.limits import MIB
from tests.integration.lines import padded_to, requests
from tests.integration.service import Service, recorded_calls


def test_creating_a_file_costs_three_calls(service: Service) -> None:
    with recorded_calls() as calls:
        service.create_file(requests(1))
    assert calls == [
        "dynamodb.UpdateItem",
        "s3.PutObject",
        "dynamodb.TransactWriteItems",
    ]


def test_a_file_at_the_direct_limit_costs_no_more_than_a_small_one(service: Service) -> None:
    with recorded_calls() as calls:
        service.create_file(padded_to(4 * MIB))
    assert len(calls) == 3


def test_a_refused_file_costs_none(service: Service) -> None:
    with recorded_calls() as calls:
        service.create_file(b"nonsense")
    assert calls == []


def test_reading_routes_cost_one_or_two_calls(service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    for path, expected in {
        "/files": ["dynamodb.Query"],
        f"/files/{file_id}": ["dynamodb.GetItem"],
        f"/files/{file_id}/content": ["dynamodb.GetItem", "s3.GetObject"],
        f"/files/{file_id}/validation": ["dynamodb.GetItem", "dynamodb.GetItem"],
        "/files/not-an-id": [],
    }.items():
        with recorded_calls() as calls:
            service.get(path)
        assert calls == expected, path


def test_deleting_costs_one_call(service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    with recorded_calls() as calls:
        service.delete(f"/files/{file_id}")
    assert calls == ["dynamodb.DeleteItem"]
