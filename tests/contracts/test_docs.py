"""The documentation agrees with the code: nothing undocumented, nothing shown that is stale."""

from __future__ import annotations

import inspect
import io
import re
import shutil
from pathlib import Path

import pytest
import yaml

import equipoise as eq
from equipoise import errors, methods

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
CODES = sorted(
    {
        code
        for path in (ROOT / "src").rglob("*.py")
        for code in re.findall(r'"(EQ-[A-Z]\d{3})"', path.read_text(encoding="utf-8"))
    }
)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- every name has its place ---------------------------------------------------------------------


def test_checks_and_rules_have_a_heading_each():
    headings = re.findall(r"^### (EQ-\w+)$", page("reference/checks.md"), re.M)
    assert sorted(headings) == CODES


def test_the_question_to_ask_is_the_one_in_the_code():
    from equipoise.claims.codes import CHECKS

    sections = page("reference/checks.md").split("\n### ")
    for check in CHECKS:
        (section,) = [text for text in sections if text.startswith(check.code)]
        assert f"*Ask:* {check.ask}" in " ".join(section.split()), check.code


def test_rules_are_explained():
    text = page("explanation/verdict-rules.md")
    for code in CODES:
        if code.startswith("EQ-V"):
            assert code in text


@pytest.mark.parametrize("method", methods.ALL, ids=lambda method: method.id)
def test_each_method_has_its_anchor_grade_and_reference(method):
    text = page("reference/validation.md")
    match = re.search(rf"^\({method.id}\)=\n### .+?(?=^\(|^## |\Z)", text, re.M | re.S)
    assert match, method.id
    assert f"| grade | {method.grade} |" in match[0]
    assert method.citation in match[0]


def test_validation_names_no_unknown_method():
    anchors = re.findall(r"^\(([a-z-]+)\)=$", page("reference/validation.md"), re.M)
    assert sorted(anchors) == sorted(method.id for method in methods.ALL)


def test_validation_names_tests_that_exist():
    for path in set(re.findall(r"`(tests/[\w/.]+)`", page("reference/validation.md"))):
        assert (ROOT / path).exists(), path


def test_every_error_is_in_the_tree():
    text = page("reference/errors.md")
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.EquipoiseError):
            assert f"`{name}`" in text, name


def test_every_exit_code_is_documented():
    from equipoise import cli

    text = page("reference/command-line.md")
    for code in (cli.DONE, cli.WRONG_INPUT, cli.USAGE, cli.INTERRUPTED):
        assert f"\n| {code} | " in text


def test_every_command_and_option_is_documented():
    from equipoise.cli.app import app

    text = page("reference/command-line.md")
    commands = dict(_commands(app, "equipoise"))
    assert commands
    for name, command in commands.items():
        assert f"## `{name}`" in text
        for option in inspect.signature(command).parameters:
            assert f"`--{option.replace('_', '-')}`" in text, option


def _commands(app, name):
    """Every command, those of groups with their group's name."""
    for part in app:
        if part.startswith("-"):
            continue
        if app[part].default_command is None:
            yield from _commands(app[part], f"{name} {part}")
        else:
            yield f"{name} {part}", app[part].default_command


def test_every_public_name_is_in_the_api():
    documented = re.findall(r"^\.\. auto\w+:: equipoise\.(\w+)", page("reference/api.md"), re.M)
    assert sorted(documented) == sorted(set(eq.__all__) - {"__version__"})


def test_every_key_of_a_dossier_is_explained():
    import dataclasses

    from equipoise.vocabulary import (
        analogy,
        claim,
        dossier,
        evidence,
        landscape,
        question,
        source,
    )

    kinds = [
        question.Question, question.Outcome, question.Estimand, question.SmallestDifference,
        source.Source, claim.Claim, claim.ClaimedOutcome, claim.Statement, claim.Statements,
        claim.Speaker, claim.Argument, claim.MeantFor, claim.TrialCount, claim.Subset,
        claim.Stratum, claim.RegressionInputs, claim.PeakInputs, evidence.StudyResult,
        evidence.Cohort, evidence.TrialEvent, evidence.Registration, evidence.Judgement,
        dossier.TrialPlan, dossier.AssumeControl, dossier.DecisivePlan,
        analogy.Analogy, analogy.AnalogyResult,
        landscape.LandscapePlan, landscape.TherapyDefinition,
    ]  # fmt: skip
    text = page("how-to/write-a-dossier.md")
    words = set(re.findall(r"\w+", text))
    missing = {
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        for field in dataclasses.fields(kind)
        if field.name not in words
    }
    assert not missing


