"""The 24 products of the bank: raw column, bit in the holdings word, names in two languages, group.

The order is that of the raw file; a product's position is its bit in a holdings word.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """One product: `column` is its raw column and public `item_id`, `bit` its place in a holdings word."""

    bit: int
    column: str
    english: str
    spanish: str
    group: str


_ROWS = (
    ("ind_ahor_fin_ult1", "Savings account", "Cuenta de ahorro", "savings"),
    ("ind_aval_fin_ult1", "Guarantee", "Aval", "credit"),
    ("ind_cco_fin_ult1", "Current account", "Cuenta corriente", "accounts"),
    ("ind_cder_fin_ult1", "Derivatives account", "Cuenta de derivados", "investments"),
    ("ind_cno_fin_ult1", "Payroll account", "Cuenta nómina", "accounts"),
    ("ind_ctju_fin_ult1", "Junior account", "Cuenta junior", "accounts"),
    ("ind_ctma_fin_ult1", "Más particular account", "Cuenta más particular", "accounts"),
    ("ind_ctop_fin_ult1", "Particular account", "Cuenta particular", "accounts"),
    ("ind_ctpp_fin_ult1", "Particular plus account", "Cuenta particular plus", "accounts"),
    ("ind_deco_fin_ult1", "Short-term deposit", "Depósito a corto plazo", "savings"),
    ("ind_deme_fin_ult1", "Medium-term deposit", "Depósito a medio plazo", "savings"),
    ("ind_dela_fin_ult1", "Long-term deposit", "Depósito a largo plazo", "savings"),
    ("ind_ecue_fin_ult1", "e-account", "Cuenta electrónica", "accounts"),
    ("ind_fond_fin_ult1", "Funds", "Fondos", "investments"),
    ("ind_hip_fin_ult1", "Mortgage", "Hipoteca", "credit"),
    ("ind_plan_fin_ult1", "Pension plan", "Plan de pensiones", "savings"),
    ("ind_pres_fin_ult1", "Loan", "Préstamo", "credit"),
    ("ind_reca_fin_ult1", "Tax payments", "Domiciliación de impuestos", "payments"),
    ("ind_tjcr_fin_ult1", "Credit card", "Tarjeta de crédito", "credit"),
    ("ind_valo_fin_ult1", "Securities", "Valores", "investments"),
    ("ind_viv_fin_ult1", "Home account", "Cuenta vivienda", "savings"),
    ("ind_nomina_ult1", "Payroll", "Nómina", "payments"),
    ("ind_nom_pens_ult1", "Payroll or pension", "Nómina o pensión", "payments"),
    ("ind_recibo_ult1", "Direct debit", "Recibos domiciliados", "payments"),
)

PRODUCTS: tuple[Product, ...] = tuple(Product(bit, *row) for bit, row in enumerate(_ROWS))
PRODUCT_COLUMNS: tuple[str, ...] = tuple(product.column for product in PRODUCTS)
N_PRODUCTS = len(PRODUCTS)
BIT: dict[str, int] = {product.column: product.bit for product in PRODUCTS}
