"""Pictures: how far a newly drawn figure is from the one that a notebook keeps, as pytest-mpl measures it."""

from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure

#: root mean square of the difference, of 255; one version of matplotlib draws the same bytes, another freetype nearly so
TOLERANCE = 0.5


def picture_differs(kept, drawn, folder, name):
    """Why the drawn PNG is not the kept one, "" where it is; both, and their difference, are then in the folder."""
    if kept == drawn:
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}-{which}.png" for which in ("kept", "drawn")]
    for path, png in zip(paths, (kept, drawn), strict=True):
        path.write_bytes(png)
    try:
        found = compare_images(*map(str, paths), tol=TOLERANCE, in_decorator=True)
    except ImageComparisonFailure as error:  # another size
        return str(error)
    return f"RMS {found['rms']:.2f} is more than {TOLERANCE}" if found else ""
