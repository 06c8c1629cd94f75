"""EU Clinical Trials Register records (EudraCT), one a country, as ctrdata stores them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from equipoise.registry.fields import read_countries, read_size
from equipoise.registry.sources.mapping import Notes, finish
from equipoise.registry.sources.nested import line, listed, nested_records, text
from equipoise.vocabulary.registry import Intervention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from equipoise.registry.sources.opened import Opened
    from equipoise.registry.sources.protocols import BadRecord, Raw
    from equipoise.vocabulary.registry import RegistryRecord

NAME = "euctr"
_LAY = "a31_title_of_the_trial_for_lay_people_in_easily_understood_ie_nontechnical_language"
_ENTERED = "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database"
_NUMBERS = (
    "a52_us_nct_clinicaltrialsgov_registry_number",
    "a51_isrctn_international_standard_randomised_controlled_trial_number",
    "a53_who_universal_trial_reference_number_utrn",
)
MAPPED = {
    "a2_eudract_number": "id", "a1_member_state_concerned": "countries", "x5_trial_status": "status",
    _ENTERED: "registered", "a3_full_title_of_the_trial": "scientific_title", _LAY: "public_title",
    "a32_name": "acronym", "a41_sponsors_protocol_code_number": "other_ids",
    "a51_": "other_ids", "a52_": "other_ids", "a53_": "other_ids", "a54_": "other_ids",
    "b1_sponsor": "sponsor", "dimp": "interventions", "e11_": "conditions",
    "e21_": "summary", "e3_": "the raw record: criteria are long prose", "e4_": "the raw record: criteria are long prose",
    "e51_": "primary_outcomes", "e52_": "secondary_outcomes", "e7": "phase", "e8": "design",
    "f21_": "sex", "f22_": "sex", "f422_in_the_whole_clinical_trial": "planned_size",
    "f421_in_the_eea": "planned_size", "f41_in_the_member_state": "planned_size",
    "n_date_of_competent_authority_decision": "posted, as the authority's decision",
    "p_date_of_the_global_end_of_the_trial": "completion", "eudractNumber": "id", "_id": "id",
    "x4_clinical_trial_type": "study_type", "endPoints": "has_results", "sponsor": "sponsor",
}  # fmt: skip
IGNORED = {
    "a": "the application's particulars", "b": "sponsor's particulars", "d": "product particulars",
    "e": "objectives, scope and terms", "f": "age groups and vulnerable groups",
    "g": "investigator networks", "h": "other applications", "n_": "opinions of authorities",
    "p_": "end of trial in the country", "subject": "posted results", "trial": "posted results",
    "baseline": "posted results", "adverse": "posted results", "ctrname": "the register's name",
    "results": "posted results", "x": "the register's form", "ipd": "data sharing", "c": "applicant",
}  # fmt: skip


class Euctr:
    """The EU Clinical Trials Register."""

    name = NAME

    def recognises(self, head: bytes, name: str) -> bool:
        """JSON with EudraCT's numbered fields."""
        return b'"a2_eudract_number"' in head or b'"x5_trial_status"' in head

    def records(self, opened: Opened, *, contacts: bool) -> Iterator[Raw | BadRecord]:
        """Records of the file, one a country."""
        yield from nested_records(opened, "trials", accept, contacts=contacts)

    def map(self, payload: bytes) -> RegistryRecord:
        """One country's record, mapped."""
        return _mapped(orjson.loads(payload))


def accept(record: dict[str, Any]) -> str | None:
    """Why a record is not EUCTR's; None where it is."""
    return None if record.get("a2_eudract_number") else "no a2_eudract_number"


