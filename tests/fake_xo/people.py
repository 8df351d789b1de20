"""Users, their tokens, groups, and the roles that give non-administrators their privileges."""

from dataclasses import dataclass

from fake_xo.auth import Authentication, password_hash
from fake_xo.identity import Identity
from fake_xo.rbac import COLLECTIONS
from fake_xo.store import Record, Store

PASSWORD = "harbour-lights"
READABLE = tuple(resource for resource in COLLECTIONS if resource != "task")
TEMPLATES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Reader of everything", tuple((resource, "read") for resource in COLLECTIONS)),
    ("VM power", tuple(("vm", action) for action in ("read", "start", "shutdown", "reboot", "pause", "unpause"))),
    ("VM owner", (("vm", "*"), ("vdi", "read"))),
    ("Network owner", (("network", "*"), ("vif", "*"), ("pif", "*"))),
    ("Storage owner", tuple((resource, "*") for resource in ("sr", "vdi", "vbd", "pbd", "backup-repository"))),
    ("Administrator", tuple((resource, "*") for resource in COLLECTIONS)),
)
"""Built-in roles; XO has eight, with more privileges."""
CUSTOM: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("reader", "Reader without tasks", tuple((resource, "read") for resource in READABLE)),
    ("operator", "VM starter", (("vm", "read"), ("vm", "start"), ("vm", "shutdown"), ("vm", "snapshot"))),
)
YEAR = 365 * 86_400_000


@dataclass
class People:
    """The users who are there from the start.

    Attributes:
        admin: Id of the administrator.
        ids: User name (`admin`, `reader`, `operator`, `nobody`) to id; the e-mail is `<name>@example.org`.
        tokens: User name to a token of theirs.
    """

    admin: str
    ids: dict[str, str]
    tokens: dict[str, str]


def seed_people(store: Store, authentication: Authentication, identity: Identity, now: int) -> People:
    """Put users, tokens, one group and all roles.

    `reader` may read everything except tasks; `operator` may see, start and stop VMs, but read no task; `nobody` has no
    privilege at all.
    """
    names = ("admin", "reader", "operator", "nobody")
    ids = {name: identity.uuid("user", name) for name in names}
    tokens = {name: identity.token(name) for name in names}
    group = identity.uuid("group", "operations")
    users = [_user(name, ids[name], group if name == "operator" else None) for name in names]
    store.seed("users", users)
    store.seed("groups", [_group(group, "operations", ids["operator"])])
    store.seed("tokens", [_token(tokens[name], ids[name], now) for name in names])
    for name in names:
        authentication.passwords[ids[name]] = password_hash(PASSWORD)
    for number, (label, grants) in enumerate(TEMPLATES, 1):
        role = _role(store, identity, label, grants)
        store.seed("acl-roles", [role | {"isTemplate": True, "roleTemplateId": number}])
    for name, label, grants in CUSTOM:
        role = _role(store, identity, label, grants)
        store.seed("acl-roles", [role | {"userIds": [ids[name]], "groupIds": []}])
    return People(ids["admin"], ids, tokens)


def _user(name: str, user_id: str, group: str | None) -> Record:
    return {
        "email": f"{name}@example.org",
        "permission": "admin" if name == "admin" else "none",
        "pw_hash": "***obfuscated***",
        "groups": [group] if group else [],
        "preferences": {},
        "id": user_id,
        "name": f"{name}@example.org",
    }


def _group(group_id: str, name: str, *users: str) -> Record:
    return {"id": group_id, "name": name, "users": list(users), "aclRoleIds": []}


def _token(token: str, user: str, now: int) -> Record:
    return {
        "created_at": now - 86_400_000,
        "description": "made at the start",
        "user_id": user,
        "expiration": now + YEAR,
        "last_uses": {"127.0.0.1": {"timestamp": now - 60_000}},
        "id": token,
    }


def _role(store: Store, identity: Identity, label: str, grants: tuple[tuple[str, str], ...]) -> Record:
    role = identity.uuid("acl-role", label)
    privileges = [
        {
            "action": action,
            "effect": "allow",
            "resource": resource,
            "roleId": role,
            "id": identity.uuid("acl-privilege", f"{label} {resource} {action}"),
        }
        for resource, action in grants
    ]
    store.seed("acl-privileges", privileges)
    description = f"{label} ({len(grants)} privileges)"
    return {"name": label, "description": description, "id": role, "privilegeIds": [each["id"] for each in privileges]}
