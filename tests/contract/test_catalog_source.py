"""Where an asset was fetched from is kept with it, in every catalog."""

from catalog_rows import HOME, NOW, at, picture


async def test_where_it_came_from_is_kept(catalog):
    await catalog.add_workspace(HOME)
    for number, source_url in ((1, "https://pictures.example/a.jpg?b=ä"), (2, None)):
        added = await catalog.add_asset(picture(number, source_url=source_url), at(NOW))
        assert (await catalog.asset(added.id, NOW)).source_url == source_url
