"""Who is answered, and with what: without a browser."""

import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from urllib.parse import quote, urlencode, urlsplit

import pytest

from cohortbook.app.amending import amend, read
from cohortbook.cli import main
from cohortbook.example import example_cohort

from .conftest import running

ANSWER = {"do": "save", "label": "Women"}


class Visitor:
    """Asks the page as a program may: with any header and any cookie."""

    def __init__(self, address):
        parts = urlsplit(address)
        self.host, self.token = parts.netloc, parts.query.removeprefix("token=")
        self.port = parts.port
        self.cookie = f"cohortbook-{self.port}={self.token}"
        self.origin = f"http://{self.host}"

    def ask(self, path, form=None, method=None, **headers):
        headers = {"Host": self.host, "Cookie": self.cookie, "Origin": self.origin} | {
            name.title(): value for name, value in headers.items()
        }
        body = None
        if form is not None:
            body = form if isinstance(form, bytes) else urlencode(form)
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        method = method or ("POST" if form is not None else "GET")
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None:
            body = body if isinstance(body, bytes) else body.encode()
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        reply = connection.getresponse()
        text = reply.read().decode("utf-8", "replace")
        connection.close()
        return reply.status, text, dict(reply.getheaders())

    def wait(self, path, words, seconds=90):
        """Ask again until a page has some words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.ask(path)[1]
            if words in text:
                return text
            time.sleep(0.2)
        raise AssertionError(f"{words!r} is not on {path}: {text}")


@pytest.fixture
def cohort(tmp_path):
    shutil.copytree(example_cohort(), tmp_path / "knee", ignore=shutil.ignore_patterns("__*"))
    return tmp_path / "knee"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A page that tests only look at."""
    where = tmp_path_factory.mktemp("shared")
    shutil.copytree(example_cohort(), where / "knee", ignore=shutil.ignore_patterns("__*"))
    with running(where, where / "knee") as (address, _):
        visitor = Visitor(address)
        visitor.wait("/tables", "jdm-table")
        html = where / "knee" / "book" / "_build" / "html"
        html.mkdir(parents=True)
        (html / "index.html").write_text("the book")
        yield visitor


@pytest.fixture
def visitor(tmp_path, cohort):
    with running(tmp_path, cohort) as (address, _):
        yield Visitor(address)


def test_the_page_is_of_this_machine_alone(shared):
    with pytest.raises(OSError):  # any other address of the machine
        http.client.HTTPConnection("127.0.0.2", shared.port, timeout=2).request("GET", "/")
    status, _, headers = shared.ask(f"/?token={shared.token}", cookie=None)
    assert status == 303
    assert {"HttpOnly", "SameSite=Strict"} <= set(headers["Set-Cookie"].split("; "))


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": None},
        {"cookie": "cohortbook=x"},
        {"host": "evil.example"},
        {"host": "localhost.evil.example"},
        {"host": ""},
    ],
    ids=lambda told: json.dumps(told),
)
@pytest.mark.parametrize("path", ["/", "/columns", "/state", "/resources/app.js", "/?token=x"])
def test_who_has_no_token_or_another_host_gets_nothing(shared, path, headers):
    status, text, _ = shared.ask(path, **headers)
    assert status in (400, 403) and "Female" not in text and len(text) < 300


def test_a_wrong_token_opens_nothing_and_is_no_cookie(shared):
    wrong = shared.token[:-1] + ("a" if shared.token[-1] != "a" else "b")
    status, _, headers = shared.ask(f"/?token={wrong}")
    assert status == 403 and "Set-Cookie" not in headers
    wrong = f"cohortbook-{shared.port}={wrong}"
    assert shared.ask("/columns", cookie=wrong)[0] == 403


