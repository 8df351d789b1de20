"""Error codes of the pool (XAPI): each explained, with its parameters named."""

import pytest
from asking import refused
from loopback import answer
from xo_mcp.api import xapi_codes
from xo_mcp.errors import ServerError, XapiError

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]
XAPI = "This is a XenServer/XCP-ng error, not an XO error"


@pytest.mark.parametrize(
    ("text", "code", "said", "advice"),
    [
        (
            "VM_BAD_POWER_STATE(OpaqueRef:8a46-1, halted, running)",
            "VM_BAD_POWER_STATE",
            "wrong power state for this. XenServer/XCP-ng says VM_BAD_POWER_STATE (expected halted, actual running).",
            "power_state",
        ),
        ("VDI_IN_USE(OpaqueRef:8a46-1, destroy)", "VDI_IN_USE", "VDI_IN_USE (operation destroy)", "list_vbds"),
        (
            "HOST_NOT_ENOUGH_FREE_MEMORY(4294967296, 1073741824)",
            "HOST_NOT_ENOUGH_FREE_MEMORY",
            "(needed 4 GiB, available 1 GiB)",
            "another host",
        ),
        ("SR_FULL(2199023255552, 1099511627776)", "SR_FULL", "(requested 2 TiB, maximum 1 TiB)", "list_srs"),
        ("NO_HOSTS_AVAILABLE()", "NO_HOSTS_AVAILABLE", "says NO_HOSTS_AVAILABLE.", "list_hosts"),
        ("NO_HOSTS_AVAILABLE", "NO_HOSTS_AVAILABLE", "says NO_HOSTS_AVAILABLE.", "list_hosts"),
        ("VM_MISSING_PV_DRIVERS(OpaqueRef:1)", "VM_MISSING_PV_DRIVERS", "guest tools do not run", "guest tools"),
        (
            "OTHER_OPERATION_IN_PROGRESS(VM, OpaqueRef:1)",
            "OTHER_OPERATION_IN_PROGRESS",
            "(class VM)",
            "list_tasks",
        ),
        (
            "SR_BACKEND_FAILURE_44(, There is insufficient space, )",
            "SR_BACKEND_FAILURE_44",
            "There is insufficient space",
            "storage",
        ),
        ("OPERATION_NOT_ALLOWED(Locked, by a, backup)", "OPERATION_NOT_ALLOWED", "(reason Locked, by a, backup)", ""),
        ("A_NEW_CODE(OpaqueRef:NULL, why)", "A_NEW_CODE", "XenServer/XCP-ng refused: A_NEW_CODE (why).", ""),
    ],
)
async def test_codes_of_the_pool_are_explained(text: str, code: str, said: str, advice: str) -> None:
    error = await refused(answer({"error": text, "info": XAPI}, 500))
    assert type(error) is XapiError
    assert error.code == code
    assert said in error.detail
    assert advice in error.hint
    assert "OpaqueRef" not in str(error)


async def test_a_text_in_capitals_is_no_code() -> None:
    error = await refused(answer({"error": "ERR_SOMETHING"}, 500))
    assert type(error) is ServerError


async def test_the_table_of_codes_is_well_formed() -> None:
    for code, meaning in xapi_codes.MEANINGS.items():
        assert xapi_codes.is_code(code)
        assert meaning.what.endswith(".")
        assert not meaning.advice or meaning.advice.endswith(".")
        assert all(name.isidentifier() for name in meaning.params.split())
        detail, _ = xapi_codes.explain(code, [])
        assert detail.endswith(f"says {code}.")
