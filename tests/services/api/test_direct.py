"""Bodies that are read straight into their model."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


def test_the_first_versions_query_form(client: TestClient) -> None:
    old = client.post("/recommendations?user_id=15889&k=2").json()
    new = client.post("/recommendations", json={"user_id": 15889, "k": 2}).json()
    assert old["recommendations"] == new["recommendations"]
    assert client.post("/recommendations?user_id=abc").status_code == 422


@pytest.mark.parametrize("body", [b"{", b'{"user_id": 1}}', b"\xff\xfe", b'{"user_id": NaN}', b'{"\\ud800": 1}'])
def test_what_is_not_json(client: TestClient, body: bytes) -> None:
    response = client.post("/recommendations", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert "Traceback" not in response.text


def test_a_whole_number_may_be_written_with_a_point(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    whole = client.post("/recommendations", content=b'{"user_id": 10.0, "k": 2e0}', headers=headers)
    assert (whole.status_code, whole.json()["returned"]) == (200, 2)
    huge = client.post("/recommendations", content=b'{"user_id": 1e400}', headers=headers)
    assert huge.status_code == 422