def test_every_key_of_the_json_is_explained():
    from equipoise.report.as_json import as_dict

    text = page("reference/json.md")
    for key in as_dict(_verdict("penicillin-endocarditis", "1946-12-31", replicates=1)):
        assert f"`{key}`" in text, key


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_internal_links_lead_to_a_file(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file = target.split("#")[0]
        if file and not re.match(r"[a-z]+:", file):
            assert (path.parent / file).is_file(), target


def test_every_page_is_in_the_index():
    text = page("index.md")
    for path in PAGES:
        name = path.relative_to(DOCS).with_suffix("").as_posix()
        assert name == "index" or name in text.split() or name.startswith("decisions/"), name


# --- what is shown is what happens ----------------------------------------------------------------


def _verdict(name: str, day: str, *, folder: Path | None = None, replicates: int | None = None):
    return eq.verdict(eq.read_dossier(folder or EXAMPLES / name), as_of=day, replicates=replicates)


def _lines(text: str) -> list[str]:
    return [line.strip(" │╭╮╰╯─\t") for line in text.splitlines()]


def _shown() -> list[tuple[str, str]]:
    pattern = r"^% shown by: ([^\n]+)\n```text\n(.*?)^```$"
    texts = [path.read_text(encoding="utf-8") for path in PAGES]
    return [shown for text in texts for shown in re.findall(pattern, text, re.M | re.S)]


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    from rich.console import Console

    from equipoise.report.terminal import show

    kept: dict[str, str] = {}

    def run(how: str) -> str:
        if how not in kept:
            name, day, *change = how.split()
            folder = EXAMPLES / name
            if change:
                folder = tmp_path_factory.mktemp("changed") / name
                shutil.copytree(EXAMPLES / name, folder)
                key, value = change[0].split("=")
                claims = folder / "claims.yaml"
                text = claims.read_text(encoding="utf-8")
                claims.write_text(
                    re.sub(rf"{key}: \d+", f"{key}: {value}", text, count=1), encoding="utf-8"
                )
            out = io.StringIO()
            show(_verdict(name, day, folder=folder, replicates=1024), Console(file=out, width=80))
            kept[how] = out.getvalue()
        return kept[how]

    return run


@pytest.mark.parametrize(("how", "excerpt"), _shown())
def test_output_in_the_pages_is_what_the_command_prints(how, excerpt, printed):
    wanted = [line for line in _lines(excerpt) if line]
    found = [line for line in _lines(printed(how)) if line]
    starts = [i for i, line in enumerate(found) if line == wanted[0]]
    assert starts, wanted[0]
    assert any(found[i : i + len(wanted)] == wanted for i in starts)


@pytest.mark.parametrize(
    "name",
    [
        "size-a-trial-in-python",
        "pool-studies",
        "borrow-evidence",
        "design-a-trial",
        "simulate-a-trial",
        "add-your-own-part",
    ],
)
def test_python_in_the_how_to_runs_and_prints_what_it_says(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = re.findall(
        r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?",
        page(f"how-to/{name}.md"),
        re.M | re.S,
    )
    assert blocks
    for code, output in blocks:
        exec(compile(code, f"{name}.md", "exec"), names)
        printed = capsys.readouterr().out
        if output:
            assert printed.strip() == output.strip()


def test_the_smallest_dossier_works(tmp_path):
    blocks = re.findall(
        r"^```\{code-block\} \w+\n:caption: (\S+)\n\n(.*?)^```$",
        page("how-to/write-a-dossier.md"),
        re.M | re.S,
    )
    assert len(blocks) == 4
    for name, text in blocks:
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = _verdict("", "2020-02-01", folder=tmp_path)
    assert result.effect == "compatible with more than one"
    assert result.appraisals[0].leading.natural is not None


def test_yaml_in_the_how_to_is_yaml():
    for text in re.findall(r"^```yaml\n(.*?)^```$", page("how-to/write-a-dossier.md"), re.M | re.S):
        assert yaml.safe_load(text)


def test_error_messages_in_the_how_to_are_the_readers_own():
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src" / "equipoise").rglob("*.py")
    )
    pieces = "events{arm} needs n{arm}", "the header has {len(header)} columns"
    table = page("how-to/write-a-dossier.md").split("## Common errors")[1]
    for message in re.findall(r"^\| `([^`]+)` \|", table, re.M):
        generic = message.startswith(("events_", "the header has"))
        assert message in source or (generic and all(piece in source for piece in pieces)), message
