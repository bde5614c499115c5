"""python -m kpikit"""

from kpikit.cli import run

if __name__ == "__main__":
    run()