def test_a_form_of_another_origin_changes_nothing(visitor, cohort):
    before = (cohort / "cohort.yml").read_bytes()
    others = [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://localhost"]
    for origin in [*others, f"http://localhost:{visitor.port}"]:
        for path in ("/columns/female", "/undo", "/stop", "/book", "/close", "/create"):
            assert visitor.ask(path, ANSWER, origin=origin)[0] == 403
    assert (cohort / "cohort.yml").read_bytes() == before
    assert visitor.ask("/columns")[0] == 200
    assert visitor.ask("/columns/female", ANSWER)[0] == 303
    assert (cohort / "cohort.yml").read_bytes() != before


@pytest.mark.parametrize(
    "name",
    ["../cohort.yml", "..%2fcohort.yml", "%2e%2e/cohort.yml", "/etc/passwd", "cohort.yml",
     "....//cohort.yml", "..\\cohort.yml", "%00", "tables.docx/../../cohort.yml", ".made.json"],
)  # fmt: skip
def test_a_path_leads_to_no_other_file(shared, name):
    key = re.search(r"/read/([\w-]+)/", shared.ask("/book")[1])[1]
    here = f"localhost:{shared.port}"
    assert shared.ask(f"/read/{key}/index.html", host=here, cookie=None)[1] == "the book"
    for path, host in [
        (f"/download/{name}", shared.host),
        (f"/resources/{name}", shared.host),
        (f"/read/{key}/{name}", here),
    ]:
        status, text, _ = shared.ask(path, host=host)
        assert status in (308, 400, 403, 404) and "variables" not in text, path


def test_the_book_is_under_an_origin_that_cannot_reach_the_page(shared):
    key = re.search(r"/read/([\w-]+)/", shared.ask("/book")[1])[1]
    here = f"localhost:{shared.port}"
    assert shared.ask(f"/read/{key}/index.html")[0] == 403  # not under the page's own
    assert shared.ask("/read/x/index.html", host=here)[0] == 404
    for path in ("/", "/columns", "/state"):
        assert shared.ask(path, host=here)[0] == 403
    policy = shared.ask(f"/read/{key}/index.html", host=here)[2]["Content-Security-Policy"]
    assert "127.0.0.1" not in policy and policy.startswith("default-src 'self'")


def test_every_reply_forbids_other_hosts_and_frames(shared):
    for path in ("/columns", "/resources/app.js", "/nothing", "/state"):
        policy = shared.ask(path)[2]["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
    assert shared.ask("/columns", method="PUT")[0] in (403, 405)
    assert shared.ask("/columns", method="OPTIONS", origin="http://evil.example")[0] == 405


def create(visitor, name, outcome="", **headers):
    """Make the folder of what was uploaded, and wait until it is open."""
    visitor.wait("/file", 'id="create"')
    visitor.ask("/create", {"name": name, "outcome": outcome}, **headers)
    end = time.monotonic() + 30
    while visitor.ask("/file")[0] != 303:
        assert time.monotonic() < end
        time.sleep(0.1)


def upload(visitor, name, content, field="file"):
    return together(visitor, {name: content}, field)


def together(visitor, files, field="file"):
    mark, body = "x" * 20, b""
    for name, content in files.items():
        about = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
        body += f"--{mark}\r\n{about}\r\n\r\n".encode() + content + b"\r\n"
    body += f"--{mark}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return visitor.ask("/file", body, **kind)


def test_an_uploaded_file_keeps_its_name_and_no_path(serve, tmp_path):
    visitor = Visitor(serve)
    for name in ("../../../x.csv", "C:\\\\x\\\\..\\\\x.csv", "/tmp/x.csv"):
        assert upload(visitor, name, b"id,age\n1,3\n2,4\n3,5\n")[0] == 303
        assert ">x.csv</h1>" in visitor.wait("/file", 'id="create"')
    for folder in ("../up", "a/b", ".git", "", "a\nb", "..", "/tmp/up"):
        visitor.ask("/create", {"name": folder, "outcome": ""})
        assert "Name of the folder" in visitor.ask("/file")[1]
    create(visitor, "Ours 1")
    assert [path.name for path in (tmp_path / "Ours 1" / "raw").glob("*.csv")] == ["x.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["Ours 1", "errors.txt"]


@pytest.mark.parametrize(("language", "line"), [("pt-BR,pt;q=0.9", "language: pt\n"), ("de", "")])
def test_a_new_cohort_has_the_name_and_the_language_of_who_made_it(serve, tmp_path, language, line):
    visitor = Visitor(serve)
    upload(visitor, "x.csv", b"id,age\n1,3\n2,4\n3,5\n")
    visitor.wait("/file", 'id="create"')
    visitor.ask("/create", {"name": "Lupus 2024"}, **{"Accept-Language": language})
    end = time.monotonic() + 30
    while visitor.ask("/file")[0] != 303:
        assert time.monotonic() < end
        time.sleep(0.1)
    text = (tmp_path / "Lupus 2024" / "cohort.yml").read_text("utf-8")
    assert f"title: Lupus 2024\n{line}\n" in text


@pytest.mark.parametrize(
    ("language", "doubt", "warning", "refused"),
    [
        ("pt", "parece um nome: os valores", "um grupo de só ", "Não foi salvo: são dois"),
        ("es", "parece un nombre: sus valores", "un grupo de solo ", "No se guardó: son dos"),
    ],
)
def test_doubts_warnings_and_refusals_speak_the_language_of_the_page(
    serve, tmp_path, language, doubt, warning, refused
):
    """What stands in cohort.yml is the draft's own English."""
    visitor = Visitor(serve)
    names = (f"Ana {letter}lo" for letter in "BCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄ")
    rows = [
        f"{i},{name},{'UVW'[i % 9 // 3]},{30 + i},{'yn'[i % 3 > 0]}" for i, name in enumerate(names)
    ]
    upload(visitor, "a.csv", "\n".join(["id,Name,Ward,Age,Died", *rows]).encode())
    create(visitor, "a", "Died", **{"Accept-Language": language})
    assert doubt in visitor.ask("/columns/name")[1]
    assert "# doubt: looks like a name: its values" in (tmp_path / "a" / "cohort.yml").read_text()
    assert warning in visitor.wait("/check", warning)
    assert refused in visitor.ask("/columns/age", {"do": "save", "low": "1", "high": "x"})[1]


def test_the_labels_of_a_draft_speak_its_language_and_those_of_the_file_stay(tmp_path):
    from cohortbook.app import tasks

    rows = "".join(f"{i},{'MF'[i % 2]},{'sn'[i % 2]},{i}\n" for i in range(20))
    (tmp_path / "x.csv").write_text(f"id,Sexo,Death,Weight\n{rows}", "utf-8")
    for language, label in {"pt": "Sexo feminino", "en": "Female sex"}.items():
        told = tasks.create(tmp_path / language, tmp_path / "x.csv", None, "", "", language)
        assert told == ""
        variables = read((tmp_path / language / "cohort.yml").read_text("utf-8"))["variables"]
        assert [each["label"] for each in variables.values()] == [label, "Death", "Weight"]


def test_the_sizes_of_the_outcome_are_of_patients_and_not_of_rows(tmp_path):
    from cohortbook.app import tasks

    (tmp_path / "x.csv").write_text("id,out\n1,no\n1,yes\n2,no\n2,no\n3,\n3,no\n4,yes\n", "utf-8")
    (tmp_path / "cohort.yml").write_text(
        "data: {file: x.csv}\nid: {column: id}\none_row: last\n"
        "variables:\n  out: {kind: binary, column: out}\nanalysis: {outcome: out}\n",
        "utf-8",
    )
    assert tasks.look(tmp_path / "cohort.yml").sizes == (2, 2)


def test_a_blank_is_asked_about_like_a_value(serve, tmp_path):
    visitor = Visitor(serve)
    rows = b"".join(b"%d,%s\n" % (i, b"x" if i % 3 else b"") for i in range(30))
    upload(visitor, "x.csv", b"id,Dialysis\n" + rows)
    create(visitor, "x")
    assert "10 cells are blank" in visitor.wait("/columns/dialysis", "Rows")
    of_x = {"value-0": "x", "meant-0": "yes", "means-0": "yes"}
    of_blank = {"value-1": "", "meant-1": "missing", "means-1": "no"}
    visitor.ask("/columns/dialysis", {"do": "save", **of_x, **of_blank})
    text = visitor.wait("/columns/dialysis", 'id="means-1"')
    assert re.search(r'blank</th><td class="n">10</td>', text)
    assert "no 10" in visitor.wait("/columns", "no 10")


def test_a_list_is_in_the_tables_once_its_items_are_yes_or_no(serve, tmp_path):
    visitor = Visitor(serve)
    rows = "".join(f"{i},{['III+V', 'IV', 'V', 'IV+V'][i % 4]},{'yn'[i % 2]}\n" for i in range(30))
    upload(visitor, "x.csv", f"id,Class,Died\n{rows}".encode())
    create(visitor, "x", "Died")
    name = re.search(r"/columns/(\w*class\w*)", visitor.ask("/columns")[1])[1]
    assert "in no table" in visitor.ask(f"/columns/{name}")[1]
    visitor.ask(f"/columns/{name}", {"do": "items"})
    assert "in no table" not in visitor.ask(f"/columns/{name}")[1]
    assert "Class: IV" in visitor.wait("/tables", "jdm-table")


def test_the_doubts_about_the_file_are_settled_together(visitor, cohort):
    spec = cohort / "cohort.yml"
    text = spec.read_text("utf-8")
    spec.write_text(text.replace("data:", "# doubt: one\n# doubt: two\ndata:"), "utf-8")
    shown = re.findall(r'name="doubt" value="([^"]*)"', visitor.ask("/columns")[1])
    assert len(shown) == 4 and len(set(shown)) == 2
    visitor.ask("/columns", {"do": "settle", "doubt": shown[0].replace("one", "other")})
    assert "# doubt: one" in spec.read_text("utf-8")
    visitor.ask(
        "/columns", urlencode([("do", "settle"), *(("doubt", told) for told in shown)]).encode()
    )
    assert spec.read_text("utf-8") == text


def test_a_file_is_read_without_a_dictionary_that_is_none(serve):
    visitor = Visitor(serve)
    upload(visitor, "x.csv", b"id,age\n1,3\n2,4\n3,5\n")
    upload(visitor, "words.csv", b"no\n1\n", "dictionary")
    assert "Read it without words.csv" in visitor.wait("/file", 'id="without"')
    visitor.ask("/file", {"without": "dictionary"})
    visitor.wait("/file", 'id="create"')


@pytest.mark.parametrize("first", ["file", "dictionary"])
def test_a_file_and_its_dictionary_are_taken_together(serve, redcap_files, first):
    visitor = Visitor(serve)
    files = {path.name: path.read_bytes() for path in redcap_files[:: 1 if first == "file" else -1]}
    together(visitor, files)
    text = visitor.wait("/file", 'id="create"')
    assert "What the columns mean is read from dictionary.csv." in text and "export.csv" in text
    assert '<option value="relapse">Relapse (15 of 45)</option>' in text
    assert "Arm: Placebo</option>" in text


def test_files_that_are_no_such_pair_are_said(serve, redcap_files):
    visitor = Visitor(serve)
    patients, dictionary = (path.read_bytes() for path in redcap_files)
    together(visitor, {"a.csv": patients, "b.csv": patients})
    text = visitor.ask("/file")[1]
    assert "Choose one file of patients" in text and 'id="upload"' in text
    together(visitor, {"words.csv": dictionary})
    assert "where are patients?" in visitor.ask("/file")[1]


def test_an_upload_is_bounded_and_of_a_known_kind(serve):
    visitor = Visitor(serve)
    kind = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "600000000"}
    assert visitor.ask("/file", method="POST", **kind)[0] == 413
    upload(visitor, "x.exe", b"MZ")
    assert "This kind of file is not read." in visitor.ask("/file")[1]


def test_nothing_is_shown_of_identifiers(serve, csv_file):
    visitor = Visitor(serve)
    upload(visitor, csv_file.name, csv_file.read_bytes())
    pages = [visitor.wait("/file", 'id="create"')]
    create(visitor, "ours", "Relapse")
    pages += [visitor.wait("/columns", "median"), visitor.wait("/tables", "jdm-table")]
    paths = ["/columns/name", "/columns/age_years", "/columns/crp", "/question", "/check", "/file"]
    pages += [visitor.ask(path)[1] for path in paths]
    for text in pages:
        assert "Zxqvina" not in text and "QX-0" not in text
    assert "shown nowhere" in pages[3]


def test_small_counts_are_withheld_on_every_page(visitor, cohort):
    visitor.wait("/columns", "median")
    assert "× " in visitor.wait("/columns/age", "Values in the file")
    visitor.ask("/question", {"suppress_below": "5", "outcome": "revision", "do": "save"})
    assert read((cohort / "cohort.yml").read_text("utf-8"))["suppress_below"] == "5"
    tables = visitor.wait("/tables", "jdm-table")
    assert "Counts below 5 are withheld" in tables
    for path in ("/columns", "/columns/age", "/columns/fixation", "/question"):
        text = visitor.ask(path)[1]
        assert "Counts below 5 are withheld" in text
        assert "× " not in text and "median" not in text and "patients with it" not in text


def test_what_is_withheld_since_is_on_no_page_of_before(visitor, cohort):
    spec = cohort / "cohort.yml"
    text = spec.read_text("utf-8").replace("  fixation:", "  # doubt: 'Q' (17 rows)\n  fixation:")
    spec.write_text(text, "utf-8")
    html = cohort / "book" / "_build" / "html"
    html.mkdir(parents=True)
    (html / "index.html").write_text("the book")
    visitor.wait("/tables", "jdm-table")
    assert "(17 rows)" in visitor.ask("/columns/fixation")[1]
    assert "a group of 3" in visitor.wait("/check", "To look at: right or not?")
    assert visitor.ask("/download/comparison.csv")[0] == 200
    spec.write_text(f"suppress_below: 5\n{spec.read_text('utf-8')}", "utf-8")
    assert "jdm-table" not in visitor.ask("/tables")[1]
    assert visitor.ask("/download/comparison.csv")[0] == 303
    for path in ("/columns", "/columns/fixation", "/check"):
        text = visitor.ask(path)[1]
        assert "(17 rows)" not in text and "a group of" not in text
    assert "line" in visitor.ask("/columns/fixation")[1]
    assert 'id="open"' not in visitor.ask("/book")[1]
    visitor.wait("/tables", "jdm-table")
    assert visitor.ask("/download/comparison.csv")[0] == 200


def test_a_column_that_is_hidden_now_is_shown_from_no_reading_of_before(cohort):
    from cohortbook.app import tasks, view
    from cohortbook.app.desk import Desk

    spec = cohort / "cohort.yml"
    spec.write_text(spec.read_text("utf-8").replace("[18, 100]", "[18, 60]"), "utf-8")
    look = tasks.look(spec)
    desk = Desk(cohort.parent)
    desk.hold(cohort)
    told = next(row for row in look.problems if row["value"])
    name = next(n for n, v in view.spec_of(desk).variables.items() if v.heading == told["column"])
    assert view.problem_links(view.spec_of(desk), [told])[0]["value"] == told["value"]
    desk.write(lambda text: amend(text, ("variables", name), {"identifier": "true"}))
    assert view.problem_links(view.spec_of(desk), [told])[0]["value"] == "(hidden)"
    old = tasks.Look(warnings=[(told["column"], "far from the others: 9 (row 3)")])
    assert view.warnings(desk, view.spec_of(desk), old) == []
    desk.close()


def test_an_answer_to_a_page_that_is_old_is_refused_and_repeated(visitor, cohort):
    spec = cohort / "cohort.yml"
    seen = re.search(r'name="seen" value="(\w+)"', visitor.ask("/columns/female")[1])[1]
    spec.write_text(spec.read_text("utf-8").replace("Female sex", "Of female sex"), "utf-8")
    changed = spec.read_bytes()
    status, text, _ = visitor.ask("/columns/female", ANSWER | {"seen": seen})
    assert status == 409 and "Your answer was: Women" in text and "Of female sex" in text
    assert "changed outside" in text and spec.read_bytes() == changed
    other = re.search(r'name="seen" value="(\w+)"', visitor.ask("/columns/age")[1])[1]
    assert visitor.ask("/columns/age", {"do": "save", "label": "Age!", "seen": other})[0] == 303
    assert "Of female sex" in spec.read_text("utf-8")  # what was written outside stays


def test_undo_takes_back_what_was_answered_and_nothing_written_outside(visitor, cohort):
    spec = cohort / "cohort.yml"
    before = spec.read_bytes()
    visitor.ask("/columns/female", ANSWER)
    visitor.ask("/columns/age", {"do": "kind:text"})
    visitor.ask("/undo", {})
    visitor.ask("/undo", {})
    assert spec.read_bytes() == before
    visitor.ask("/columns/female", ANSWER)
    spec.write_bytes(spec.read_bytes() + b"# mine\n")
    visitor.ask("/undo", {})
    assert spec.read_bytes().endswith(b"# mine\n") and b"Women" in spec.read_bytes()


def test_a_broken_cohort_yml_is_said_and_stays(visitor, cohort):
    spec = cohort / "cohort.yml"
    spec.write_text("a: [\n", "utf-8")
    assert "not YAML" in visitor.wait("/check", "not YAML")
    for path in ("/columns", "/tables", "/book", "/file"):
        assert visitor.ask(path)[0] == 200
    assert visitor.ask("/columns", {"do": "rows", "one_row": "first"})[0] == 303
    assert spec.read_text("utf-8") == "a: [\n"


def test_a_second_page_of_a_folder_is_refused(tmp_path, cohort):
    with running(tmp_path, cohort) as (address, _):
        command = [sys.executable, "-m", "cohortbook", "app", "--no-browser", str(cohort)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert second.returncode == 2 and "another run is writing here" in second.stderr
        assert Visitor(address).ask("/columns")[0] == 200
    with running(tmp_path, cohort) as (address, _):
        assert Visitor(address).ask("/columns")[0] == 200


@pytest.mark.parametrize("way", ["button", "interrupt"])
def test_it_stops_by_its_button_and_by_ctrl_c(tmp_path, cohort, way):
    with running(tmp_path, cohort) as (address, server):
        visitor = Visitor(address)
        visitor.wait("/columns", "median")
        if way == "button":
            assert "Stopped" in visitor.ask("/stop", {})[1]
        else:
            server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    assert "KeyboardInterrupt" not in (tmp_path / "errors.txt").read_text()


def test_a_kill_amid_answers_leaves_a_whole_file(tmp_path, cohort):
    spec, rng = cohort / "cohort.yml", random.Random(1)
    for _ in range(3):
        with running(tmp_path, cohort) as (address, server):
            visitor = Visitor(address)
            visitor.ask("/columns")
            pid = os.fork()
            if pid == 0:  # another process answers without end
                for i in range(10_000):
                    try:
                        visitor.ask("/columns/female", {"do": "save", "label": f"F{i} " * 50})
                    except OSError:
                        break
                os._exit(0)
            time.sleep(rng.uniform(0.2, 0.8))
            server.kill()
            os.waitpid(pid, 0)
        text = spec.read_text("utf-8")
        assert len(read(text)["variables"]) == 9 and text.endswith("event: revision\n")
        assert len({*read(text)["variables"]["female"]["label"].split()}) <= 2


def test_the_page_speaks_the_language_of_the_cohort(visitor):
    words = {"pt": ["Colunas", "Rótulo nas tabelas"], "es": ["Columnas", "Etiqueta en las tablas"]}
    assert "Columns" in visitor.ask("/columns", **{"Accept-Language": "pt"})[1]
    for language, told in words.items():
        visitor.ask("/question", {"language": language})
        text = visitor.ask("/columns")[1]
        assert f'<html lang="{language}">' in text
        assert all(word in text for word in told) and "Label in" not in text


def test_every_phrase_of_the_page_is_translated():
    from cohortbook.app import view
    from cohortbook.app.server import __file__ as server
    from cohortbook.report.translations import translations

    folder = os.path.dirname(server)
    phrases = set(view.KIND_WORDS.values())
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".html", ".py")):
                with open(os.path.join(root, name), encoding="utf-8") as file:
                    text = file.read()
                phrases |= set(re.findall(r"say\('((?:[^'\\]|\\.)*)'", text))
                phrases |= set(re.findall(r'notices\.append\("([^"]*)"\)', text))
    assert len(phrases) > 150
    for language in ("pt", "es"):
        assert phrases - set(translations(language)) == set()


def test_without_flask_one_sentence_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "flask", None)
    for name in [name for name in sys.modules if name.startswith("cohortbook.app")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["app", "--no-browser"]) == 2
    assert capsys.readouterr().err == (
        "the page in the browser needs Flask: pip install 'cohortbook[app]'\n"
    )


