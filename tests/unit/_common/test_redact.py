"""Secrets are blanked in every spelling in which a message may quote them, and little else is."""

from __future__ import annotations

import base64
import time

import pytest
from ansible_collections.vessel.image.plugins.module_utils._common import progress
from ansible_collections.vessel.image.plugins.module_utils._common.errors import VesselError
from ansible_collections.vessel.image.plugins.module_utils._common.redact import redacted
from ansible_collections.vessel.image.plugins.module_utils._common.run import Result, run, tail

SECRET = "hunter2,x"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\naC1rZXkt\n-----END OPENSSH PRIVATE KEY-----"


@pytest.fixture(autouse=True)
def no_secrets_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("http://me:hunter2@h.example/a", "hunter2"),
        ("https://me:hunter2@h.example:8443", "me"),
        ("http://me:p%40ss%2Fword@h.example/", "p%40ss"),
        ("http://me:p@ss:w@rd@h.example/a", "ss:w"),
        ("http://me:hunter2@[2001:db8::1]:3128/a", "hunter2"),
        ("https://ghtoken@h.example/a.git", "ghtoken"),
        ("socks5h://me:hunter2@h.example", "hunter2"),
        ("git+https://me:hunter2@h.example/x", "hunter2"),
        ("'http://me:hunter2@h.example/a' failed", "hunter2"),
        ('{"url":"http://me:hunter2@h.example/a"}', "hunter2"),
        ("a http://one:hunter2@h/ and http://two:swordfish@i/", "swordfish"),
        ("https://b.example/x?X-Amz-Credential=AKID&X-Amz-Signature=5ad1f4", "5ad1f4"),
        ("https://b.example/x?X-Amz-Credential=AKID%2F2026", "AKID"),
        ("https://b.example/x?sv=2024&sig=Zm9v%3D&se=2026 was refused", "Zm9v"),
        ("https://b.example/x?access_token=abc#part", "abc"),
        ("Authorization: Basic bWU6aHVudGVyMg==", "bWU6"),
        ("authorization: Bearer abc.def", "abc.def"),
        ("Proxy-Authorization: Basic bWU6aHVudGVyMg==", "bWU6"),
        ('{"Authorization": "Basic bWU6aHVudGVyMg=="}', "bWU6"),
        ("curl -H 'Authorization: token abc def' x", "abc"),
        ('Authorization: Digest username="me", response="6629"', "6629"),
        ("Cookie: session=abc; other=def", "def"),
        ("X-Vault-Token: s.abcdef", "s.abcdef"),
        ("sent Bearer abcdefgh12345", "abcdefgh"),
        ("password=hunter2", "hunter2"),
        ("PGPASSWORD='two words' psql", "two"),
        ("db_password = hunter2;x", "hunter2"),
        ('"password": "with \\" quote"', "quote"),
        ("registry_password: hunter2", "hunter2"),
        ("passphrase: hunter2", "hunter2"),
        ("client_secret=abc", "abc"),
        ("API-KEY=abc", "abc"),
        ("token: abcdefgh12345", "abcdefgh"),
        ("--password hunter2 --user me", "hunter2"),
        ("vault --token=abc", "abc"),
        ("https_proxy=me:hunter2@proxy:3128", "hunter2"),
        ("HTTPS_PROXY='http://me:hunter2@proxy:3128'", "hunter2"),
        ("no_proxy=a http_proxy: me:hunter2@proxy", "hunter2"),
        ("machine h.example login me password hunter2", "hunter2"),
        (f"key {PEM} end", "aC1rZXkt"),
        (PEM.rpartition("\n")[0], "aC1rZXkt"),  # its end was cut off
        ("ghp_0123456789abcdefghij0123456789abcdef", "ghp_0123"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIA"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM", "SflKxw"),
    ],
)
def test_shapes(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redacted(text)
    assert "<redacted>" in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://h.example:8443/a/b@v1.2.3/c.zip#part",
        "registry.example/app:1.0@sha256:0123",
        "an account has a password",
        "error: unexpected token: `}`",
        "specs/a.yml:3:5: VES-201: `tokens` is no key",
        "git@github.com:a/b.git",
        "Cookies are no cookie",
        "secrets: []",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("said", ["a %s b", "%s", '["%s"]', "x=%s,%s"])
def test_a_known_one_in_every_spelling(said: str) -> None:
    secret = 'p@s"s/w ör\td'
    spellings = {secret, "p%40s%22s%2Fw%20%C3%B6r%09d", "p%40s%22s/w%20%C3%B6r%09d"}
    spellings |= {'p@s\\"s/w ör\\td', 'p@s\\"s/w \\u00f6r\\td', "p%40s%22s%2fw%20%c3%b6r%09d"}
    spellings |= {base64.b64encode(secret.encode()).decode()}
    for spelling in spellings:
        assert "w" not in redacted(said.replace("%s", spelling), [secret]).replace("<redacted>", "")


def test_the_longer_of_two_is_blanked_whole() -> None:
    assert redacted("swordfish", ["sword", "swordfish"]) == "<redacted>"


def test_a_secret_of_several_lines_is_blanked_line_by_line() -> None:
    shown = redacted("    tree: first line\n    tree: second line\n", ["first line\nsecond line\n"])
    assert "first" not in shown and "second" not in shown


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("https_proxy", "http://me:hun/ter2@proxy:3128", "auth of me with hun/ter2 failed"),
        ("HTTPS_PROXY", "me:hunter2@proxy:3128", "hunter2"),
        ("http_proxy", "http://me:p%40ssword@[::1]:3128", "got p@ssword"),
        ("http_proxy", "http://me:hunter2@proxy", "Basic bWU6aHVudGVyMg=="),
        ("GOPROXY", "https://one:hunter2@a,https://two:swordfish@b", "swordfish"),
        ("MY_REGISTRY_TOKEN", "abcdef", "said abcdef"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI", "wJalrXUtnFEMI"),
    ],
    ids=lambda _: "",  # pytest keeps the test's name in the environment
)
def test_secrets_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    before = redacted(said)
    monkeypatch.setenv(name, value)
    assert before == said  # nothing but the environment tells that it is one
    assert "<redacted>" in redacted(said)


def test_messages_and_progress_blank_by_themselves(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://me:hunter2@h.example/a"
    error = VesselError.of("VES-402", f"{url} is wrong", f"Ask {url}.")
    assert "hunter2" not in str(error) + error.problems[0].what + error.problems[0].hint
    monkeypatch.setenv(progress.VARIABLE, f"{tmp_path}/said")
    progress.report(f"fetching {url}")
    with open(f"{tmp_path}/said", encoding="utf-8") as said:  # noqa: PTH123
        assert said.read() == "fetching http://<redacted>@h.example/a\n"


def test_a_command_line_is_blanked_before_it_is_cut() -> None:
    url = "http://me:" + "hunter2" * 60 + "@h.example/a"
    with pytest.raises(VesselError) as caught:
        run(["false", url])
    assert "hunter2" not in str(caught.value)


def test_the_tail_is_blanked_before_it_is_cut() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "abcd\n" * 30 + "-----END RSA PRIVATE KEY-----\n"
    assert "abcd" not in tail(Result(1, key, ""))


def test_a_long_text_takes_no_time() -> None:
    begun = time.monotonic()
    for text in ("a" * 200_000, "a-" * 100_000, "http:" * 40_000, "password" * 20_000, "x" * 10):
        redacted(text)
    assert time.monotonic() - begun < 5
