"""Names in a document that collide, are too long, or are no names: tools and arguments get good ones."""

from pathlib import Path

from hazard import arguments, built, strict


def test_duplicate_operation_ids_give_a_tool_each(tmp_path: Path):
    found = built("duplicate-operation-id", tmp_path)
    assert {entry["tool"]["name"] for entry in found.values()} == {"get_apples", "get_pears"}


def test_names_that_clients_refuse_are_written_otherwise(tmp_path: Path):
    entry = built("refused-names", tmp_path)["POST /things"]
    assert strict(entry["tool"]) == []
    found = arguments(entry)
    assert {"filter", "filter_name", "uids", "a_b", "grosse", "first_name", "body_first_name"} <= found.keys()
    assert entry["tool"]["inputSchema"]["required"] == ["first_name"]
    disk = found["disks"]["items"]
    assert disk["required"] == ["size"]
    assert set(disk["properties"]["by_key"]["additionalProperties"]["properties"]) == {"a_b", "a_b_2"}


def test_long_names_are_cut_and_distinguished(tmp_path: Path):
    found = built("long-names", tmp_path)
    assert len({entry["tool"]["name"] for entry in found.values()}) == 3
    assert [strict(entry["tool"]) for entry in found.values()] == [[], [], []]


def test_keywords_become_parameters_under_their_own_names(tmp_path: Path):
    found = built("keyword-names", tmp_path)
    names = set(arguments(found["GET /class/{import}"]))
    assert names == {"import", "from", "None", "self", "xo", "OMIT", "__class__", "backup-repository", "9_lives"}
    assert found["GET /class/{import}"]["facts"]["python"]["from"] != "from"


def test_a_body_property_named_like_a_parameter_is_distinguished(tmp_path: Path):
    found = built("colliding-arguments", tmp_path)["PUT /things/{id}"]
    assert set(arguments(found)) == {"id", "body_id", "name"}
    assert arguments(found)["name"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    source = (tmp_path / "out/xo_mcp/tools/things.py").read_text()
    assert 'body={"id": body_id, "name": name}' in source


def test_parameters_with_one_python_name_are_distinguished(tmp_path: Path):
    found = built("colliding-python-names", tmp_path)["GET /things/{id}"]
    assert set(arguments(found)) == {"id", "query_id", "a-b", "query_a_b"}
    source = (tmp_path / "out/xo_mcp/tools/things.py").read_text()
    assert '"id": query_id' in source
    assert '"a-b": a_b' in source
    assert '"a_b": query_a_b' in source


def test_tags_with_one_module_name_share_it(tmp_path: Path):
    found = built("colliding-modules", tmp_path)
    assert {entry["tool"]["name"] for entry in found.values()} == {"get_one", "get_two"}
    assert [path.name for path in (tmp_path / "out/xo_mcp/tools").glob("[!_]*.py")] == ["a_b.py"]


def test_operations_that_share_even_the_full_name_say_what_picks_the_object_or_their_operation_id(tmp_path: Path):
    found = built("names-told-apart", tmp_path)
    assert {key: entry["tool"]["name"] for key, entry in found.items()} == {
        "GET /app": "get_app",
        "GET /apps/{slug}": "get_app_by_slug",
        "GET /reports/daily": "report_of_the_day",
        "GET /reports-daily": "daily_reports",
    }


def test_a_tag_is_no_path(tmp_path: Path):
    found = built("path-escape-by-tag", tmp_path / "deep" / "er")
    assert len(found) == 5
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["out"]
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_no_tag_and_no_operation_id_still_build(tmp_path: Path):
    entry = built("no-tags-no-operation-id", tmp_path)["GET /one"]
    assert entry["module"] == "default"
    assert set(arguments(entry)) == {"shared"}
