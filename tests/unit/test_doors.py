"""Below which paths images are delivered."""

from __future__ import annotations

from calotype import app


def test_each_api_delivers_below_a_path_of_its_own():
    assert [each.prefix for each in (app.CDN, app.PATHS, app.IMAGES)] == [
        "/cdn/",
        "/ik/",
        "/img-processing/images/",
    ]


def test_the_metrics_name_a_delivery_by_what_its_path_holds():
    assert [each.path for each in (app.CDN, app.PATHS, app.IMAGES)] == [
        "/cdn/{storage}/{file}",
        "/ik/{workspace}/{path}",
        "/img-processing/images/{image_id}",
    ]
