"""Import by upload: the same import as on the command line, in a process of its own, with its progress and its faults on the page."""

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.access import demo_allows_real_data
from dashboard.parts.shield import shield
from dashboard.parts.table import show_table
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import current_language, say, translate, use_language
from dashboard.view import View
from db.commands.import_study import ImportReport
from db.importers.confined import ConfinedImport, order_import
from db.importers.sources import Upload
from trial.errors import FaultyInput
from trial.roles import may

FILE_TYPES = ["xpt", "csv", "zip"]
JOB = "import_job"
"""Where this reader's session keeps the import that runs; it goes on when the reader looks at another page."""
OUTCOME = "import_outcome"
"""Where it keeps what came of the last one."""
SECONDS = 1.0
"""Between two looks at a running import."""


def show_upload(view: View) -> None:
    """Show the upload of a study's export to those who may import; say who may to the others."""
    st.subheader(say("Import a study"), anchor=False)
    if not may(view.role, "import"):
        show_note(say("A data manager or an administrator may import; your role is {role}.", role=say(view.role)))
        return
    if view.demonstration and not demo_allows_real_data():
        show_missing(
            say("Nothing is imported in the demonstration, where nobody signs in."),
            say("Configure sign-in (README, Signing in), or import on the command line: python -m db import"),
        )
        return
    if JOB in st.session_state:
        _follow(st.session_state[JOB])
        return
    show_note(
        say("SDTM domains as XPT, CSV or zip. All or nothing: a fault leaves the record as it was. The same export again changes nothing.")
    )
    outcome = st.session_state.get(OUTCOME)
    if isinstance(outcome, FaultyInput):
        _show_faults(outcome)
    elif isinstance(outcome, ImportReport):
        _show_report(outcome)
    _show_form(view)


def _show_form(view: View) -> None:
    """The form; sent, it starts an import."""
    with st.form("import", border=False):
        code, files = st.columns([1, 3], gap="medium")
        study = code.text_input(say("Study code"), max_chars=40, key="import-code", persist_state="session")
        entry = code.text_input(
            say("Column with the time of entry (optional)"),
            max_chars=40,
            key="import-entry",
            placeholder="--ENTDTC",
            persist_state="session",
        )
        protocol = code.file_uploader(say("Protocol file (optional)"), type=["toml"], key="import-protocol")
        uploads = files.file_uploader(say("Files of the export"), type=FILE_TYPES, accept_multiple_files=True, key="import-files")
        wanted = st.form_submit_button(say("Import"), type="primary")
    if not wanted:
        return
    st.session_state.pop(OUTCOME, None)
    if not uploads or not study.strip():
        show_missing(say("Nothing was imported."), say("Give a study code and at least one file."))
        return
    try:
        st.session_state[JOB] = _start(view, study.strip(), entry.strip() or None, uploads, protocol)
    except FaultyInput as error:
        st.session_state[OUTCOME] = error
    st.rerun()


def _start(view: View, study: str, entry: str | None, uploads: list[UploadedFile], protocol: UploadedFile | None) -> ConfinedImport:
    """Start an import of what was uploaded; not a byte of it is looked at here."""
    order = order_import(
        view.engine,
        view.actor,
        [Upload(upload.name, upload.getvalue()) for upload in uploads],
        study,
        protocol=protocol.getvalue().decode("utf-8", "replace") if protocol else None,
        entry_time=entry,
    )
    return ConfinedImport(order)


def _follow(job: ConfinedImport) -> None:
    """Show how far an import is, and let the reader cancel it; the rest of the page stands still and answers."""
    language = current_language()

    @st.fragment(run_every=SECONDS)
    def progress() -> None:
        """How far the import is; it reruns alone until the job has ended."""
        use_language(language)  # a fragment reruns without the frame, which chose it
        if not job.running:
            st.session_state[OUTCOME] = _outcome(job)
            st.session_state.pop(JOB, None)
            st.rerun()
        with shield("import"):
            done, total, label = job.progress
            stage = say("Recording the rows") if label.startswith("recording") else say("Reading the files")
            share = round(100 * done / max(total, 1))
            st.progress(min(share, 100) / 100, text=say("{stage}: {share}%", stage=stage, share=min(share, 100)))
            show_note(say("It goes on while you look at other pages. Until it is done, nothing of it is in the record."))
            st.button(say("Cancel the import"), key="import-cancel", on_click=job.cancel)

    progress()


def _outcome(job: ConfinedImport) -> ImportReport | FaultyInput:
    """What came of an import."""
    try:
        return job.result()
    except FaultyInput as error:
        return error


def _show_faults(error: FaultyInput) -> None:
    """Every fault at once: where, what, what to do."""
    n = len(error.faults)
    show_answer(
        say("Refused: {n} faults. The record is as it was.", n=n) if n > 1 else say("Refused. The record is as it was."), tone="stop"
    )
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
