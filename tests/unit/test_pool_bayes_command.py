"""`equipoise pool --bayes`: text to priors, JSON, charts, and options that do not fit."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import equipoise as eq
from equipoise.parts.prior_text import mu_prior_of, tau_prior_of

COMMAND = str(Path(sys.executable).with_name("equipoise"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "msc-covid19" / "studies.csv"
TABLE = """study,ai,n1i,ci,n2i
Shu,0,12,3,29
Lanzoni,2,12,7,12
Dilogo,10,20,16,20
Bowdish,42,112,47,110
"""


def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMAND, "pool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def table(tmp_path):
    (tmp_path / "studies.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "studies.csv"


def test_json_is_what_python_gives(table):
    found = json.loads(
        run(table, "--measure", "RR", "--bayes", "--json", "--important", 0.2,
            "--tau-prior", "half-cauchy(0.3)").stdout
    )  # fmt: skip
    fit = eq.pool_bayes(
        {"ai": [0, 2, 10, 42], "n1i": [12, 12, 20, 112], "ci": [3, 7, 16, 47],
         "n2i": [29, 12, 20, 110]},
        measure="RR", tau_prior=eq.HalfCauchy(0.3), important=0.2,
    )  # fmt: skip
    assert found["schema"] == "equipoise/bayesian-synthesis/1"
    assert found["estimate"] == pytest.approx(np.exp(fit.mu.median))
    assert found["p_important"] == pytest.approx(fit.p_important)
    assert found["mu"]["quantiles"]["0.975"] == pytest.approx(fit.mu.quantile(0.975))
    assert [row["label"] for row in found["studies"]] == ["Shu", "Lanzoni", "Dilogo", "Bowdish"]


def test_charts_and_text(table, tmp_path):
    out = tmp_path / "page.html"
    done = run(table, "--measure", "RR", "--bayes", "--out", out)
    assert "posterior by quadrature" in done.stdout
    assert "half-normal(0.5)" in done.stdout
    page = out.read_text(encoding="utf-8")
    for words in ("Prior and posterior", "Drapery plot", "as shrunken"):
        assert words in page


def test_exact_counts(table):
    found = json.loads(
        run(table, "--measure", "OR", "--bayes", "--likelihood", "exact", "--json").stdout
    )
    assert found["likelihood"] == "exact"
    assert found["bayes_factor_tau"] is None
    assert 0.1 < found["estimate"] < 1


def test_a_dossiers_studies():
    prior = "turner(all-cause mortality; pharmacological v placebo)"
    run(EXAMPLE, "--measure", "RR", "--outcome", "death", "--where", "directness=direct",
        "--where", "design=parallel", "--where", "version=primary", "--where", "randomised=yes",
        "--bayes", "--tau-prior", prior)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bayes", "--method", "DL"], "is not of --bayes"),
        (["--bayes", "--ci", "z"], "is not of --bayes"),
        (["--tau-prior", "half-normal(1)"], "is of --bayes"),
        (["--important", "0.1"], "is of --bayes"),
        (["--bayes", "--tau-prior", "gamma(1,1)"], "must be one of half-normal"),
        (["--bayes", "--tau-prior", "half-normal(x)"], "numbers in its brackets"),
        (["--bayes", "--tau-prior", "half-normal(-1)"], "must be above 0"),
        (["--bayes", "--mu-prior", "normal(0)"], "takes 2 numbers"),
        (["--bayes", "--likelihood", "exact"], "distribution of counts"),
        (["--bayes", "--better", "up"], "lower, higher"),
    ],
)
def test_options_that_do_not_fit(table, arguments, words):
    assert words in run(table, "--measure", "RR", *arguments, code=1).stderr


@pytest.mark.parametrize(
    ("text", "prior"),
    [
        ("half-normal(0.5)", eq.HalfNormal(0.5)),
        ("Half-Cauchy(1)", eq.HalfCauchy(1)),
        ("half-t(1, 4)", eq.HalfStudentT(1, 4)),
        ("log-normal(-1.28, 0.87)", eq.LogNormal(-1.28, 0.87)),
        ("log-t(-1, 1)", eq.LogStudentT(-1, 1)),
        ("log-t(-1, 1, 3)", eq.LogStudentT(-1, 1, 3)),
        ("uniform(2)", eq.Uniform(2)),
        ("flat", eq.Uniform()),
        ("known(0)", eq.Fixed(0)),
        ("exponential(0.4)", eq.Exponential(0.4)),
        ("turner", eq.turner_prior()),
        ("turner(pain; pharmacological v placebo)",
         eq.turner_prior("pain", "pharmacological v placebo")),
        ("rhodes(mental health; non-pharmacological; cancer)",
         eq.rhodes_prior("mental health", "non-pharmacological", area="cancer")),
    ],
)  # fmt: skip
def test_priors_from_text(text, prior):
    assert tau_prior_of(text) == prior


def test_priors_of_the_mean_from_text():
    assert mu_prior_of("normal(0, 4)") == eq.Normal(0, 4)
    assert mu_prior_of("flat") == eq.Flat()
    for wrong in ("normal(0,4", "cauchy(1)", ""):
        with pytest.raises(eq.InputError):
            mu_prior_of(wrong)
    with pytest.raises(eq.InputError):
        tau_prior_of("turner(pain)")