def _mapped(record: dict[str, Any]) -> RegistryRecord:
    notes = Notes()
    number = line(record, "a2_eudract_number")
    suffix = re.search(r"-([A-Z]{2}|3RD|3rd)$", line(record, "_id"))
    state = line(record, "a1_member_state_concerned").split(" - ")[0]
    titles = (line(record, _LAY), line(record, "a3_full_title_of_the_trial"))
    products = listed(record.get("dimp"))
    names = [
        " ".join(dict.fromkeys(part for key, part in sorted(_products(product)) if part))
        for product in products
    ]
    sizes = ("f422_in_the_whole_clinical_trial", "f421_in_the_eea", "f41_in_the_member_state")
    size_from = next((name for name in sizes if line(record, name)), sizes[0])
    size = read_size(line(record, size_from))
    notes.add("planned_size", line(record, size_from), size.note)
    if size.value and size_from != sizes[0]:
        notes.add(
            "planned_size", line(record, size_from), f"of {size_from[5:].replace('_', ' ')} only"
        )
    phases = [
        str(i) for i, word in enumerate(("71", "72", "73", "74"), 1) if _yes(record, f"e{word}_")
    ]
    sponsors = [line(s, "b11_name_of_sponsor") for s in listed(record.get("b1_sponsor"))]
    return finish(
        notes,
        classify_from=(
            ("title", titles[0]),
            ("title", titles[1]),
            ("interventions", " ; ".join(names)),
        ),
        id_places=(
            *(
                (name, line(record, name))
                for name in record
                if name.startswith(("a51_", "a52_", "a53_", "a54_"))
            ),
            ("title", " ".join(titles)),
        ),
        arms_text=" ; ".join(names),
        id=f"EUCTR{number}" + (f"-{suffix[1]}" if suffix else ""),
        registry="EUCTR",
        source=NAME,
        public_title=titles[0],
        scientific_title=titles[1],
        acronym=line(record, "a32_name_or_abbreviated_title_of_the_trial_where_available"),
        conditions=(line(record, "e11_medical_conditions_being_investigated"),),
        interventions=tuple(Intervention("drug", name, "") for name in names),
        study_type="interventional",
        design=_design(record),
        phase="/".join(phases),
        planned_size=size.value,
        status=notes.status(line(record, "x5_trial_status")),
        status_text=line(record, "x5_trial_status"),
        registered=notes.date("registered", line(record, _ENTERED)),
        posted=notes.date("posted", line(record, "n_date_of_competent_authority_decision")),
        completion=notes.date("completion", line(record, "p_date_of_the_global_end_of_the_trial")),
        has_results="yes" if record.get("endPoints") else "unclear",
        countries=read_countries(state),
        sponsor=line(record, "sponsor") or next(iter(sponsors), ""),
        collaborators=tuple(sponsors[1:]),
        primary_outcomes=(text(record, "e51_primary_end_points"),),
        secondary_outcomes=(text(record, "e52_secondary_end_points"),),
        sex={(True, True): "all", (True, False): "female", (False, True): "male"}.get(
            (_yes(record, "f21_"), _yes(record, "f22_")), ""
        ),
        summary=text(record, "e21_main_objective_of_the_trial"),
        url=f"https://www.clinicaltrialsregister.eu/ctr-search/search?query={number}",
    )


def _products(product: Any) -> list[tuple[str, str]]:
    if not isinstance(product, dict):
        return []
    wanted = ("trade_name", "product_name", "product_code", "d38_", "inn", "other_descriptive_name")
    return [
        (key, line(value)) for key, value in product.items() if any(word in key for word in wanted)
    ]


def _yes(record: dict[str, Any], start: str) -> bool:
    return any(
        name.startswith(start) and line(value).lower() in {"yes", "true"}
        for name, value in record.items()
    )


def _design(record: dict[str, Any]) -> str:
    """EudraCT's section E.8 in the words of WHO's export."""
    labels = (
        ("Controlled", "e81_controlled"), ("Randomised", "e811_randomised"), ("Open", "e812_open"),
        ("Single blind", "e813_single_blind"), ("Double blind", "e814_double_blind"),
        ("Parallel group", "e815_parallel_group"), ("Cross over", "e816_cross_over"),
        ("Other", "e817_other"),
        ("Other trial design description", "e8171_other_trial_design_description"),
        ("Comparator placebo", "e822_placebo"),
        ("Number of treatment arms in the trial", "e824_number_of_treatment_arms_in_the_trial"),
    )  # fmt: skip
    said = {"true": "yes", "false": "no"}
    values = ((label, line(record, name)) for label, name in labels)
    return "\n".join(
        f"{label}: {said.get(value.lower(), value.lower())}" for label, value in values if value
    )
