"""A real OpenID Connect provider on this machine, and the settings that make Firstwatch trust it."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.server import PATIENCE

SECRETS = """[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "a secret of this test, and of nothing else"
client_id = "firstwatch"
client_secret = "any"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid", prompt = "login" }}
"""


@contextmanager
def provide() -> Iterator[str]:
    """Run the provider in a thread and yield its issuer (claim iss)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import run_server_in_thread  # noqa: PLC0415  # it warns when it is imported

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
        with run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


def write_secrets(path: Path, *, issuer: str, port: int) -> Path:
    """Write the settings of sign-in for a server on ``port`` and return their file."""
    path.write_text(SECRETS.format(issuer=issuer, address=f"http://127.0.0.1:{port}"), encoding="utf-8")
    return path


def sign_in(page: Page, login: str) -> None:
    """Press the button of the sign-in page and be ``login`` at the provider."""
    page.locator("[data-testid=stMain] button:has-text('Sign in')").click(timeout=PATIENCE)
    page.locator("input[name=sub]").fill(login, timeout=PATIENCE)
    page.locator("button:has-text('Authorize')").click()
