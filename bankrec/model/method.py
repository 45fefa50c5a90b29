"""The model in one paragraph and one formula, for README, model card and notebook."""

from __future__ import annotations

PARAGRAPH = """\
**Candidates** are all products that a customer does not hold. All are scored; the bank's rules remove some of them
before the ranking. Given that the customer acquires something, **two models** estimate the probability of each
candidate, and the score of the first is a feature of the second: an additive model, a multinomial logistic regression
on the customer's history and profile, and CatBoost on pairs of customer and product, which learns interactions that an
additive model can't represent. With fewer than six months of acquisitions both are blended as well. **A third model**,
CatBoost on customers, estimates whether the customer acquires anything at all. **ALS scores** of what customers hold
are features of CatBoost on pairs, and are published separately as `als_candidates.parquet`; ALS does not choose
candidates. A slope, fitted on a month that no model has seen, **calibrates** the probability, and an intercept for each
product makes the probabilities of all customers add up to the forecast of the product's acquisitions. Products are
ranked by this probability. Before that, a product that is never acquired without another (`comes_with` in `bank.toml`)
is put below it: where a customer holds neither and its probability is the higher one, both get their mean."""

FORMULA = """\
share(c, p)       ∝ CatBoost( features(c, p), additive score(c, p) )    over products p that c does not hold
probability(c, p) = σ( slope · logit( P(c acquires anything) · share(c, p) ) + intercept(p) )
intercept(p)      such that Σ over customers c of probability(c, p) = forecast(p)"""


def in_markdown() -> str:
    """The paragraph, then the formula as a block of text."""
    return f"{PARAGRAPH}\n\n```text\n{FORMULA}\n```"
