"""The same trial once: evidence, veto, numbers, and nothing invented."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import InputError
from equipoise.registry.interventions import built_in, classify, product_class, read_vocabulary
from equipoise.registry.link_features import compared
from equipoise.registry.linking import Edge, edges, weigh_pair, weights
from equipoise.registry.merging import edges_by_number, settle, trials
from equipoise.vocabulary.registry import ClassFound, Intervention, OtherId, RegistryRecord


def record(number, registry, **changes):
    base = RegistryRecord(
        id=number, registry=registry, key=number, source="test",
        public_title="Nebulised wombatinib in adults with glacial lung syndrome",
        scientific_title="A randomised trial of nebulised wombatinib for glacial lung syndrome (GLACIER)",
        sponsor="Harbour University Hospital", planned_size=312, registered="2030-02-01", started="2030-03-01",
        countries=("Norway",), study_type="interventional", randomised="yes", phase="2",
        interventions=(Intervention("drug", "wombatinib", ""),),
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


def others(count=40):
    """Unrelated records, so that words have their rarity."""
    for i in range(count):
        yield record(
            f"NCT0700{i:04d}", "ClinicalTrials.gov", public_title=f"Topic{i} in condition{i}", scientific_title=f"Topic{i} for condition{i}",
            sponsor=f"Clinic{i}", planned_size=10 + i, interventions=(), started="2031-01-01",
        )  # fmt: skip


def decided(*records):
    units = [compared([r], built_in()) for r in (*records, *others())]
    return [edge for edge in edges(units) if edge.decision == "linked"], edges(units)


NCT = record("NCT09000001", "ClinicalTrials.gov")


def test_the_same_trial_in_two_registries_is_linked_with_its_reasons():
    linked, _ = decided(
        NCT, record("DRKS00000001", "DRKS", registered="2030-02-10", started="2030-03-11")
    )
    assert [(edge.a, edge.b) for edge in linked] == [("DRKS00000001", "NCT09000001")]
    reasons = " ".join(linked[0].reasons)
    for reason in (
        "titles agree",
        "acronym GLACIER",
        "same sponsor",
        "equal size 312",
        "starts 10 days apart",
    ):
        assert reason in reasons
    assert 0.9 < linked[0].confidence < 1


def test_different_products_are_vetoed_however_much_agrees():
    other = record(
        "DRKS00000001", "DRKS",
        public_title=NCT.public_title.replace("wombatinib", "tocilizumab"),
        scientific_title=NCT.scientific_title.replace("wombatinib", "tocilizumab"),
        interventions=(Intervention("drug", "tocilizumab", ""),),
    )  # fmt: skip
    linked, kept = decided(NCT, other)
    assert linked == []
    assert [edge.decision for edge in kept if {edge.a, edge.b} == {NCT.key, other.key}] == [
        "vetoed"
    ]
    assert any("veto" in reason for edge in kept for reason in edge.reasons)


def test_another_size_start_and_sponsor_make_a_candidate_not_a_decision():
    other = record("DRKS00000001", "DRKS", sponsor="Elsewhere Clinic", planned_size=20, started="2033-01-01",
                   registered="2032-12-01", scientific_title="", randomised="no")  # fmt: skip
    linked, _ = decided(NCT, other)
    assert linked == []


def test_evidence_never_links_within_a_registry_or_across_disjoint_countries():
    twin = record("NCT09000002", "ClinicalTrials.gov")
    assert decided(NCT, twin)[0] == []
    assert decided(NCT, record("DRKS00000001", "DRKS", countries=("Chile",)))[0] == []


def test_one_number_of_each_registry_the_nearest():
    near = record("DRKS00000001", "DRKS")
    far = record("DRKS00000002", "DRKS", planned_size=300, started="2030-06-01")
    linked, kept = decided(NCT, near, far)
    assert [edge.a for edge in linked] == ["DRKS00000001"]
    assert any("nearer registration" in reason for edge in kept for reason in edge.reasons)


def test_no_record_has_more_than_five_candidates():
    crowd = [record(f"DRKS000000{i:02d}", f"R{i}") for i in range(12)]
    _, kept = decided(*crowd)
    ends = [end for edge in kept for end in (edge.a, edge.b)]
    assert max(ends.count(end) for end in set(ends)) <= 5


def test_weighing_does_not_depend_on_the_order():
    a, b = (
        compared([NCT], built_in()),
        compared([record("DRKS00000001", "DRKS", planned_size=300)], built_in()),
    )
    known = weights([a, b])
    one, two = weigh_pair(a, b, known), weigh_pair(b, a, known)
    assert (one.score, one.decision) == (two.score, two.decision)


def other_id(number, field, registry="x"):
    return OtherId(number, registry, number, field)


def test_a_number_links_where_its_field_means_the_same_trial_and_points_elsewhere():
    ids = {"A1": [other_id("B1", "secondaryIdInfos REGISTRY")], "A2": [other_id("B1", "title")]}
    found = {(edge.a, edge.b): edge.decision for edge in edges_by_number(ids, {"A1", "A2", "B1"})}
    assert found == {("A1", "B1"): "linked", ("A2", "B1"): "candidate"}


def test_two_of_one_registry_that_name_the_same_number_are_not_merged():
    ids = {
        "NCT1": [other_id("ISRCTN1", "secondary_ids")],
        "NCT2": [other_id("ISRCTN1", "secondary_ids")],
    }
    found = edges_by_number(ids, {"NCT1", "NCT2", "ISRCTN1"})
    assert {edge.decision for edge in found} == {"candidate"}
    assert any("says so too" in reason for edge in found for reason in edge.reasons)


def test_two_records_meet_in_a_number_that_is_not_loaded():
    ids = {
        "NCT1": [other_id("EUCTR1", "secondary_ids")],
        "ISRCTN1": [other_id("EUCTR1", "externalRefs.eudraCTNumber")],
    }
    found = settle(edges_by_number(ids, {"NCT1", "ISRCTN1"}), (), ())
    assert trials(["NCT1", "ISRCTN1"], found) == {"NCT1": "ISRCTN1", "ISRCTN1": "ISRCTN1"}


def edge(a, b, by="evidence", decision="linked", score=9.0):
    return Edge(a=a, b=b, decision=decision, score=score, confidence=0.9, reasons=(), by=by)


def test_people_before_numbers_before_evidence():
    found = settle(
        [edge("A", "B", "number")],
        [edge("A", "B", score=1.0)],
        [edge("A", "B", "person", "vetoed")],
    )
    assert [(e.by, e.decision) for e in found] == [("person", "vetoed")]


def test_a_pair_kept_apart_stays_apart_through_others():
    found = [edge("A", "B"), edge("B", "C", score=6.0), edge("A", "C", "person", "vetoed")]
    named = trials("ABC", found)
    assert named["A"] == named["B"] != named["C"]


@given(st.lists(st.tuples(st.sampled_from("ABCDEFGH"), st.sampled_from("ABCDEFGH")), max_size=12))
def test_trials_are_a_partition_that_holds_every_link(pairs):
    links = [edge(*sorted(pair)) for pair in pairs if pair[0] != pair[1]]
    named = trials("ABCDEFGH", links)
    assert set(named) == set("ABCDEFGH")
    assert all(named[link.a] == named[link.b] for link in links)
    assert all(named[name] == name for name in set(named.values()))


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("Human umbilical cord derived CD362 enriched MSCs", "MSC"),
        ("Wharton's jelly mesenchymal stem cells", "MSC"),
        ("aerosol inhalation of MSC-derived exosomes", "MSC-derived"),
        ("umbilical cord mesenchymal stem cell conditioned medium", "MSC-derived"),
        ("MSCs and exosomes of MSCs", "MSC"),
        ("Human embryonic stem cell-derived M cells (CAStem)", "other stem cell"),
        ("NK cells, twice a week", "other cell"),
        ("cord blood mononuclear cells infusion", "other cell"),
        ("umbilical cord blood plasma preparations", "other biological"),
        ("anakinra in patients receiving CAR-T cell therapy", ""),
        ("recipients of allogeneic stem cell transplantation", ""),
        ("peripheral blood mononuclear cells will be collected and stored", ""),
        ("hydroxychloroquine against placebo", ""),
    ],
)
def test_cell_products_by_the_vocabulary(text, product):
    assert product_class(classify((("interventions", text),))) == product


def test_a_class_names_the_words_and_the_field():
    found = classify(
        (("title", "A trial"), ("interventions", "Tocilizumab 8 mg/kg intravenous infusion"))
    )
    assert ClassFound("drug", "interleukin-6 blocker", "tocilizumab", "interventions") in found
    assert ("route", "intravenous") in {(c.axis, c.name) for c in found}


def test_a_vocabulary_of_ones_own_and_its_errors():
    own = read_vocabulary("- {axis: drug, name: wombat blocker, words: [wombatinib]}\n")
    assert [c.name for c in classify((("title", "Wombatinib for all"),), own)] == ["wombat blocker"]
    with pytest.raises(InputError, match="entry 1"):
        read_vocabulary("- {name: no axis}\n")
    with pytest.raises(InputError, match="is not a pattern"):
        read_vocabulary("- {axis: drug, name: x, pattern: '('}\n")
    with pytest.raises(InputError, match="not YAML"):
        read_vocabulary("[")
