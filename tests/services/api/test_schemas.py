"""Every field is described."""

from __future__ import annotations

import json

from tests.services.conftest import SERVICES


def test_every_field_is_described_and_errors_have_their_shape() -> None:
    document = json.loads((SERVICES / "openapi.json").read_text())
    for name in ("RecommendationRequest", "BatchRequest", "RecommendationResponse", "Recommendation", "Problem"):
        for field, schema in document["components"]["schemas"][name]["properties"].items():
            assert {"description", "examples", "$ref", "items", "anyOf"} & set(schema), (name, field)
    for path in ("/recommendations", "/recommendations/batch"):
        responses = document["paths"][path]["post"]["responses"]
        assert {"200", "401", "413", "422", "503"} <= set(responses)
        for status, response in responses.items():
            if status != "200":
                assert list(response["content"]) == ["application/problem+json"], (path, status)
    assert document["components"]["schemas"]["RecommendationRequest"]["examples"]
