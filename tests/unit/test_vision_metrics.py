"""What models cost can be read from `/metrics`."""

from __future__ import annotations

import pictures
from calotype.web.metrics import Metrics
from vision_servers import KEY, asking, model_server, said


async def test_calls_and_tokens_are_exposed_without_key_or_prompt():
    metrics = Metrics()
    async with model_server(said("A cat.")) as server, asking(server, metrics) as vision:
        await vision.describe(pictures.jpeg(64, 48), "Is this my secret cat?")
    text = metrics.exposition().decode()
    assert 'calotype_vision_seconds_count{outcome="ok",talent="describe"} 1.0' in text
    assert 'calotype_vision_spent_total{kind="input",model="seer-1"} 70.0' in text
    assert 'calotype_vision_spent_total{kind="output",model="seer-1"} 12.0' in text
    assert KEY not in text
    assert "secret cat" not in text
