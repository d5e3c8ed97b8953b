"""``python -m db account``: who may come in, and as what."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd
from sqlalchemy import Engine

from db.audit import Actor
from db.commandline.situation import Situation
from db.commands.accounts import add_account, disable_account, enable_account, grant_role, withdraw_role
from db.engine import reading
from db.queries.accounts import accounts
from db.schema import require_current
from trial.roles import ROLES

FIRST = (
    "The first administrator is made here, by whoever holds the database: add an account for the person's issuer and login (the "
    "claims iss and sub of your identity provider; the refusal page of Firstwatch shows them), then grant it the role administrator."
)


def add_account_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the acts on accounts and their arguments."""
    command.epilog = FIRST
    acts = command.add_subparsers(dest="account_act", required=True, metavar="ACT", parser_class=type(command))

    def add(name: str, purpose: str) -> argparse.ArgumentParser:
        """Add one act on accounts, with the options that all of them take."""
        act = acts.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", epilog=FIRST, allow_abbrev=False)
        act.add_argument("--database", metavar="URL", default=argparse.SUPPRESS, help="database URL or file")
        act.add_argument("--format", choices=("text", "json"), default="text", help="form of what is printed (default: text)")
        return act

    _add_person(add("add", "add an account; it may do nothing until a role is granted to it"))
    for name, purpose in (("grant", "grant a role to an account"), ("withdraw", "withdraw a role that was granted")):
        _add_role(add(name, purpose))
    for name, purpose in (("disable", "shut an account out from its next click on"), ("enable", "let a disabled account in again")):
        _add_act(add(name, purpose), account=True)
    add("list", "list the accounts and what is granted to them")


def _add_person(act: argparse.ArgumentParser) -> None:
    act.add_argument("--issuer", required=True, metavar="URL", help="the identity provider's address (claim iss)")
    act.add_argument("--login", required=True, metavar="KEY", help="the person's key at that provider (claim sub)")
    act.add_argument("--name", required=True, metavar="NAME", help="the person's name, for the audit trail")
    _add_act(act, account=False)


def _add_role(act: argparse.ArgumentParser) -> None:
    act.add_argument("--role", required=True, choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    act.add_argument("--study", metavar="CODE", help="study (default: every study)")
    act.add_argument("--site", metavar="CODE", help="site of the study (default: every site; an investigator needs one)")
    _add_act(act, account=True)


def _add_act(act: argparse.ArgumentParser, *, account: bool) -> None:
    """What every change needs: whose account, why, and who does it."""
    if account:
        act.add_argument("--account", required=True, type=int, metavar="N", help="number of the account, as `account list` says it")
    act.add_argument("--reason", required=True, metavar="TEXT", help="why, for the audit trail")
    act.add_argument("--actor", metavar="NAME", help="who does this, for the audit trail (default: the user of this computer)")


def manage_accounts(situation: Situation, options: argparse.Namespace) -> int:
    """Do one act on accounts and print what was done."""
    engine = situation.engine()
    require_current(engine)
    if options.account_act == "list":
        _list(engine, options.format)
        return 0
    actor = replace(situation.actor(options.actor), role="administrator")
    account = _CHANGES[options.account_act](engine, actor, options)
    said = {"account": account, "done": options.account_act}
    _write(json.dumps(said) if options.format == "json" else f"Account {account}: {_DONE[options.account_act]}.")
    return 0


def _add(engine: Engine, actor: Actor, options: argparse.Namespace) -> int:
    return add_account(engine, actor, issuer=options.issuer, login=options.login, name=options.name, reason=options.reason)


def _grant(engine: Engine, actor: Actor, options: argparse.Namespace) -> int:
    place = {"study": options.study, "site": options.site}
    grant_role(engine, actor, account=options.account, role=options.role, reason=options.reason, **place)
    return int(options.account)


def _withdraw(engine: Engine, actor: Actor, options: argparse.Namespace) -> int:
    place = {"study": options.study, "site": options.site}
    withdraw_role(engine, actor, account=options.account, role=options.role, reason=options.reason, **place)
    return int(options.account)


def _disable(engine: Engine, actor: Actor, options: argparse.Namespace) -> int:
    disable_account(engine, actor, account=options.account, reason=options.reason)
    return int(options.account)


def _enable(engine: Engine, actor: Actor, options: argparse.Namespace) -> int:
    enable_account(engine, actor, account=options.account, reason=options.reason)
    return int(options.account)


_CHANGES: Mapping[str, Callable[[Engine, Actor, argparse.Namespace], int]] = {
    "add": _add,
    "grant": _grant,
    "withdraw": _withdraw,
    "disable": _disable,
    "enable": _enable,
}
_DONE = {
    "add": "added; grant it a role",
    "grant": "role granted",
    "withdraw": "role withdrawn",
    "disable": "disabled",
    "enable": "enabled",
}


def _list(engine: Engine, form: str) -> None:
    """Print every account with what is granted to it."""
    with reading(engine) as session:
        frame = accounts(session)
    rows = [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")]
    if form == "json":
        _write(json.dumps([{**row, "disabled": bool(row["disabled"])} for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        place = f"{row['study'] or 'every study'}, {row['site'] or 'every site'}" if row["role"] else ""
        state = " (disabled)" if row["disabled"] else ""
        _write(f"{row['account']}\t{row['name']}{state}\t{row['login']} at {row['issuer']}\t{row['role'] or 'no role'}\t{place}")


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
