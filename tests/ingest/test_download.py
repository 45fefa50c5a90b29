"""Getting the raw file: a real server on this machine that misbehaves, archives that are cut, disks that are full."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import threading
import types
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from bankrec.errors import InputError
from bankrec.ingest import download as door
from bankrec.ingest import fetch as fetching
from bankrec.jobs import download
from bankrec.santander.columns import RAW

ROOT = Path(__file__).resolve().parents[2]
HEADER = ",".join(f'"{name}"' for name in RAW) + "\n"
ROWS = 4_000
CSV = (HEADER + "".join(f"2015-01-28,{n}," + "x" * (n % 40) + "," * 45 + "\n" for n in range(ROWS))).encode()
OTHER = CSV.replace(b"2015-01-28", b"2016-05-28")


class Server:
    """Serves `body`; what it does wrong is set by the test. `asked` are the (Range, If-Range) of each request."""

    def __init__(self) -> None:
        self.body, self.tag, self.status = CSV, '"one"', 200
        self.breaks: list[int] = []  # bytes after which the next answers break off
        self.ranges, self.length = True, True
        self.after: dict[int, tuple[bytes, str]] = {}  # from the n-th request on: another body and tag
        self.asked: list[tuple[str | None, str | None]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_: Any) -> None:
                return

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/files/train_ver2.csv"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted, if_range = request.headers.get("Range"), request.headers.get("If-Range")
        if len(self.asked) in self.after:
            self.body, self.tag = self.after[len(self.asked)]
        self.asked.append((wanted, if_range))
        if self.status != 200:
            request.send_error(self.status)
            return
        start = 0
        if wanted and self.ranges and if_range in (None, self.tag):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        else:
            request.send_response(200)
        body = self.body[start:]
        if self.tag:
            request.send_header("ETag", self.tag)
        if self.length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.breaks.pop(0)] if self.breaks else body)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(fetching, "CHUNK", 4_096)
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "train_ver2.csv"


def bring(source: str | None, output: Path, **options: Any) -> list[str]:
    lines: list[str] = []
    download.download(source, output, tell=lines.append, **options)
    return lines


def names(output: Path) -> list[str]:
    """What lies beside the output, to see that nothing was left behind."""
    return sorted(path.name for path in output.parent.iterdir())


def zipped(content: bytes, *members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members or ("train_ver2.csv",):
            archive.writestr(member, content)
    return packed.getvalue()


def test_a_url_is_fetched_whole_and_named(server: Server, output: Path) -> None:
    lines = bring(server.url + "?token=secret", output)
    assert output.read_bytes() == CSV
    assert names(output) == ["source.json", "train_ver2.csv"]
    assert json.loads((output.parent / "source.json").read_text()) == {"name": "train_ver2.csv"}
    assert f"warning: {ROWS:,} rows, Kaggle's file has 13,647,309" in lines
    assert any("GB, Kaggle's file has about 2.29 GB" in line for line in lines)


def test_a_transfer_that_breaks_off_goes_on_where_it_stopped(server: Server, output: Path) -> None:
    server.breaks = [98_304, 49_152]
    bring(server.url, output)
    assert output.read_bytes() == CSV
    assert server.asked == [(None, None), ("bytes=98304-", '"one"'), ("bytes=147456-", '"one"')]


def test_a_later_call_goes_on_too(server: Server, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TRIES", 1)
    server.breaks = [98_304, 0]
    with pytest.raises(InputError, match="1 attempts gave no more bytes"):
        bring(server.url, output)
    assert not output.exists()
    bring(server.url, output)
    assert output.read_bytes() == CSV
    assert server.asked[-1] == ("bytes=98304-", '"one"')
    assert names(output) == ["source.json", "train_ver2.csv"]


def test_a_server_that_ignores_ranges_sends_it_all_again(server: Server, output: Path) -> None:
    server.ranges, server.breaks = False, [98_304]
    bring(server.url, output)
    assert output.read_bytes() == CSV


def test_a_file_that_changes_between_tries_is_never_mixed(server: Server, output: Path) -> None:
    server.breaks, server.after = [98_304], {1: (OTHER, '"two"')}
    bring(server.url, output)
    assert output.read_bytes() == OTHER


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
def test_without_a_strong_tag_nothing_is_appended(server: Server, output: Path, tag: str) -> None:
    server.tag, server.breaks, server.after = tag, [98_304], {1: (OTHER, tag)}
    bring(server.url, output)
    assert output.read_bytes() == OTHER
    assert server.asked == [(None, None), (None, None)]


@pytest.mark.parametrize("length", [True, False])
def test_a_body_without_a_length_is_taken_to_its_end(server: Server, output: Path, length: bool) -> None:
    server.length = length
    bring(server.url, output)
    assert output.read_bytes() == CSV


@pytest.mark.parametrize(
    ("status", "tries", "words"),
    [(404, 1, "answered 404 Not Found"), (403, 1, "answered 403"), (503, 5, "5 attempts gave no more bytes: 503")],
)
def test_a_refusal_is_reported_and_leaves_what_was_there(
    server: Server, output: Path, status: int, tries: int, words: str
) -> None:
    output.parent.mkdir()
    output.write_text("before")
    server.status = status
    with pytest.raises(InputError, match=words):
        bring(server.url, output)
    assert output.read_text() == "before"
    assert len(server.asked) == tries
    assert names(output) == ["train_ver2.csv"]


def test_nobody_listening_is_one_line(output: Path) -> None:
    with pytest.raises(InputError, match="could not be downloaded") as caught:
        bring("http://127.0.0.1:9/train_ver2.csv", output)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>log in first</html>", "none of the 48 columns"),
        (b"", "is empty"),
        (gzip.compress(CSV)[:-2_000], "damaged or incomplete"),
        (gzip.compress(b""), "is empty"),
        (zipped(CSV)[:-500], "damaged or incomplete"),
        (zipped(CSV, "one.csv", "two.csv"), "must contain one .csv file, it contains 2"),
        (b"\x00\xff\xfe" * 999, "none of the 48 columns"),
    ],
    ids=["html", "empty", "cut gzip", "empty gzip", "cut zip", "two files", "binary"],
)
def test_wrong_content_is_refused_and_not_kept(server: Server, output: Path, body: bytes, words: str) -> None:
    output.parent.mkdir()
    output.write_text("before")
    server.body = body
    with pytest.raises(InputError, match=words) as caught:
        bring(server.url, output)
    assert server.url in str(caught.value)
    assert output.read_text() == "before"
    assert names(output) == ["train_ver2.csv"]


@pytest.mark.parametrize("pack", [lambda body: body, gzip.compress, zipped], ids=["csv", "gz", "zip"])
def test_archives_are_known_by_their_bytes(server: Server, output: Path, tmp_path: Path, pack: Any) -> None:
    server.body = pack(CSV)
    bring(server.url, output)
    assert output.read_bytes() == CSV
    named_wrong = tmp_path / "download"
    named_wrong.write_bytes(pack(CSV))
    bring(str(named_wrong), output)
    assert output.read_bytes() == CSV


def test_columns_that_differ_are_a_warning(output: Path, tmp_path: Path) -> None:
    source = tmp_path / "other.csv"
    source.write_bytes(CSV.replace(b'"sexo"', b'"sex"', 1))
    lines = bring(str(source), output)
    assert "warning: the header does not have the columns sexo" in lines
    assert "warning: the header has columns that Kaggle's file does not have: sex" in lines


def test_a_missing_path_and_the_output_itself_are_refused(output: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a file"):
        bring(str(tmp_path / "nowhere.csv"), output)
    output.parent.mkdir(exist_ok=True)
    output.write_bytes(CSV)
    with pytest.raises(InputError, match="output itself"):
        bring(str(output), output)
    assert output.read_bytes() == CSV


@pytest.mark.parametrize("end", ["\n", ""])
def test_rows_are_counted_with_or_without_a_last_newline(tmp_path: Path, end: str) -> None:
    file = tmp_path / "few.csv"
    file.write_text("a,b\n1,2\n3,4" + end)
    assert door.rows_of(file) == 2


def no_credentials(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))


def test_kaggle_without_credentials_says_how_to_get_them(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_credentials(monkeypatch, tmp_path)
    with pytest.raises(InputError, match=r"accept the rules .*KAGGLE_USERNAME and KAGGLE_KEY.*kaggle.json"):
        bring("kaggle", output)


def test_credentials_count_where_the_client_looks(tmp_path: Path) -> None:
    has_credentials = door.has_kaggle_credentials
    assert not has_credentials({}, tmp_path)
    assert not has_credentials({"KAGGLE_USERNAME": "me"}, tmp_path)
    assert has_credentials({"KAGGLE_USERNAME": "me", "KAGGLE_KEY": "k"}, tmp_path)
    assert has_credentials({"KAGGLE_API_TOKEN": "t"}, tmp_path)
    (tmp_path / ".kaggle").mkdir()
    (tmp_path / ".kaggle" / "kaggle.json").touch()
    assert has_credentials({}, tmp_path)
    assert not has_credentials({"KAGGLE_CONFIG_DIR": str(tmp_path / "elsewhere")}, tmp_path)


class Client:
    """In the place of Kaggle's client: what its two calls do is set by the test."""

    refuses: BaseException | None = None

    def authenticate(self) -> None:
        if isinstance(self.refuses, SystemExit):
            raise self.refuses

    def competition_download_file(self, competition: str, file: str, path: str, quiet: bool) -> None:
        if self.refuses:
            raise self.refuses
        Path(path, file).write_bytes(zipped(CSV))


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Client]]:
    no_credentials(monkeypatch, tmp_path)
    monkeypatch.setenv("KAGGLE_API_TOKEN", "t")
    module = types.ModuleType("kaggle.api.kaggle_api_extended")
    module.KaggleApi = Client  # type: ignore[attr-defined]
    for name in ("kaggle", "kaggle.api"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    yield Client
    Client.refuses = None


def test_kaggle_is_the_default_where_credentials_are(client: type[Client], output: Path) -> None:
    lines = bring(None, output)
    assert lines[0] == "Kaggle credentials found: source is kaggle"
    assert output.read_bytes() == CSV
    assert names(output) == ["source.json", "train_ver2.csv"]


@pytest.mark.parametrize(
    ("refuses", "words"),
    [
        (SystemExit(1), "refused the token"),
        (requests.HTTPError("403 Forbidden"), "Kaggle refused: 403 Forbidden; check that you have accep"),
        (ModuleNotFoundError("No module named 'six'"), "Kaggle refused: No module named 'six'"),
        (OSError(28, "No space left on device"), "could not write .*No space left"),
    ],
)
def test_what_kaggles_client_raises_is_one_line(
    client: type[Client], output: Path, refuses: BaseException, words: str
) -> None:
    output.parent.mkdir()
    output.write_text("before")
    client.refuses = refuses
    with pytest.raises(InputError, match=words):
        bring("kaggle", output)
    assert output.read_text() == "before"
    assert names(output) == ["train_ver2.csv"]


def command(*arguments: str, home: Path, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The script itself; `limit` is the largest file in bytes that it may write, as a full disk would allow."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAGGLE_")}
    before = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));" if limit else ""
    code = (
        "import signal, sys, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"{before} sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "download_dataset.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=kept | {"HOME": str(home), "PYTHONPATH": str(ROOT)},
        timeout=120,
    )


