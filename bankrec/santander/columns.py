"""Columns of the raw format: `RAW` is the header of `train_ver2.csv`, `CLEAN` the type of each column of a clean
snapshot, as Arrow spells it.
"""

from bankrec.bank.files import santander

# The products of the shipped description, as cleaning of the raw format and the simulator need them.
PRODUCTS = santander().products
PRODUCT_COLUMNS, BIT, N_PRODUCTS = santander().ids, santander().bit, santander().n

MONTH, CUSTOMER = "fecha_dato", "ncodpers"

RAW: tuple[str, ...] = (
    MONTH,
    CUSTOMER,
    "ind_empleado",
    "pais_residencia",
    "sexo",
    "age",
    "fecha_alta",
    "ind_nuevo",
    "antiguedad",
    "indrel",
    "ult_fec_cli_1t",
    "indrel_1mes",
    "tiprel_1mes",
    "indresi",
    "indext",
    "conyuemp",
    "canal_entrada",
    "indfall",
    "tipodom",
    "cod_prov",
    "nomprov",
    "ind_actividad_cliente",
    "renta",
    "segmento",
    *PRODUCT_COLUMNS,
)

DROPPED: tuple[str, ...] = ("ult_fec_cli_1t", "conyuemp", "tipodom")

CLEAN: dict[str, str] = {
    MONTH: "date32",
    CUSTOMER: "int64",
    "ind_empleado": "string",
    "pais_residencia": "string",
    "sexo": "string",
    "age": "int16",
    "fecha_alta": "date32",
    "ind_nuevo": "int8",
    "antiguedad": "int16",
    "indrel": "int8",
    "indrel_1mes": "string",
    "tiprel_1mes": "string",
    "indresi": "string",
    "indext": "string",
    "canal_entrada": "string",
    "indfall": "string",
    "cod_prov": "int8",
    "nomprov": "string",
    "ind_actividad_cliente": "int8",
    "renta": "double",
    "segmento": "string",
    **dict.fromkeys(PRODUCT_COLUMNS, "int8"),
    "renta_imputed": "bool",
    "flags_imputed": "bool",
}
