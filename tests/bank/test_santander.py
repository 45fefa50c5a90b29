"""The default description is what the columns of the competition say."""

from __future__ import annotations

from bankrec.bank.files import santander

# The header of train_ver2.csv.
_TEXT = """
fecha_dato ncodpers ind_empleado pais_residencia sexo age fecha_alta ind_nuevo antiguedad indrel
ult_fec_cli_1t indrel_1mes tiprel_1mes indresi indext conyuemp canal_entrada indfall tipodom cod_prov nomprov
ind_actividad_cliente renta segmento ind_ahor_fin_ult1 ind_aval_fin_ult1 ind_cco_fin_ult1 ind_cder_fin_ult1
ind_cno_fin_ult1 ind_ctju_fin_ult1 ind_ctma_fin_ult1 ind_ctop_fin_ult1 ind_ctpp_fin_ult1 ind_deco_fin_ult1
ind_deme_fin_ult1 ind_dela_fin_ult1 ind_ecue_fin_ult1 ind_fond_fin_ult1 ind_hip_fin_ult1 ind_plan_fin_ult1
ind_pres_fin_ult1 ind_reca_fin_ult1 ind_tjcr_fin_ult1 ind_valo_fin_ult1 ind_viv_fin_ult1 ind_nomina_ult1
ind_nom_pens_ult1 ind_recibo_ult1
"""
HEADER = _TEXT.split()
ADDED_BY_CLEANING = {"renta_imputed", "flags_imputed"}


def test_products_are_the_flags_in_the_order_of_the_header() -> None:
    assert list(santander().ids) == [name for name in HEADER if name.endswith("_ult1")]
    assert len(santander().ids) == 24


def test_every_column_is_of_the_header_or_made_by_cleaning() -> None:
    bank = santander()
    named = {bank.customer, bank.month, bank.holdings_unknown, *(part.column for part in bank.columns)}
    named |= {column.imputed for column in bank.profile} | {column.months_column for column in bank.profile}
    assert named - {None} <= {*HEADER, *ADDED_BY_CLEANING}
    assert (bank.customer, bank.month) == ("ncodpers", "fecha_dato")


def test_roles_of_products() -> None:
    products = {product.id: product for product in santander().products}
    assert [item for item, product in products.items() if product.until_age] == ["ind_ctju_fin_ult1"]
    assert products["ind_ctju_fin_ult1"].until_age == 18
    assert [(item, product.comes_with) for item, product in products.items() if product.comes_with] == [
        ("ind_nomina_ult1", "ind_nom_pens_ult1")
    ]
    free = {item for item, product in products.items() if not product.not_for_minors_unless_seen}
    assert free == {"ind_ctju_fin_ult1", "ind_nom_pens_ult1"}


def test_states_and_what_is_kept_by_month() -> None:
    bank = santander()
    fields = {name: (field.shift, field.size) for name, field in bank.state_fields.items()}
    assert fields == {"segment": (24, 4), "relation": (26, 4), "active": (28, 2)}
    assert bank.segments == ("", "TOP", "PARTICULARES", "UNIVERSITARIO")
    assert list(bank.stated_fields) == ["age", "province", "residence", "deceased"]
    assert bank.personal == ("age", "sex", "foreigner")
