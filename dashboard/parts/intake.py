"""Import by upload: the same command as on the command line, with its progress and its faults on the page."""

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.parts.table import show_table
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.commands.import_study import ImportReport, import_study
from db.importers.sources import Upload
from trial.errors import FaultyInput
from trial.roles import may

FILE_TYPES = ["xpt", "csv", "zip"]


def show_upload(view: View) -> None:
    """Show the upload of a study's export to those who may import; say who may to the others."""
    st.subheader(say("Import a study"), anchor=False)
    if not may(view.role, "import"):
        show_note(say("A data manager or an administrator may import; your role is {role}.", role=say(view.role)))
        return
    show_note(
        say("SDTM domains as XPT, CSV or zip. All or nothing: a fault leaves the record as it was. The same export again changes nothing.")
    )
    with st.form("import", border=False):
        code, files = st.columns([1, 3], gap="medium")
        study = code.text_input(say("Study code"), max_chars=40, key="import-code")
        protocol = code.file_uploader(say("Protocol file (optional)"), type=["toml"], key="import-protocol")
        uploads = files.file_uploader(say("Files of the export"), type=FILE_TYPES, accept_multiple_files=True, key="import-files")
        wanted = st.form_submit_button(say("Import"), type="primary")
    if wanted:
        _run(view, study, uploads, protocol)


def _run(view: View, study: str, uploads: list[UploadedFile], protocol: UploadedFile | None) -> None:
    """Import what was uploaded and say what came of it."""
    if not uploads or not study.strip():
        show_missing(say("Nothing was imported."), say("Give a study code and at least one file."))
        return
    bar = st.progress(0.0, text=say("Reading"))

    def progress(done: int, total: int, _label: str) -> None:
        bar.progress(min(done / max(total, 1), 1.0), text=say("{share}% done", share=round(100 * done / max(total, 1))))

    try:
        report = import_study(
            view.engine,
            view.actor,
            paths=[Upload(upload.name, upload.getvalue()) for upload in uploads],
            study_code=study.strip(),
            protocol=protocol.getvalue().decode("utf-8", "replace") if protocol else None,
            progress=progress,
        )
    except FaultyInput as error:
        bar.empty()
        _show_faults(error)
        return
    bar.empty()
    _show_report(report)


def _show_faults(error: FaultyInput) -> None:
    """Every fault at once: where, what, what to do."""
    show_answer(say("Refused: {n} faults. The record is as it was.", n=len(error.faults)), tone="stop")
    faults = [tuple(translate(words) for words in (fault.where, fault.what, fault.cure)) for fault in error.faults]
    frame = pd.DataFrame(faults, columns=["where", "what", "cure"], dtype="str")
    show_table(frame, key="import-faults", headings={"where": say("where"), "what": say("what is wrong"), "cure": say("what to do")})


def _show_report(report: ImportReport) -> None:
    """What came in, what was doubtful, what was not used."""
    if report.unchanged:
        show_answer(say("This very export is in the record already: nothing was changed."))
        return
    rows, issues = sum(report.rows.values()), sum(report.issues.values())
    show_answer(
        say("{study} is in: {rows} rows, {issues} problems noted", study=report.study, rows=f"{rows:,}", issues=f"{issues:,}"),
        [
            ", ".join(f"{domain} {count:,}" for domain, count in report.rows.items()),
            say("Not used: {list}", list=", ".join(name for name, _ in report.unused)) if report.unused else "",
            say("Choose it under Trial to see it."),
        ],
        tone="good",
    )
