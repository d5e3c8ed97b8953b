"""What a hospital is given to run Firstwatch with: files that the programs they are for accept, and that say what the README says."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
HEADERS = ("Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")


def test_nginx_accepts_its_configuration(tmp_path):
    nginx, openssl = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("openssl")
    if not nginx or not openssl:
        pytest.skip("no nginx and openssl here")
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run([openssl, *made, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "fullchain.pem"], check=True, capture_output=True)
    (tmp_path / "site.conf").write_text(NGINX.replace("/etc/ssl/firstwatch", str(tmp_path)).replace("/var/log/nginx", str(tmp_path)))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nerror_log {tmp_path}/errors;\nevents {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n")
    done = subprocess.run([nginx, "-t", "-c", whole, "-e", tmp_path / "errors"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_every_answer_of_nginx_carries_the_security_headers():
    """In nginx a location with a header of its own loses those of the server: none has one."""
    for header in HEADERS:
        assert re.search(rf"^    add_header {header} .* always;$", NGINX, re.M), header
    assert not re.search(r"^ {8}add_header", NGINX, re.M)
    assert "frame-ancestors 'none'" in NGINX
    assert "/_stcore/metrics { return 404; }" in NGINX


def test_systemd_accepts_the_unit(tmp_path):
    analyse = shutil.which("systemd-analyze")
    if not analyse:
        pytest.skip("no systemd here")
    shutil.copy(DEPLOY / "firstwatch@.service", tmp_path)
    done = subprocess.run([analyse, "verify", tmp_path / "firstwatch@8501.service"], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "firstwatch" in line and "is not executable" not in line]
    assert not complaints


def read_yaml(path):
    """A YAML file, by the system's Python: this project needs no YAML but here."""
    python = "/usr/bin/python3"
    program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    done = subprocess.run([python, "-c", program, path], capture_output=True, text=True, check=False) if Path(python).exists() else None
    if done is None or "ModuleNotFoundError" in done.stderr:
        pytest.skip("no Python with YAML here")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_compose_file_is_yaml_and_says_what_nginx_expects():
    compose = read_yaml(DEPLOY / "compose.yaml")
    services = compose["services"]
    ports = {port for service in services.values() for port in service.get("ports", [])}
    assert ports == {"127.0.0.1:8501:8501", "127.0.0.1:8502:8501"}, "the database is open to nobody outside, the processes to nginx only"
    assert set(re.findall(r"server (127\.0\.0\.1:\d+);", NGINX)) == {port.rpartition(":")[0] for port in ports}
    for name in ("process-a", "process-b", "owner"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert not re.search(r"PASSWORD: ", (DEPLOY / "compose.yaml").read_text()), "passwords are in files"


def test_the_image_is_built_from_pinned_packages():
    assert "--require-hashes -r requirements.txt" in (DEPLOY / "Dockerfile").read_text()
