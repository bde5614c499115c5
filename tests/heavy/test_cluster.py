"""A fleet over a cluster: dask's executor starts the processes on its workers, and the reports are those of one machine."""

from pathlib import Path

import nbformat
import pytest

from kpikit.report.fleet import Fleet, make_fleet
from kpikit.report.provenance import hashes
from kpikit.report.record import Job

distributed = pytest.importorskip("distributed")


def notebooks(folder, count=4):
    """Notebooks that say who ran them; the last one fails."""
    for number in range(count):
        tagged = nbformat.v4.new_code_cell(f"seed = {number}", metadata={"tags": ["parameters"]})
        cells = [tagged, nbformat.v4.new_code_cell("print(seed)" if number < count - 1 else "1 / 0")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"n{number}.ipynb")
    return [str(folder / f"n{number}.ipynb") for number in range(count)]


def test_a_fleet_spread_over_a_cluster_gives_the_same_reports(tmp_path):
    paths = notebooks(tmp_path)
    here = make_fleet(Fleet([Job(path, tmp_path / "here") for path in paths]))
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor(pure=False) as executor,
    ):
        there = make_fleet(Fleet([Job(path, tmp_path / "there") for path in paths]), executor)
    assert [record.passed for record in there] == [record.passed for record in here] == [True, True, True, False]
    assert [record.reason for record in there] == [record.reason for record in here]
    assert all(record.kernel for record in there)  # warm, or plain where dask's workers have another hash seed than the servers
    for path in paths[:-1]:
        name = Path(path).stem
        assert hashes(tmp_path / "there" / name) == hashes(tmp_path / "here" / name)
