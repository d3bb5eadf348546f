"""What each address of the page shows, and what each form does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import (
    Flask,
    Response,
    abort,
    g,
    redirect,
    render_template,
    request,
    send_file,
    send_from_directory,
)

from cohortbook.app import answers, tasks, view
from cohortbook.app.amending import AmendError
from cohortbook.app.desk import ChangedError, Desk, Upload, mark
from cohortbook.app.runner import Answer
from cohortbook.app.site import Site, guarded, refused, same
from cohortbook.cohort.problems import Code
from cohortbook.report.translations import translate, translations
from smallstats.storing import BusyError, reason

LARGEST_UPLOAD = 500_000_000
"""A larger file (bytes) is not taken."""

ENDINGS = (
    ".csv", ".txt", ".tsv", ".xlsx", ".xls", ".ods", ".dta", ".sav", ".sas7bdat", ".xpt",
)  # fmt: skip


def make_app(site: Site) -> Flask:
    """Make the application that serves a site."""
    app = Flask(__name__, static_folder="resources", static_url_path="/resources")
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_UPLOAD, MAX_FORM_MEMORY_SIZE=2_000_000)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(lambda: refused(site))
    app.after_request(guarded)
    app.context_processor(lambda: _shared(site))
    parts = (_add_start, _add_folders, _add_columns, _add_question)
    for add in (*parts, _add_results, _add_book, _add_whole):
        add(app, site)
    return app


def _shared(site: Site) -> dict[str, Any]:
    """Give what every template may use."""
    desk, language = site.desk, site.language()
    phrases = translations(language)

    def say(text: str, **filled: object) -> str:
        text = phrases.get(text, text)
        return text.format(**filled) if filled else text

    def tell(message: object) -> str:
        return "\n".join(translate(line, language) for line in str(message).split("\n"))

    desk.notice_changes()
    notices, desk.notices = desk.notices, []
    spec = view.spec_of(desk) if desk.is_open else None
    return {
        "say": say, "language": language, "desk": desk, "notices": notices, "spec": spec,
        "stamp": g.stamp, "kinds": view.KIND_WORDS, "unsettled": _unsettled(desk),
        "wrong": _wrong(site), "tell": tell,
        "in_words": lambda doubt: say("Withheld: line {n} of cohort.yml", n=doubt.line)
        if spec and spec.smallest_shown > 1
        else tell(doubt.text),
    }  # fmt: skip


def _unsettled(desk: Desk) -> int:
    return sum(view.doubtful(desk).values()) if desk.is_open else 0


def _wrong(site: Site) -> int:
    look = site.runner.last("look").value
    return len(look.problems) + look.more if site.desk.is_open and look else 0


def _add_start(app: Flask, site: Site) -> None:
    desk = site.desk

    @app.get("/")
    def first() -> Any:
        return redirect("/columns" if desk.is_open else "/file", 303)

    @app.get("/file")
    def file() -> Any:
        created = site.runner.last("create")
        if desk.upload and created.version == _mark_of(desk.upload) and not created.waiting:
            if not created.error and not created.value:
                return _opened(site, Path(desk.upload.file.parent / "folder").read_text("utf-8"))
            desk.notices.append(created.error or created.value)
            site.runner.forget()
        reading = _preview(site) if desk.upload else Answer()
        name = desk.upload.file.stem.replace("_", " ").strip() if desk.upload else ""
        return render_template(
            "file.html", reading=reading, upload=desk.upload, name=name, making=created.waiting,
            endings=",".join(ENDINGS), cohorts=[] if desk.folder else desk.cohorts(),
        )  # fmt: skip

    @app.post("/file")
    def choose_file() -> Any:
        chosen = [file for file in request.files.getlist("file") if file.filename]
        dictionary = request.files.get("dictionary")
        if any(not str(file.filename).casefold().endswith(ENDINGS) for file in chosen):
            desk.notices.append("This kind of file is not read.")
            return redirect("/file", 303)
        _take(desk, [desk.keep(str(file.filename), file.save, "data") for file in chosen])
        if desk.upload and dictionary and dictionary.filename:
            desk.upload.dictionary = desk.keep(dictionary.filename, dictionary.save, "words")
        if desk.upload and "without" in request.form:
            desk.upload.dictionary = None
        if desk.upload and "sheet" in request.form:
            desk.upload.sheet = request.form["sheet"]
        return redirect("/file", 303)


def _take(desk: Desk, files: list[Path]) -> None:
    """Take a file of patients, or one with its dictionary, whichever of the two it is."""
    explain = [file for file in files if tasks.is_dictionary(file)]
    patients = [file for file in files if file not in explain]
    if len(files) == 1:
        desk.upload = Upload(files[0])
        if explain:
            desk.notices.append("This file seems to say what columns mean: where are patients?")
    elif len(files) == 2 and len(patients) == 1:
        desk.upload = Upload(patients[0], explain[0])
    elif files:
        desk.notices.append("Choose one file of patients; its dictionary may come with it.")


def _add_folders(app: Flask, site: Site) -> None:
    desk = site.desk

    @app.post("/create")
    def create() -> Any:
        upload = desk.upload
        if not upload:
            return redirect("/file", 303)
        try:
            folder = desk.folder or desk.place(request.form.get("name", ""))
        except ValueError as error:
            desk.notices.append(f"Name of the folder: {error}")
            return redirect("/file", 303)
        (upload.file.parent / "folder").write_text(str(folder), "utf-8")
        desk.release()  # for the task, which writes the draft as the command does
        site.runner.ask(
            "create", _mark_of(upload), tasks.create, folder, upload.file, upload.dictionary,
            upload.sheet, request.form.get("outcome", ""), site.language(), again=True,
        )  # fmt: skip
        return redirect("/file", 303)

    @app.post("/open")
    def open_folder() -> Any:
        name = request.form.get("name", "")
        if name not in desk.cohorts():
            abort(404)
        return _opened(site, str(desk.root / name))

    @app.post("/close")
    def close_folder() -> Any:
        desk.stop_build()
        desk.release()
        desk.upload = None
        site.runner.forget()
        return redirect("/file", 303)


def _opened(site: Site, folder: str) -> Any:
    try:
        site.desk.hold(Path(folder))
    except (BusyError, OSError) as error:
        site.desk.notices.append(str(error))
        return redirect("/file", 303)
    site.desk.upload = None
    site.runner.forget()
    return redirect("/columns", 303)


def _mark_of(upload: Upload) -> str:
    return f"{upload.file} {upload.dictionary} {upload.sheet}"


def _preview(site: Site) -> Answer:
    upload = site.desk.upload
    assert upload
    arguments = upload.file, upload.dictionary, upload.sheet
    reading = site.runner.ask("preview", _mark_of(upload), tasks.preview, *arguments)
    return reading if reading.version == _mark_of(upload) else Answer(waiting=True)


def _written(site: Site, change: Callable[[str], str], about: tuple[str, ...] = ()) -> int:
    """Write an answer; return the status of the reply, and say what became of it."""
    desk = site.desk
    try:
        if desk.write(change, about, request.form.get("seen", "")):
            desk.notices.append("Saved in cohort.yml.")
    except ChangedError:
        given = [v for k, v in request.form.items() if k not in ("seen", "do") and v]
        refusal = (
            "Not saved: this was changed elsewhere since the page was shown. Your answer was: "
        )
        desk.notices.append(refusal + "; ".join(given)[:300])
        return 409
    except (AmendError, ValueError) as error:
        desk.notices.append(f"Not saved: {error}.")
        return 422
    except OSError as error:
        desk.notices.append(f"Not saved: {reason(error)}.")
        return 500
    return 200


def _needs_folder(site: Site) -> None:
    if not site.desk.is_open:
        abort(redirect("/file", 303))


def _add_columns(app: Flask, site: Site) -> None:
    desk = site.desk

    @app.get("/columns")
    def columns() -> Any:
        return _columns_page(site)

    @app.post("/columns")
    def answer_general() -> Any:
        _needs_folder(site)
        if request.form.get("do") == "settle":
            settled = {*request.form.getlist("doubt")}  # others may have come since
            lines = {d.line for d in view.general_doubts(desk) if f"{d.line} {d.text}" in settled}
            _written(site, lambda text: answers.settle_lines(text, lines))
        else:
            _written(site, lambda text: answers.ask_rows(text, request.form))
        return redirect("/columns", 303)

    @app.get("/columns/<name>")
    def column(name: str) -> Any:
        return _column_page(site, name)

    @app.post("/columns/<name>")
    def answer_column(name: str) -> Any:
        _needs_folder(site)
        act = request.form.get("do", "")
        values = view.counts_of(desk, name, site.look().value)
        status = _written(
            site, lambda text: answers.answer(text, name, request.form, values),
            ("variables", name),
        )  # fmt: skip
        if status != 200:
            return _column_page(site, name), status
        if act == "settle":
            return redirect(_next_doubtful(desk, name), 303)
        return redirect(f"/columns/{name}", 303)


def _columns_page(site: Site) -> str:
    _needs_folder(site)
    look = site.look()
    spec = view.spec_of(site.desk)
    problems = view.problem_links(spec, look.value.problems) if spec and look.value else []
    return render_template(
        "columns.html", look=look, doubtful=view.doubtful(site.desk),
        general=view.general_doubts(site.desk), problems=problems,
    )  # fmt: skip


def _column_page(site: Site, name: str) -> str:
    _needs_folder(site)
    spec, look = view.spec_of(site.desk), site.look()
    if not spec or name not in spec.variables:
        abort(404)
    names = list(spec.variables)
    at = names.index(name)
    linked = view.problem_links(spec, look.value.problems) if look.value else []
    return render_template(
        "column.html", name=name, page=view.variable_page(site.desk, spec, name, look.value),
        look=look, alone=view.items_alone(spec, name),
        before=names[at - 1] if at else "", after=(*names[at + 1 :], "")[0],
        profile=(look.value.profile if look.value else {}).get(name),
        problems=[p for p in linked if p["variable"] == name], at=at + 1, of=len(names),
    )  # fmt: skip


def _next_doubtful(desk: Desk, name: str) -> str:
    """Give the page of the next variable with a doubt; the list, if there is none."""
    spec = view.spec_of(desk)
    names, open_ones = list(spec.variables) if spec else [], view.doubtful(desk)
    at = names.index(name) + 1 if name in names else 0
    following = [each for each in (*names[at:], *names[:at]) if each in open_ones]
    return f"/columns/{following[0]}" if following else "/columns"


def _add_question(app: Flask, site: Site) -> None:
    @app.get("/question")
    def question() -> Any:
        return _question_page(site)

    @app.post("/question")
    def answer_question() -> Any:
        _needs_folder(site)
        lists = {"candidates": request.form.getlist("candidates")}
        status = _written(site, lambda text: answers.ask(text, request.form, lists), ("analysis",))
        return redirect("/question", 303) if status == 200 else (_question_page(site), status)


def _question_page(site: Site) -> str:
    _needs_folder(site)
    look, spec = site.look(), view.spec_of(site.desk)
    if not spec:
        abort(redirect("/check", 303))
    sides = view.sizes(spec, look.value)
    return render_template(
        "question.html", look=look, choices=view.choices(spec), sides=sides,
        most=view.most_candidates(sides), mark=mark(site.desk.text(), ("analysis",)),
    )  # fmt: skip


def _add_results(app: Flask, site: Site) -> None:
    desk = site.desk

    @app.get("/check")
    def check() -> Any:
        _needs_folder(site)
        look, spec = site.look(), view.spec_of(desk)
        tried = Answer()
        if look.value and not look.value.problems and not look.waiting:
            tried = site.runner.ask("rehearsal", desk.version(), tasks.rehearsed, desk.spec)
        problems = (look.value.problems if look.value else []) or tried.value or []
        linked = view.problem_links(spec, problems) if spec else problems
        warned = view.warnings(desk, spec, look.value) if spec else []
        return render_template(
            "check.html", look=look, tried=tried, problems=linked, warned=warned, Code=Code
        )  # fmt: skip

    @app.post("/check")
    def repair() -> Any:
        _needs_folder(site)
        if request.form.get("do") == "known":
            _written(site, lambda text: answers.leave_out_unknown(text, "Outcome known"))
        elif request.form.get("do") == "correct":
            _written(site, lambda text: answers.correct(text, request.form))
        return redirect("/check", 303)

    @app.get("/tables")
    def tables_page() -> Any:
        _needs_folder(site)
        made = site.runner.ask("tables", desk.version(), tasks.tables, desk.spec)
        current = made.version == desk.version()  # else it may show what is now withheld
        return render_template("tables.html", made=made if current else Answer(waiting=True))

    @app.get("/download/<name>")
    def download(name: str) -> Any:
        _needs_folder(site)
        last = site.runner.last("tables")
        if last.version != desk.version():
            return redirect("/tables", 303)
        made, folder = last.value, desk.spec.parent / "tables"
        if not made or name not in (*made.files, "tables.zip"):
            abort(404)
        if name == "tables.zip":
            files = [each for each in made.files if each.endswith(".csv")]
            return _zipped(folder, files)
        as_file = not name.endswith(".svg")
        return send_from_directory(folder.resolve(), name, as_attachment=as_file)


def _zipped(folder: Path, names: list[str]) -> Response:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, (folder / name).read_bytes())
    held.seek(0)
    return send_file(held, "application/zip", as_attachment=True, download_name="tables.zip")


def _add_book(app: Flask, site: Site) -> None:
    desk = site.desk

    @app.get("/book")
    def book() -> Any:
        _needs_folder(site)
        index = desk.book / "index.html"
        there, spec = index.is_file(), view.spec_of(desk)
        old = there and index.stat().st_mtime < desk.spec.stat().st_mtime
        if old and spec and spec.smallest_shown > 1:
            there = False  # it may show what is now withheld
        address = f"http://localhost:{site.port}/read/{site.book_key}/index.html"
        running = desk.build is not None and desk.build.status is None
        return render_template(
            "book.html", build=desk.build, there=there and not running, old=old,
            address=address, chapters=desk.chapters(), running=running,
        )  # fmt: skip

    @app.post("/book")
    def build() -> Any:
        _needs_folder(site)
        if request.form.get("do") == "stop":
            desk.stop_build()
        else:
            desk.start_build()
        return redirect("/book", 303)

    @app.get("/read/<key>/<path:name>")
    def book_page(key: str, name: str) -> Any:
        if not desk.is_open or not same(key, site.book_key):
            abort(404)
        return send_from_directory(desk.book.resolve(), name)


def _add_whole(app: Flask, site: Site) -> None:
    desk = site.desk

    @app.get("/state")
    def state() -> Any:
        if desk.is_open:
            site.look()
        return {"stamp": site.stamp()}

    @app.post("/undo")
    def undo() -> Any:
        _needs_folder(site)
        notice = "Taken back." if desk.undo() else "There is nothing to take back."
        desk.notices.append(notice)
        back = request.form.get("back", "/columns")
        return redirect(back if back.startswith("/") and back[1:2] not in "/\\" else "/", 303)

    @app.post("/stop")
    def stop() -> Any:
        site.stopped = True
        site.stop()
        return render_template("stopped.html")

    @app.errorhandler(403)
    @app.errorhandler(404)
    @app.errorhandler(405)
    @app.errorhandler(413)
    @app.errorhandler(500)
    def refuse(error: Any) -> Any:
        messages = {404: "There is no such page.", 413: "The file is too large."}
        messages[500] = "This page has an error, which the terminal shows. cohort.yml is as it was."
        return Response(messages.get(error.code, "Not allowed."), error.code, mimetype="text/plain")