def test_hostile_headings_and_cells_are_text(serve):
    visitor = Visitor(serve)
    markup = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
    heading = f'"{markup.replace(chr(34), chr(34) * 2)}"'
    rows = [f"{i},{'a' if i % 2 else heading},{i % 3}" for i in range(30)]
    upload(visitor, "x.csv", "\n".join([f"id,{heading},n", *rows]).encode())
    pages = [visitor.wait("/file", 'id="create"')]
    create(visitor, "x")
    visitor.wait("/columns", "<td")
    pages.append(visitor.ask("/columns")[1])
    for path in set(re.findall(r'href="(/columns/[^"]+)"', pages[-1])):
        pages.append(visitor.ask(path)[1])
    pages += [visitor.ask(path)[1] for path in ("/question", "/check")]
    pages.append(visitor.wait("/tables", "jdm-table"))
    assert len(pages) > 5
    for text in pages:
        assert not re.search('<img (?!src="data:)', text) and "49" not in re.findall(
            r"onerror\S*", text
        )
        scripts = re.findall(r"<script[^>]*>", text)
        assert scripts == ['<script src="/resources/app.js" defer>']


def test_a_column_named_like_a_path_has_its_page(serve, tmp_path):
    visitor = Visitor(serve)
    upload(visitor, "x.csv", b"id,a/../b,c?d#e\n" + b"".join(b"%d,x,y\n" % i for i in range(9)))
    create(visitor, "x")
    text = visitor.wait("/columns", "Told apart by")
    paths = re.findall(r'href="(/columns/[^"]+)"', text)
    assert len(set(paths)) == 2
    assert all(visitor.ask(quote(path, safe="/%"))[0] == 200 for path in paths)
