"""The local server: who may ask, what is answered, what does no harm; over real sockets."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from needs import needs
from serving import TOKEN, Client, running
from whygrad.cli import main
from whygrad.errors import ConfigError
from whygrad.web import lesson, server
from whygrad.web.api import Opened
from whygrad.web.frame import files

needs("starlette")
needs("uvicorn")

from whygrad.web import connections  # noqa: E402 — stands on uvicorn


@pytest.fixture(scope="module")
def client():
    with running(Opened(lambda: lesson.opened("article"))) as found:
        yield found


# ---- who may ask --------------------------------------------------------------------------------


def test_the_page_is_there_and_all_of_its_files(client):
    status, headers, body = client.ask("GET", "")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert TOKEN.encode() not in body
    page = body.decode()
    for name in files():
        status, headers, body = client.ask("GET", f"page/{name}")
        assert status == 200, name
        assert body.decode() == files()[name]
        kind = {"js": "text/javascript", "css": "text/css"}[name.rpartition(".")[2]]
        assert headers["content-type"] == f"{kind}; charset=utf-8"
        assert headers["x-content-type-options"] == "nosniff"
        assert name.endswith(".js") or f'href="page/{name}"' in page


def test_a_host_that_is_not_this_machine_is_refused(client):
    port = client.port
    for host in (
        "evil.example", f"evil.example:{port}", "127.0.0.1", "localhost", f"127.0.0.1:{port + 1}",
        f"127.0.0.1:{port}.evil.example", f"[::1]:{port}@evil", "", f"0.0.0.0:{port}",
    ):  # fmt: skip
        assert client.ask("GET", "", Host=host)[0] == 421, host
        assert client.ask("POST", "api/lesson", b"{}", Host=host)[0] == 421, host
    for host in (f"localhost:{port}", f"[::1]:{port}", f"LOCALHOST:{port}"):
        assert client.ask("GET", "", Host=host)[0] == 200
    twice = f"GET /{TOKEN}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil\r\n\r\n"
    assert re.match(rb"HTTP/1.1 4\d\d", client.raw(twice.encode()))
    none = client.raw(f"GET /{TOKEN}/ HTTP/1.0\r\n\r\n".encode())
    assert re.match(rb"HTTP/1.[01] 421", none)


def test_without_the_token_there_is_nothing(client):
    for token in ("", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), f"{TOKEN}%00", "..", "%2e%2e"):
        for path in ("", "page/main.js", "api/gallery"):
            status, _, body = client.ask("GET", path, token=token)
            assert (status, body) == (404, b""), (token, path)
    assert client.raw(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\nConnection: close\r\n\r\n".encode()
    ).startswith(b"HTTP/1.1 404")


def test_only_our_own_page_may_ask(client):
    ours = f"http://127.0.0.1:{client.port}"
    good = json.dumps({"spec": {"start": True}}).encode()
    assert client.ask("POST", "api/lesson", good)[0] == 200
    assert client.ask("POST", "api/lesson", good, Sec_Fetch_Site="same-origin")[0] == 200
    for origin in (
        None, "null", "", "http://evil.example", f"{ours}/", f"https://127.0.0.1:{client.port}",
        f"http://localhost:{client.port}", "http://127.0.0.1", ours + "1", f"{ours} http://evil",
    ):  # fmt: skip
        assert client.ask("POST", "api/lesson", good, Origin=origin)[0] == 403, origin
    for site in ("cross-site", "same-site", "none", "x"):
        assert client.ask("POST", "api/lesson", good, Sec_Fetch_Site=site)[0] == 403, site
    local = {"Host": f"localhost:{client.port}", "Origin": f"http://localhost:{client.port}"}
    assert client.ask("POST", "api/lesson", good, **local)[0] == 200


def test_other_sites_may_link_here_but_load_nothing(client):
    followed = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert client.ask("GET", "", **followed)[0] == 200
    for site in ("cross-site", "same-site"):
        loaded = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "no-cors"}
        assert client.ask("GET", "page/style.css", **loaded)[0] == 403
        assert client.ask("GET", "api/gallery", **loaded)[0] == 403


def test_methods_and_kinds_that_are_not_meant_are_refused(client):
    good = json.dumps({"spec": {"start": True}}).encode()
    assert client.ask("GET", "api/lesson")[0] == 405
    assert client.ask("POST", "", good)[0] == 405
    assert client.ask("POST", "api/gallery", good)[0] == 405
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
        status, headers, _ = client.ask(method, "api/lesson", Origin="http://evil.example")
        assert status == 405, method
        assert "access-control-allow-origin" not in headers
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert client.ask("POST", "api/lesson", good, Content_Type=kind)[0] == 415, kind


def test_every_answer_says_what_it_may_do(client):
    asked = [
        ("GET", "", None), ("GET", "page/main.js", None), ("GET", "nothing", None),
        ("GET", "api/run", None), ("POST", "api/lesson", b"{}"), ("POST", "api/lesson", b"["),
        ("GET", "api/lesson", None),
    ]  # fmt: skip
    for method, path, body in asked:
        headers = client.ask(method, path, body)[1]
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
    assert client.ask("GET", "", Host="evil")[1]["content-security-policy"].startswith("default")
    page = client.ask("GET", "")[1]["content-security-policy"]
    scripts = re.search(r"script-src ([^;]*)", page)[1].split()
    assert scripts[0] == "'self'"
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", s) for s in scripts[1:])
    for part in ("connect-src 'self'", "base-uri 'none'", "form-action 'none'"):
        assert part in page


def test_no_path_leads_out_of_the_page(client):
    for path in (
        "page/../../report.py", "page/..%2f..%2freport.py", "page/%2e%2e/report.py", "page/",
        "page//etc/passwd", "page/index.html", "page/main.js/", "page/MAIN.JS", "page/main.js%00",
        "page/....//report.py", "../page/main.js", "/etc/passwd", "api", "api/", "api/lesson/x",
        "page\\main.js", "page/..\\..\\report.py",
    ):  # fmt: skip
        status, headers, body = client.ask("GET", path)
        assert (status, body) == (404, b""), path
        assert "location" not in headers
    for path in (b"http://evil/", b"//evil/x", b"*", b"/\xff\xfe/"):
        answer = client.raw(
            b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % client.port
        )
        assert re.match(rb"HTTP/1.1 4\d\d", answer), path


# ---- sizes --------------------------------------------------------------------------------------


def test_a_large_body_is_refused(client):
    large = b'{"spec": {"x": "' + b"a" * 2**20 + b'"}}'
    status, _, body = client.ask("POST", "api/lesson", large)
    assert status == 413
    assert "too large" in json.loads(body)["error"]["asked"]


def test_a_large_body_is_not_read_to_its_end_whatever_length_it_claims(client):
    head = (
        f"POST /{TOKEN}/api/lesson HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
        f"Origin: http://127.0.0.1:{client.port}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
        line.sendall(head.encode())
        sent = 0
        try:
            while sent < 64 * 2**20:
                line.sendall(b"10000\r\n" + b"[" * 65536 + b"\r\n")
                sent += 65536
        except OSError:
            pass  # it has hung up
    assert sent < 32 * 2**20
    assert client.ask("GET", "")[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[", b"nothing", b"\xff\xfe", b"null", b"[]", b'"spec"', b"{}}", b'{"spec": 1}',
        b'{"spec": {}, "more": 1}', b'{"spec": {"start": NaN}}', b"[" * 500_000,
        b'{"a":' * 100_000, b'{"spec":' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"spec": {"start": 1e999}}', b'"' + b'\\"' * 400_000, b'"\\' * 400_000, b"[]" * 500_000,
        b'{"spec": {"gallery": "../../etc/passwd"}}', b'{"spec": {"file": "/etc/passwd"}}',
        b'{"spec": {"network": {"layers": [1000000, 1000000]}}}',
        b'{"spec": {"network": {"layers": [2, 2], "activation": "__import__(\'os\')"}}}',
        b'{"spec": {"network": {"layers": [2, 1e400]}}}',
        b'{"spec": {"start": true, "x": "\\ud800"}}',
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)  # fmt: skip
def test_a_question_that_is_none_gets_a_clear_error(client, body):
    began = time.monotonic()
    status, _, answer = client.ask("POST", "api/lesson", body)
    assert time.monotonic() - began < 5
    assert status == 400
    error = json.loads(answer)["error"]
    assert set(error) == {"asked", "given", "why", "hint"}
    assert error["asked"]
    assert "Traceback" not in answer.decode()


def test_more_than_can_be_worked_on_is_refused_not_piled_up(client, monkeypatch):
    monkeypatch.setattr(server, "WAITING", 0)
    status, found = client.post("api/lesson", {"spec": {"start": True}})
    assert status == 503
    assert "at once" in found["error"]["asked"]


def test_what_is_looked_up_does_not_wait_for_long_questions(client, monkeypatch):
    from whygrad.web import api

    working, end = threading.Semaphore(0), threading.Event()

    def long(*_):
        working.release()
        return {"ended": end.wait(20)}

    monkeypatch.setattr(api, "answer", long)
    asking = [threading.Thread(target=client.post, args=("api/lesson", {})) for _ in range(3)]
    for thread in asking:
        thread.start()
    for _ in range(server.AT_ONCE):
        assert working.acquire(timeout=10)
    try:
        assert client.ask("GET", "api/gallery")[0] == 200
    finally:
        end.set()
        for thread in asking:
            thread.join()


def test_a_formula_that_would_be_too_large_is_refused_at_once(client):
    for activation in ("max(" + ",".join("x" * 45) + ")", "max(x," * 12 + "x" + ")" * 12):
        began = time.monotonic()
        spec = {"network": {"layers": [2, 2, 1], "activation": activation}}
        status, found = client.post("api/lesson", {"spec": spec})
        assert status == 400
        assert "too large" in found["error"]["asked"]
        assert time.monotonic() - began < 3


# ---- who says nothing ---------------------------------------------------------------------------


def test_connections_that_say_nothing_keep_nobody_out(client):
    silent = [socket.create_connection(("127.0.0.1", client.port)) for _ in range(160)]
    try:
        for line in silent:
            with suppress(OSError):  # the first ones have been hung up on
                line.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert client.ask("GET", "")[0] == 200
        assert client.post("api/lesson", {"spec": {"start": True}})[0] == 200
    finally:
        for line in silent:
            line.close()


def test_a_head_that_does_not_come_is_not_waited_for(client, monkeypatch):
    monkeypatch.setattr(connections, "HEAD", 0.3)
    host = f"Host: 127.0.0.1:{client.port}\r\n"
    first = f"GET /{TOKEN}/api/gallery HTTP/1.1\r\n{host}\r\n"  # this connection is kept
    for before, said in (("", ""), ("", "GET"), ("", f"GET / HTTP/1.1\r\n{host}"), (first, "GE")):
        with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
            line.sendall(before.encode())
            while before and not line.recv(65536).endswith(b"}"):
                pass
            began = time.monotonic()
            line.sendall(said.encode())
            with suppress(ConnectionResetError):
                assert line.recv(1) == b""
            assert time.monotonic() - began < 3


def test_a_body_that_does_not_come_is_not_waited_for(client, monkeypatch):
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    head = (
        f"POST /{TOKEN}/api/lesson HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
        f"Origin: http://127.0.0.1:{client.port}\r\nContent-Type: application/json\r\n"
        'Content-Length: 100\r\n\r\n{"spec": '
    )
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as line:
        line.sendall(head.encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"no end" in answer


def test_an_upgrade_is_no_matter_for_the_terminal(client, capfd):
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    assert client.ask("GET", "", **asked)[0] == 200
    assert client.raw(b"nothing\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert capfd.readouterr().err == ""


def test_two_browsers_do_not_disturb_each_other(client):
    def rate(value):
        spec = {"start": True, "changes": {"training": {"learning_rate": value}}}
        status, found = client.post("api/lesson", {"spec": spec})
        assert status == 200
        return found["training"]["learning_rate"]

    found: dict[float, list[float]] = {}

    def many(value):
        found[value] = [rate(value) for _ in range(5)]

    threads = [threading.Thread(target=many, args=(v,)) for v in (0.1, 0.2, 0.3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {v: [v] * 5 for v in (0.1, 0.2, 0.3)}
    assert rate(0.7) == 0.7
    plain = client.post("api/lesson", {"spec": {"start": True}})[1]
    assert plain["training"]["learning_rate"] == 0.5


def test_what_goes_wrong_inside_is_not_shown_to_the_page(client, monkeypatch, capfd):
    from whygrad.web import api

    def fails(*_):
        raise RuntimeError("a secret path")

    monkeypatch.setitem(api.LOOK_UPS, "gallery", fails)
    status, _, body = client.ask("GET", "api/gallery")
    assert status == 500
    assert b"secret" not in body
    assert "a secret path" in capfd.readouterr().err


def test_half_a_sign_in_an_error_is_no_error_of_its_own(client, monkeypatch):
    from whygrad.web import api

    def fails(*_):
        raise ConfigError("There is no file.", given="a\udcffb.toml")

    monkeypatch.setitem(api.LOOK_UPS, "gallery", fails)
    status, _, body = client.ask("GET", "api/gallery")
    assert status == 400
    assert json.loads(body)["error"]["given"] == "a\ufffdb.toml"


# ---- how it is opened ---------------------------------------------------------------------------


def test_only_this_machine_reaches_it():
    listening = server.bound(0)
    try:
        assert listening.getsockname()[0] == "127.0.0.1"
        with pytest.raises(ConfigError, match="cannot be used"):
            server.bound(listening.getsockname()[1])
    finally:
        listening.close()


def test_the_command_prints_its_address_and_ends_with_ctrl_c(tmp_path):
    """As from a terminal; --no-open: no browser is looked for."""
    command = [sys.executable, "-W", "error", "-m", "whygrad", "serve", "article", "--no-open"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        address = process.stderr.readline().strip()
        port, token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([\w-]{20,})/", address).groups()
        client = Client(int(port))
        assert client.ask("GET", "", token=token)[0] == 200
        assert client.ask("GET", "", token="x" * len(token))[0] == 404
        kept = socket.create_connection(("127.0.0.1", int(port)))  # a browser that stays
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
        kept.close()
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == []


BUSY = """
from whygrad.web import api, lesson, server