def test_a_full_disk_leaves_what_was_there(output: Path, tmp_path: Path) -> None:
    output.parent.mkdir()
    output.write_text("before")
    source = tmp_path / "train_ver2.csv.zip"
    source.write_bytes(zipped(CSV))
    done = command("--source", str(source), "--output", str(output), "--force", home=tmp_path, limit=len(CSV) // 2)
    assert done.returncode == 2, done
    assert "could not write" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert output.read_text() == "before"
    assert names(output) == ["train_ver2.csv"]


def test_a_folder_that_can_not_be_written_to_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    source = tmp_path / "source.csv"
    source.write_bytes(CSV)
    done = command("--source", str(source), "--output", str(tmp_path / "file" / "train.csv"), home=tmp_path)
    assert done.returncode == 2, done
    assert "could not write" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_without_a_source_and_credentials_a_bank_is_simulated_once(output: Path, tmp_path: Path) -> None:
    done = command("--customers", "1000", "--output", str(output), home=tmp_path)
    assert done.returncode == 0, done
    assert "no Kaggle credentials: source is simulate" in done.stdout
    assert "rows of 48 columns" in done.stdout
    assert "warning" not in done.stdout
    assert names(output) == ["source.json", "train_ver2.csv", "truth.parquet"]
    before = output.stat()
    again = command("--output", str(output), home=tmp_path)
    assert again.returncode == 0
    assert "exists already; --force replaces it" in again.stdout
    assert output.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("size", ["10", "2000000"])
def test_a_bank_of_impossible_size_is_reported(output: Path, tmp_path: Path, size: str) -> None:
    with pytest.raises(InputError, match="1,000 to 956,645"):
        bring("simulate", output, customers=int(size))
