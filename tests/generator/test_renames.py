"""Operations that moved are distinguished from removed ones, without guessing."""

from dataclasses import replace

from generator.api.contract import Contract, contracts
from generator.compare.renames import moves, signature


def contract(path: str, *names: str, operation_id: str | None = None) -> Contract:
    """What a GET of a few query parameters promises."""
    parameters = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in names]
    operation = {"parameters": parameters, "responses": {"204": {"description": ""}}}
    if operation_id:
        operation["operationId"] = operation_id
    (found,) = contracts({"paths": {path: {"get": operation}}}).values()
    return found


def moved(gone: list[Contract], fresh: list[Contract]) -> dict[str, str]:
    return moves({one.key: one for one in gone}, {one.key: one for one in fresh})


RICH = tuple("abcdefgh")


def test_an_operation_id_that_stays_is_proof():
    assert moved([contract("/a", operation_id="Look")], [contract("/quite/other", "x", operation_id="Look")]) == {
        "GET /a": "GET /quite/other"
    }


def test_an_operation_id_on_another_method_proves_nothing():
    old = contract("/a", operation_id="Look")
    new = replace(contract("/quite/other", operation_id="Look"), key="POST /quite/other")
    assert moved([old], [new]) == {}


def test_a_rich_contract_that_is_the_only_one_like_it_moved_wherever_it_is():
    assert moved([contract("/a", *RICH)], [contract("/quite/other", *RICH)]) == {"GET /a": "GET /quite/other"}
    two = [contract("/quite/other", *RICH), contract("/something/else", *RICH)]
    assert moved([contract("/a", *RICH)], two) == {}


def test_a_poor_contract_moved_only_to_a_path_much_like_its_own():
    assert moved([contract("/storages")], [contract("/storage")]) == {"GET /storages": "GET /storage"}
    assert moved([contract("/storages")], [contract("/networks")]) == {}


def test_each_place_is_taken_once_by_the_likeliest():
    gone = [contract("/storages/a"), contract("/storages/ab")]
    assert moved(gone, [contract("/storages/abc")]) == {"GET /storages/ab": "GET /storages/abc"}


def test_a_placeholder_may_be_called_otherwise():
    def of(name: str) -> Contract:
        parameter = {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
        paths = {f"/disks/{{{name}}}": {"get": {"parameters": [parameter], "responses": {}}}}
        return next(iter(contracts({"paths": paths}).values()))

    assert signature(of("id")) == signature(of("disk_id"))
    assert signature(of("id")) != signature(contract("/disks/{id}"))