def busy(*_):
    print("busy", flush=True)
    while True:
        pass

api.LOOK_UPS["gallery"] = busy
opened = api.Opened(lambda: lesson.opened("article"))
server.serve(opened, browser=False, tell=lambda address: print(address, flush=True))
"""


def test_ctrl_c_ends_it_while_it_works(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        port, token = re.findall(r":(\d+)/([\w-]+)/", process.stdout.readline())[0]
        with socket.create_connection(("127.0.0.1", int(port))) as line:
            asked = f"GET /{token}/api/gallery HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
            line.sendall(asked.encode())
            assert process.stdout.readline() == "busy\n"
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_two_servers_have_two_tokens(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(server, "running", lambda app: Ended())
    opened = Opened(lambda: lesson.opened("article"))
    for _ in range(2):
        server.serve(opened, browser=False, tell=said.append)
    assert len({address.split("/")[3] for address in said}) == 2


class Ended:
    """A server that was ended as soon as it began."""

    def run(self, sockets):
        raise KeyboardInterrupt


def test_the_browser_is_opened_at_the_address(monkeypatch):
    said: list[str] = []
    shown: list[str] = []
    done = threading.Event()
    monkeypatch.setattr(server, "running", lambda app: Ended())
    monkeypatch.setattr(server.webbrowser, "open", lambda url: (shown.append(url), done.set()))
    server.serve(Opened(lambda: lesson.opened("article")), tell=said.append)
    assert done.wait(5)
    assert shown == said


def test_bad_use_is_said_clearly(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(server, "running", lambda app: Ended())  # should it be served after all
    taken = server.bound(0)
    port = str(taken.getsockname()[1])
    assert main(["serve", "article", "--no-open", "--port", port]) == 2
    assert f"Port {port} cannot be used" in capsys.readouterr().err
    taken.close()
    assert main(["serve", "missing.toml", "--no-open"]) == 2
    assert "missing.toml" in capsys.readouterr().err
    assert main(["serve", str(tmp_path), "--no-open"]) == 2
    assert "no run" in capsys.readouterr().err
    for wrong in ("-1", "65536", "x", "१"):
        with pytest.raises(SystemExit):
            main(["serve", "--port", wrong])
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    capsys.readouterr()
    assert main(["serve", "--no-open"]) == 2
    assert "pip install 'whygrad[serve]'" in capsys.readouterr().err
