"""A running page, a browser, and three files as clinicians have them."""

import csv
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from openpyxl import Workbook

flask = pytest.importorskip("flask")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running(where, *arguments):
    """Run the command, and give the address that it prints and its process."""
    command = [sys.executable, "-m", "cohortbook", "app", "--no-browser", *map(str, arguments)]
    with (
        (where / "errors.txt").open("w") as errors,
        subprocess.Popen(
            command, cwd=where, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as server,
    ):
        try:
            yield re.search(r"http\S+", server.stdout.readline())[0], server
        finally:
            server.kill()
    assert "Traceback" not in (where / "errors.txt").read_text()


@pytest.fixture
def serve(tmp_path):
    """Start the page in a folder of its own."""
    with running(tmp_path) as (address, _):
        yield address


@pytest.fixture(scope="module")
def chromium():
    if BROWSER is None:
        pytest.skip(f"no browser on PATH: {', '.join(NAMES)}")
    from playwright.sync_api import sync_playwright

    root = getattr(os, "geteuid", int)() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"] * root)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A page of the browser, which may complain of nothing and ask no other host."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints, asked = [], []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
    context.on("request", lambda request: asked.append(request.url))
    page.complaints = complaints
    yield page
    context.close()
    hosts = {re.match(r"(\w+)://([^:/]*)", url)[2] for url in asked if url.startswith("http")}
    assert hosts <= {"127.0.0.1", "localhost"}
    assert complaints == []


def patients(n=40):
    """Rows of a spreadsheet: a record number, a name, and what a study asks."""
    for i in range(n):
        yield {
            "Record": f"QX-{i:04}",
            "Name": f"Zxqvina Kaltbrunn{chr(97 + i % 26)}",
            "Sex": "FM"[i % 2],
            "Age (years)": 20 + i * 7 % 50,
            "Grade": ["mild", "severe", "moderate"][i % 3],
            "Response": ["R", "R", "NR"][i * 5 % 3] if i % 7 else "unk",
            "CRP": f"<0,3 {i}"[:4] if i % 9 == 0 else f"{i % 5},{i % 10}",
            "Relapse": "yes" if i * 3 % 8 < 3 else "no",
        }


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "source" / "visits of 2024.csv"
    path.parent.mkdir()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(next(patients())), delimiter=";")
        writer.writeheader()
        writer.writerows(patients())
    return path


@pytest.fixture
def xlsx_file(tmp_path):
    book = Workbook()
    notes, sheet = book.active, book.create_sheet("Patients")
    notes.title = "Read me"
    notes.append(["Exported for the study"])
    sheet.append(["Cohort of the unit"])
    sheet.append([])
    rows = list(patients())
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    path = tmp_path / "cohort.xlsx"
    book.save(path)
    return path


@pytest.fixture
def redcap_files(tmp_path):
    data, dictionary = tmp_path / "export.csv", tmp_path / "dictionary.csv"
    with data.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "age", "arm", "relapse", "form_complete"])
        writer.writerows([i + 1, 30 + i * 7 % 40, i % 3 + 1, int(i % 3 == 0), 2] for i in range(45))
    with dictionary.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Variable / Field Name", "Form Name", "Field Type", "Field Label",
             "Choices, Calculations, OR Slider Labels", "Identifier?"]
        )  # fmt: skip
        writer.writerow(["record_id", "form", "text", "Record", "", "y"])
        writer.writerow(["age", "form", "text", "Age", "", ""])
        writer.writerow(["arm", "form", "radio", "Arm", "1, Drug A | 2, Drug B | 3, Placebo", ""])
        writer.writerow(["relapse", "form", "yesno", "Relapse", "", ""])
    return data, dictionary
