"""The model in one paragraph and one formula, for README, model card and notebook."""

from __future__ import annotations

PARAGRAPH = """\
**Candidates** are all products that a customer does not hold. All are scored; the bank's rules remove some of them
before the ranking. Given that the customer acquires something, **two models** estimate the share of each candidate, the
probability that it is acquired; the logarithm of the first one's share is a feature of the second. The first is an
additive model: a multinomial logistic regression on the customer's history and profile, with two crossings (all
products held together; segment and age together). The second is CatBoost on pairs of customer and product, which learns
other interactions too. With fewer than six transitions (from one month to the next) both are blended as well. **A third
model**, CatBoost on customers, estimates whether the customer acquires anything at all. **ALS scores**, how well a
product fits those held, are features of CatBoost on pairs, and are published separately as `als_candidates.parquet`;
ALS does not choose candidates. A slope, fitted on a month that no model has seen, **calibrates** the probability, and
an intercept for each product makes the probabilities of all customers add up to the forecast of the product's
acquisitions. Products are ranked by this probability, the **score**. Before that, a product that is never acquired
without another (`comes_with` in `bank.toml`) is put below it: where a customer holds neither and its probability is the
higher one, both probabilities become the mean of the two."""

FORMULA = """\
share(c, p)       ∝ CatBoost( features(c, p), log additive share(c, p) )    over products p that c does not hold
probability(c, p) = σ( slope · logit( P(c acquires anything) · share(c, p) ) + intercept(p) )
intercept(p)      such that Σ over customers c of probability(c, p) = forecast(p)"""


def in_markdown() -> str:
    """The paragraph, then the formula as a block of text."""
    return f"{PARAGRAPH}\n\n```text\n{FORMULA}\n```"
